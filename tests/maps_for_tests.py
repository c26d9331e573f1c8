"""Small random maps with ground of three kinds, and what brute force knows of them."""

import naive
import numpy as np
import torch

from agents.inverse_rl.demonstrations import Demonstrations
from agents.inverse_rl.ground import Ground
from agents.inverse_rl.moves import Moves
from agents.inverse_rl.shortest import routes
from agents.inverse_rl.soft_values import move_costs

CONVENTIONS = [
    Moves(number, diagonal, corner) for number in (4, 8) for diagonal in (1.0, 2**0.5) for corner in ("allow", "forbid")
]
CLASSES = 3


def random_ground(seed, *, batch=4, rows=5, cols=6, density=0.25):
    """Maps whose goals and agents stand on free cells."""
    rng = np.random.default_rng(seed)
    blocked = rng.random((batch, rows, cols)) < density
    goal, agent = (rng.integers(rows * cols, size=batch) for _ in range(2))
    for cells in (goal, agent):
        blocked.reshape(batch, -1)[np.arange(batch), cells] = False
    return Ground(blocked, rng.integers(CLASSES, size=blocked.shape).astype(np.uint8), goal, agent)


def connected(ground, moves):
    """Those maps whose agent has a way to go."""
    cost = np.ones(CLASSES)
    distance = routes(ground, cost, moves).distance.reshape(len(ground), -1)[np.arange(len(ground)), ground.agent]
    return ground.of(np.flatnonzero(np.isfinite(distance) & (distance > 0)))


def shown(ground, cost, moves):
    """Shortest paths under `cost` as demonstrations."""
    paths = routes(ground, np.asarray(cost, float), moves).paths(ground.agent)
    return Demonstrations(ground, paths)


def grid_of(ground, k, cost, moves):
    """One of the maps as the naive twins take it."""
    return naive.Grid(
        ground.blocked[k].astype(np.uint8), moves.rules(len(cost)), ground.classes[k], tuple(map(float, cost))
    )


def matrix(costs, moves, goal):
    """exp(-cost) from cell to cell [cell cell] of one map, move by move; nothing leaves the goal."""
    _, rows, cols = costs.shape
    found = np.zeros((rows * cols, rows * cols))
    for move in range(moves.number):
        for row in range(rows):
            for col in range(cols):
                cost = float(costs[move, row, col])
                if np.isfinite(cost) and row * cols + col != goal:
                    r, c = row + naive.MOVES[move][0], col + naive.MOVES[move][1]
                    found[row * cols + col, r * cols + c] += np.exp(-cost)
    return found


def tensors(ground, cost, moves):
    """(costs of every move, goals) of a batch."""
    cell_cost = torch.from_numpy(np.asarray(cost, np.float64)[ground.classes])
    return move_costs(cell_cost, moves.open(torch.from_numpy(ground.blocked)), moves), torch.from_numpy(ground.goal)
