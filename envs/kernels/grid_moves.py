"""Moves on a grid: the eight directions, which of them are open, what they cost.

Directions are in VIN's label order N, S, E, W, NE, NW, SE, SW, (row, col) with row down; four-connected worlds
have the first four. The number after the last move is *wait*.

`rules` is the record of `GRID_RULES`, `blocked` and `terrain` are uint8 [row col] of one world.
"""

import numpy as np

from envs.kernels.compilation import inlined

MOVE_ROW = np.array([-1, 1, 0, 0, -1, -1, 1, 1], np.int32)
MOVE_COL = np.array([0, 0, 1, -1, 1, -1, 1, -1], np.int32)

# The neighbours of each direction on the compass, 45 degrees apart: where a slippery move ends up.
LEFT_OF_8 = np.array([5, 6, 4, 7, 0, 3, 2, 1], np.int32)
RIGHT_OF_8 = np.array([4, 7, 6, 5, 2, 0, 1, 3], np.int32)
# The same with four directions, 90 degrees apart.
LEFT_OF_4 = np.array([3, 2, 0, 1], np.int32)
RIGHT_OF_4 = np.array([2, 3, 1, 0], np.int32)

GRID_RULES = np.dtype(
    [
        ("num_moves", np.int64),  # 4 or 8
        ("diagonal_cost", np.float64),  # 1 or sqrt(2)
        ("corner_cutting", np.int64),  # 1: a diagonal may pass blocked orthogonal neighbours
        ("slip", np.float64),  # probability of turning to a neighbouring direction
        ("crash", np.int64),  # 1: a collision terminates
        ("goal_reward", np.float64),
        ("path_weight", np.float64),
        ("collision_weight", np.float64),
        ("max_steps", np.int64),
        ("tie_break", np.int64),  # of the oracle: 0 the first move, 1 VIN's, 2 by a coin
        ("num_agents", np.int64),  # the first actors are controlled
        ("radius", np.int64),  # of the egocentric view [cells]; -1: full view
        ("occlusion", np.int64),  # 1: obstacles hide what lies behind them
        ("num_classes", np.int64),  # semantic terrain classes shown, 0: none
        ("recipe", np.int64),
        ("max_obstacles", np.int64),  # VIN recipe: attempts to place an obstacle
        ("max_obstacle_size", np.int64),  # VIN recipe: side or radius [cells]
        ("density", np.float64),  # share of blocked cells
        ("openings", np.float64),  # probability that an inner wall opens, or a second door
        ("level_low", np.int64),
        ("level_count", np.int64),
        ("min_reachable", np.int64),  # cells that the goal must be reachable from
    ]
)


@inlined
def is_open(blocked, row, col):
    """Whether (row, col) lies on the grid and is free."""
    return 0 <= row < blocked.shape[0] and 0 <= col < blocked.shape[1] and blocked[row, col] == 0


@inlined
def can_move(blocked, row, col, move, rules):
    """Whether `move` leads from (row, col) to an open cell under the corner rule."""
    after_row = row + MOVE_ROW[move]
    after_col = col + MOVE_COL[move]
    if not is_open(blocked, after_row, after_col):
        return False
    if move < 4 or rules.corner_cutting == 1:
        return True
    return blocked[row, after_col] == 0 and blocked[after_row, col] == 0


@inlined
def move_cost(terrain, terrain_cost, row, col, move, rules):
    """Cost of arriving at (row, col) by `move`: length times the cost of the terrain entered."""
    length = rules.diagonal_cost if move >= 4 else 1.0
    if rules.num_classes == 0:
        return length
    return length * terrain_cost[terrain[row, col]]


@inlined
def slipped(move, side, rules):
    """The direction next to `move`: on the left for side 0, on the right for side 1."""
    if rules.num_moves == 4:
        return LEFT_OF_4[move] if side == 0 else RIGHT_OF_4[move]
    return LEFT_OF_8[move] if side == 0 else RIGHT_OF_8[move]
