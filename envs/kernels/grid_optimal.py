"""What a move is worth, and all moves that are worth most, given the distances or losses of every cell.

Distances are float64: a path of a straight and b diagonal moves costs a + b sqrt(2), and two such sums that
differ do so by more than 1e-6 on grids up to 512 x 512, so a tolerance of `TIE` separates equal from unequal.
"""

import numpy as np

from envs.kernels.compilation import kernel
from envs.kernels.grid_moves import MOVE_COL, MOVE_ROW, can_move, move_cost
from envs.kernels.grid_slippery import expected_loss

TIE = 1e-6


@kernel
def move_loss(blocked, terrain, terrain_cost, rules, row, col, move, field):
    """Cost of `move` and of the rest of the way (expected loss in slippery worlds); inf where it is not allowed."""
    if rules.slip > 0.0:
        return expected_loss(blocked, terrain, terrain_cost, rules, row, col, move, field)
    if not can_move(blocked, row, col, move, rules):
        return np.inf
    after_row, after_col = row + MOVE_ROW[move], col + MOVE_COL[move]
    cost = move_cost(terrain, terrain_cost, after_row, after_col, move, rules)
    return cost + field[after_row * blocked.shape[1] + after_col]


@kernel
def optimal_moves(blocked, terrain, terrain_cost, rules, row, col, field, mask):
    """Mark in `mask` [action] every move that is worth most; none at the goal or where it is out of reach."""
    mask[:] = False
    here = field[row * blocked.shape[1] + col]
    if not np.isfinite(here) or here == 0.0:
        return
    for move in range(rules.num_moves):
        loss = move_loss(blocked, terrain, terrain_cost, rules, row, col, move, field)
        mask[move] = loss < here + TIE
