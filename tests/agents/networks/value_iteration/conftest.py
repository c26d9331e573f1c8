"""Small labelled maps, with distances by brute force."""

import numpy as np
import pytest
import torch

from agents.planning_labels import LabelledMaps
from envs.gridworld.files.compass import moves_of

torch.set_num_threads(1)


def _distances(blocked, goal):
    """Cells to the goal [row col] by eight moves that may cut corners, inf where no way leads; rounds until settled."""
    rows, cols = blocked.shape
    found = np.full((rows + 2, cols + 2), np.inf)
    found[goal[0] + 1, goal[1] + 1] = 0.0
    for _ in range(rows * cols):
        for row, col in np.argwhere(~blocked):
            for move in moves_of():
                further = found[row + 1 + move[0], col + 1 + move[1]] + np.hypot(*move)
                found[row + 1, col + 1] = min(found[row + 1, col + 1], further)
    return found[1:-1, 1:-1]


@pytest.fixture(scope="session")
def distances():
    """Function (blocked, goal) -> cells to the goal [row col]."""
    return _distances


@pytest.fixture(scope="session")
def labelled():
    """Maps of 6 x 6, every free cell that has a way labelled with the first of its best moves."""
    rng = np.random.default_rng(0)
    blocked, goal, tasks = rng.random((12, 6, 6)) < 0.25, [], []
    for m, walls in enumerate(blocked):
        goal.append(rng.choice(np.argwhere(~walls)))
        away = np.pad(_distances(walls, goal[-1]), 1, constant_values=np.inf)
        for row, col in np.argwhere(~walls):
            if 0.0 < away[row + 1, col + 1] < np.inf:
                offers = [np.hypot(*move) + away[row + 1 + move[0], col + 1 + move[1]] for move in moves_of()]
                tasks.append((m, row, col, int(np.argmin(np.round(offers, 9)))))
    task_map, row, col, action = np.array(tasks).T
    return LabelledMaps(blocked, np.array(goal), task_map, np.stack([row, col], axis=1), action)
