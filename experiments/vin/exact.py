"""What exact planning says of maps with goals: distances, the expert's moves, all moves that are optimal."""

from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Int8, Int32

from envs.gridworld.config import GridConfig
from envs.gridworld.state import new_scratch
from envs.kernels.grid_moves import MOVE_COL, MOVE_ROW
from envs.kernels.grid_optimal import TIE
from envs.kernels.grid_paths import shortest_paths

NUM_MOVES = 8


class Convention(NamedTuple):
    """How eight moves are counted: cost of a diagonal, and whether it may pass blocked corners."""

    diagonal_cost: float
    corner_cutting: str


VIN = Convention(sqrt(2.0), "allow")
MOORE = Convention(1.0, "allow")
"""Of planning data sets: every move is a step."""


@dataclass(frozen=True, eq=False)
class Solved:
    """Maps with goals under a convention; cells of a map are numbered row * cols + col."""

    convention: Convention
    blocked: Bool[np.ndarray, "map row col"]
    goal: Int32[np.ndarray, "map 2"]
    distance: Float64[np.ndarray, "map cell"]
    """Cost of a shortest path to the goal; inf at obstacles and where there is no way."""
    towards: Int8[np.ndarray, "map cell"]
    """The expert's move by the tie rule of VIN's data; -1 at the goal and where there is no way."""

    @property
    def num_cols(self) -> int:
        """Columns of every map."""
        return self.blocked.shape[2]

    @property
    def goal_cell(self) -> Int32[np.ndarray, " map"]:
        """Number of each map's goal cell."""
        return self.goal[:, 0] * np.int32(self.num_cols) + self.goal[:, 1]

    @cached_property
    def allowed(self) -> Bool[np.ndarray, "map action cell"]:
        """Moves that the map lets happen; others leave one where one is."""
        return allowed_moves(self.blocked, self.convention)

    @cached_property
    def optimal(self) -> Bool[np.ndarray, "map action cell"]:
        """All moves that begin a shortest path; none at the goal and where there is no way."""
        here = self.distance.reshape(self.blocked.shape)
        masks = [
            self._move_cost(action) + shifted(here, action, fill=np.inf) < here + TIE for action in range(NUM_MOVES)
        ]
        found = np.stack(masks, axis=1).reshape(self.allowed.shape) & self.allowed
        return found & (np.isfinite(self.distance) & (self.distance > 0))[:, None]

    def _move_cost(self, action: int) -> float:
        return self.convention.diagonal_cost if action >= 4 else 1.0


def solve(
    blocked: Bool[np.ndarray, "map row col"], goal: Int32[np.ndarray, "map 2"], convention: Convention = VIN
) -> Solved:
    """Dijkstra's algorithm on every map, from its goal."""
    num_maps, rows, cols = blocked.shape
    distance, towards = np.zeros((num_maps, rows * cols)), np.zeros((num_maps, rows * cols), np.int8)
    config = GridConfig(diagonal_cost=convention.diagonal_cost, corner_cutting=convention.corner_cutting)
    rules, scratch = config.rules(1, 0, 1), new_scratch(rows * cols, 1)
    terrain, terrain_cost = np.zeros((rows, cols), np.uint8), np.zeros(0, np.float64)
    is_blocked, goals = np.ascontiguousarray(blocked, np.uint8), np.ascontiguousarray(goal, np.int32)
    for index in range(num_maps):
        shortest_paths(
            is_blocked[index], terrain, terrain_cost, rules, goals[index], -1, scratch, distance[index], towards[index]
        )
    return Solved(convention, blocked, goal, distance, towards)


def allowed_moves(
    blocked: Bool[np.ndarray, "map row col"], convention: Convention
) -> Bool[np.ndarray, "map action cell"]:
    """Moves into free cells that cut no corner where that is forbidden."""
    free = [~shifted(blocked, action, fill=True) for action in range(NUM_MOVES)]
    if convention.corner_cutting == "forbid":
        straight = {(int(MOVE_ROW[a]), int(MOVE_COL[a])): free[a] for a in range(4)}
        for action in range(4, NUM_MOVES):
            down, right = int(MOVE_ROW[action]), int(MOVE_COL[action])
            free[action] = free[action] & straight[down, 0] & straight[0, right]
    return np.stack(free, axis=1).reshape(len(blocked), NUM_MOVES, -1)


def shifted(array: np.ndarray, action: int, *, fill: float) -> np.ndarray:
    """What each cell of [map row col] sees one move away: `fill` outside of the map."""
    padded = np.pad(array, ((0, 0), (1, 1), (1, 1)), constant_values=fill)
    down, right = 1 + int(MOVE_ROW[action]), 1 + int(MOVE_COL[action])
    return padded[:, down : down + array.shape[1], right : right + array.shape[2]]
