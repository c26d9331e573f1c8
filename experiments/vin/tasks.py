"""What networks are judged on: starts on maps with goals, and how long the expert's way is."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int32, Int64

from envs.core.levels import LEVELS_PER_SPLIT, SPLITS
from envs.gridworld.files import read_map, read_mat, read_planning
from envs.gridworld.nav import GridNav
from experiments.vin.exact import MOORE, VIN, Convention, Solved, solve
from experiments.vin.rollouts import Rollouts, roll_out, way_of

CHUNK = 1000
"""Levels drawn at a time."""


@dataclass(frozen=True, eq=False)
class Tasks:
    """Starts, each on a solved map; the last states of the expert's way are the goals."""

    name: str
    solved: Solved
    task_map: Int64[np.ndarray, " task"]
    start: Int64[np.ndarray, " task"]
    """Numbers of cells."""

    @cached_property
    def nodes(self) -> Int64[np.ndarray, " task"]:
        """Cells of the expert's way, both ends included."""
        return self.expert.moves + 1

    @cached_property
    def expert(self) -> Rollouts:
        """What the expert's rollouts come to: it always arrives."""
        towards = self.solved.towards
        return roll_out(self, lambda maps, cells: towards[maps, cells], most_moves=np.full(len(self.start), 2**31))

    @cached_property
    def states(self) -> tuple[np.ndarray, np.ndarray]:
        """(maps, cells) of all states of the experts' ways, without the goals: where predictions are judged."""
        towards = self.solved.towards
        return way_of(self, lambda maps, cells: towards[maps, cells])


FIRST = 1_000_000
"""The levels before it were looked at while our network was made."""


def generated(size: int, count: int) -> Tasks:
    """Test levels of `GridNav-v0` from number `FIRST` on: the published recipe, one start each."""
    low = SPLITS.index("test") * LEVELS_PER_SPLIT + FIRST
    parts = [_levels(size, np.arange(first, min(first + CHUNK, count)) + low) for first in range(0, count, CHUNK)]
    blocked, start, goal = (np.concatenate(found) for found in zip(*parts, strict=True))
    return tasks_on(f"GridNav {size}x{size}", solve(blocked, goal), np.arange(count), start)


def official(path: Path) -> Tasks:
    """The tasks of a published test file: its paths are as long as ours, which the reader's checks and tests hold."""
    found = read_mat(path)
    return tasks_on(path.name, solve(found.blocked, found.goal), found.task_map, found.start)


def planning_set(path: Path, *, starts: int, maps: int | None = None, seed: int = 0) -> Tasks:
    """The first maps of a planning data set, test maps first; `starts` of each, in steps as its distances count."""
    parts = [read_planning(path, split) for split in ("test", "validation", "train")]
    blocked, goal = (np.concatenate([getattr(part, name) for part in parts])[:maps] for name in ("blocked", "goal"))
    return drawn_tasks(path.name.partition("_032")[0], solve(blocked, goal, MOORE), starts=starts, seed=seed)


def city(path: Path, *, goals: int, starts: int, seed: int = 0) -> Tasks:
    """A street map with several goals, as many maps of one goal each; corners may be cut, as in training."""
    grid = read_map(path).blocked
    blocked, rng = np.repeat(grid[None], goals, axis=0), np.random.default_rng(seed)
    # A goal in a backyard is no task for a city: drawn from the cells that one half or more of the others reach.
    free = np.argwhere(~grid).astype(np.int32)
    anchor = _widest(grid, free, rng)
    inside = np.argwhere(np.isfinite(anchor)).astype(np.int32)
    goal = inside[rng.choice(len(inside), goals, replace=False)]
    return drawn_tasks(path.stem, solve(blocked, goal), starts=starts, seed=seed)


def drawn_tasks(name: str, solved: Solved, *, starts: int, seed: int = 0) -> Tasks:
    """`starts` uniform ones a map, of the cells that reach the goal; fewer where there are fewer."""
    rng = np.random.default_rng(seed)
    maps: list[np.ndarray] = []
    cells: list[np.ndarray] = []
    for index, distance in enumerate(solved.distance):
        reaching = np.flatnonzero(np.isfinite(distance) & (distance > 0))
        chosen = rng.choice(reaching, min(starts, len(reaching)), replace=False)
        maps.append(np.full(len(chosen), index))
        cells.append(chosen)
    return Tasks(name, solved, np.concatenate(maps), np.concatenate(cells))


def tasks_on(name: str, solved: Solved, task_map: np.ndarray, start: Int32[np.ndarray, "task 2"]) -> Tasks:
    """Starts given as (row, col)."""
    cells = start[:, 0].astype(np.int64) * solved.num_cols + start[:, 1]
    return Tasks(name, solved, task_map.astype(np.int64), cells)


def joined(name: str, parts: list[Tasks]) -> Tasks:
    """Tasks on maps of one size and one convention, as one."""
    conventions = {part.solved.convention for part in parts}
    if len(conventions) != 1:
        raise ValueError(f"Tasks of several conventions cannot be joined: {conventions}.")
    convention: Convention = conventions.pop()
    names = ("blocked", "goal", "distance", "towards")
    arrays = {key: np.concatenate([getattr(part.solved, key) for part in parts]) for key in names}
    first = np.cumsum([0, *(len(part.solved.goal) for part in parts[:-1])])
    maps = np.concatenate([part.task_map + offset for part, offset in zip(parts, first, strict=True)])
    starts = np.concatenate([part.start for part in parts])
    return Tasks(name, Solved(convention=convention, **arrays), maps, starts)


def _levels(size: int, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    worlds = GridNav(num_worlds=len(levels), size=size, split="test")
    worlds.begin(np.ones(len(levels), bool), levels.astype(np.int64))
    state = worlds.state
    found = state.blocked == 1, state.start[:, 0].copy(), state.goal[:, 0].copy()
    worlds.close()
    return found


def _widest(grid: Bool[np.ndarray, "row col"], free: Int32[np.ndarray, "_ 2"], rng: np.random.Generator) -> np.ndarray:
    """Distances [row col] from a drawn cell that half of the free cells or more can reach."""
    while True:
        anchor = free[rng.integers(len(free))]
        distance = solve(grid[None], anchor[None], VIN).distance[0].reshape(grid.shape)
        if np.isfinite(distance).sum() >= len(free) / 2:
            return distance
