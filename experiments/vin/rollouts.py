"""Greedy rollouts on maps, all tasks at once: a policy is a function of (map, cell), so a step is a look-up."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from jaxtyping import Bool, Int64

from envs.kernels.grid_moves import MOVE_COL, MOVE_ROW
from experiments.vin.exact import Solved

Indices = Int64[np.ndarray, " n"]
Choose = Callable[[np.ndarray, np.ndarray], np.ndarray]
"""(maps, cells) -> actions."""


class HasTasks(Protocol):
    """Starts on solved maps."""

    @property
    def solved(self) -> Solved: ...
    @property
    def task_map(self) -> np.ndarray: ...
    @property
    def start(self) -> np.ndarray: ...


@dataclass(frozen=True, eq=False)
class Rollouts:
    """What became of each task: whether it came to the goal, and by how many moves of either kind."""

    reached: Bool[np.ndarray, " task"]
    moves: Int64[np.ndarray, " task"]
    """All moves made, where the goal was reached; up to where it stopped, elsewhere."""
    diagonals: Int64[np.ndarray, " task"]
    """Of these."""


def roll_out(tasks: HasTasks, choose: Choose, *, most_moves: Int64[np.ndarray, " task"]) -> Rollouts:
    """Follow `choose` from every start, for at most so many moves.

    Who runs into an obstacle stays there, so it is stuck for good: a greedy policy would choose the same again.
    """
    moves = np.zeros(len(tasks.start), np.int64)
    diagonals, reached = np.zeros_like(moves), np.zeros(len(moves), bool)
    goal_cell, offsets = tasks.solved.goal_cell, cell_offsets(tasks.solved.num_cols)
    alive, cells = np.arange(len(moves)), tasks.start.astype(np.int64)
    is_there = cells == goal_cell[tasks.task_map]
    reached[alive[is_there]] = True
    alive, cells = alive[~is_there], cells[~is_there]
    while len(alive):
        maps = tasks.task_map[alive]
        actions = choose(maps, cells)
        can = (moves[alive] < most_moves[alive]) & tasks.solved.allowed[maps, actions, cells]
        alive, cells, maps, actions = alive[can], cells[can], maps[can], actions[can]
        cells = cells + offsets[actions]
        moves[alive] += 1
        diagonals[alive] += actions >= 4
        is_there = cells == goal_cell[maps]
        reached[alive[is_there]] = True
        alive, cells = alive[~is_there], cells[~is_there]
    return Rollouts(reached, moves, diagonals)


def way_of(tasks: HasTasks, choose: Choose) -> tuple[Indices, Indices]:
    """(maps, cells) on all ways of a policy that always arrives, the goals left out; step by step, tasks in order."""
    maps, cells = tasks.task_map.astype(np.int64), tasks.start.astype(np.int64)
    goal_cell, offsets = tasks.solved.goal_cell, cell_offsets(tasks.solved.num_cols)
    found: list[tuple[np.ndarray, np.ndarray]] = []
    while len(cells):
        is_on = cells != goal_cell[maps]
        maps, cells = maps[is_on], cells[is_on]
        found.append((maps, cells))
        cells = cells + offsets[choose(maps, cells)]
    return np.concatenate([part for part, _ in found]), np.concatenate([part for _, part in found])


def cell_offsets(num_cols: int) -> Int64[np.ndarray, " action"]:
    """What each move adds to the number of a cell."""
    return MOVE_ROW.astype(np.int64) * num_cols + MOVE_COL
