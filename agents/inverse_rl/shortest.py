"""Exact shortest paths over ground of classes with costs, for a batch of maps."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int8, Int64

from agents.inverse_rl.ground import Ground
from agents.inverse_rl.moves import Moves
from envs.gridworld.state import new_scratch
from envs.kernels.grid_moves import MOVE_COL, MOVE_ROW
from envs.kernels.grid_paths import shortest_paths


@dataclass(frozen=True)
class Routes:
    """For every cell the cost of the cheapest path to the goal, and the first move of one."""

    distance: Float64[np.ndarray, "batch row col"]
    """inf out of reach."""
    towards: Int8[np.ndarray, "batch row col"]
    """-1 at the goal and out of reach."""

    def paths(self, start: Int64[np.ndarray, " batch"]) -> Int64[np.ndarray, "batch time"]:
        """Cells from each start on, filled up with the last."""
        num_cols = self.towards.shape[2]
        towards, rows = self.towards.reshape(len(start), -1), np.arange(len(start))
        step = np.append(MOVE_ROW.astype(np.int64) * num_cols + MOVE_COL, 0)  # -1 stays
        cells = [start]
        while ((move := towards[rows, cells[-1]]) >= 0).any():
            cells.append(cells[-1] + step[move])
        return np.stack(cells, axis=1)


def routes(ground: Ground, cost: Float64[np.ndarray, " class"], moves: Moves) -> Routes:
    """Dijkstra's algorithm from every goal; each move costs its length times the cost of the class entered.

    Raises:
        ValueError: a cost that is not positive, or a map without a goal.
    """
    if not (cost > 0).all():
        raise ValueError(f"Shortest paths need costs > 0, got {cost.tolist()}.")
    if (ground.goal < 0).any():
        raise ValueError(f"Map {int(ground.goal.argmin())} shows no goal: there is no way to plan.")
    cells = ground.blocked[0].size
    blocked, num_cols = ground.blocked.astype(np.uint8), ground.blocked.shape[2]
    goals = np.stack((ground.goal // num_cols, ground.goal % num_cols), axis=1).astype(np.int32)
    distance, towards = np.zeros((len(ground), cells)), np.zeros((len(ground), cells), np.int8)
    rules, scratch = moves.rules(len(cost)), new_scratch(cells, 1)
    for k in range(len(ground)):
        shortest_paths(blocked[k], ground.classes[k], cost, rules, goals[k], -1, scratch, distance[k], towards[k])
    return Routes(distance.reshape(ground.blocked.shape), towards.reshape(ground.blocked.shape))
