"""Slippery worlds: expected losses by value iteration.

A stochastic shortest path problem (Bertsekas, *Dynamic Programming and Optimal Control*, vol. 2, ch. 3): with
probability `slip` a move turns to one of its two neighbouring directions, half each. The loss J of a cell is
what the expected undiscounted reward falls short of `goal_reward`:

    J(s) = min_a  sum_o P(o | a) [path_weight * cost(s, o) + collision_weight * hit(s, o) + J(after(s, o))]

where a hit stays in place, or, where collisions terminate, ends the episode and forfeits `goal_reward`.
"""

import numpy as np

from envs.kernels.compilation import kernel
from envs.kernels.grid_moves import MOVE_COL, MOVE_ROW, can_move, move_cost, slipped

TOLERANCE = 1e-11
MAX_SWEEPS = 100_000


@kernel
def outcome_loss(blocked, terrain, terrain_cost, rules, row, col, move, loss):
    """Loss of really going `move`, and the rest of the way."""
    num_cols = blocked.shape[1]
    if not can_move(blocked, row, col, move, rules):
        hit = rules.path_weight + rules.collision_weight
        return hit + (rules.goal_reward if rules.crash == 1 else loss[row * num_cols + col])
    after_row, after_col = row + MOVE_ROW[move], col + MOVE_COL[move]
    cost = move_cost(terrain, terrain_cost, after_row, after_col, move, rules)
    return rules.path_weight * cost + loss[after_row * num_cols + after_col]


@kernel
def expected_loss(blocked, terrain, terrain_cost, rules, row, col, move, loss):
    """Loss of choosing `move`, over where it may slip: the bracket of the equation above."""
    ahead = outcome_loss(blocked, terrain, terrain_cost, rules, row, col, move, loss)
    left = outcome_loss(blocked, terrain, terrain_cost, rules, row, col, slipped(move, 0, rules), loss)
    right = outcome_loss(blocked, terrain, terrain_cost, rules, row, col, slipped(move, 1, rules), loss)
    return (1.0 - rules.slip) * ahead + 0.5 * rules.slip * (left + right)


@kernel
def least_losses(blocked, terrain, terrain_cost, rules, cells, count, loss):
    """Gauss-Seidel value iteration over `cells` [count], nearest to the goal first; the first cell is the goal.

    `loss` [cells] must come in as inf outside `cells`. Starting from 0 inside, sweeps rise monotonically to the
    fixed point; they stop when none moves by more than `TOLERANCE`.
    """
    num_cols = blocked.shape[1]
    for k in range(count):
        loss[cells[k]] = 0.0
    for _ in range(MAX_SWEEPS):
        largest = 0.0
        for k in range(1, count):
            row, col = cells[k] // num_cols, cells[k] % num_cols
            least = np.inf
            for move in range(rules.num_moves):
                least = min(least, expected_loss(blocked, terrain, terrain_cost, rules, row, col, move, loss))
            largest = max(largest, abs(least - loss[cells[k]]))
            loss[cells[k]] = least
        if largest < TOLERANCE:
            return
