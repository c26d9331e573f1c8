"""Actors that route, wait and yield: each follows shortest paths to a goal of its own and gives way.

The same rule drives the scripted actors of a crowd and advises the controlled ones (their oracle).
"""

import numpy as np

from envs.kernels.compilation import kernel
from envs.kernels.counter_random import below, bits
from envs.kernels.grid_moves import MOVE_COL, MOVE_ROW, can_move
from envs.kernels.grid_optimal import TIE, move_loss
from envs.kernels.grid_paths import flood, shortest_paths
from envs.kernels.grid_sides import COIN, follow_coin
from envs.kernels.grid_slippery import least_losses

PATIENCE = 2


@kernel
def ensure_route(state, rules, source, routes, scratch, w, actor):
    """Distances (slippery worlds: losses) of every cell to the actor's goal, computed once per goal."""
    if routes.is_known[w, actor] == 1:
        return
    blocked, field = state.blocked[w], routes.field[w, actor]
    goal = state.goal[w, actor]
    shortest_paths(
        blocked,
        state.terrain[w],
        source.terrain_cost,
        rules,
        goal,
        -1,
        scratch,
        field,
        routes.towards[w, actor],
    )
    if rules.slip > 0.0:
        count = flood(blocked, rules, goal[0], goal[1], scratch, scratch.reached)
        least_losses(blocked, state.terrain[w], source.terrain_cost, rules, scratch.heap, count, field)
    elif rules.tie_break == COIN:
        follow_coin(state, rules, source, field, routes.towards[w, actor], w, actor)
    routes.is_known[w, actor] = 1


@kernel
def is_taken(state, w, actor, row, col):
    """Whether another actor on the grid stands on (row, col) now."""
    for other in range(state.cell.shape[1]):
        stands = state.cell[w, other, 0] == row and state.cell[w, other, 1] == col
        if stands and other != actor and state.active[w, other] == 1:
            return True
    return False


@kernel
def choose_move(state, rules, source, routes, w, actor, key):
    """The first shortest move into a cell nobody stands on; else wait, and after `PATIENCE` waits step aside.

    Stepping aside is to a random open cell, so that two who face each other in a corridor do not mirror
    each other for ever. Needs `ensure_route`; returns rules.num_moves for waiting.
    """
    row, col = state.cell[w, actor, 0], state.cell[w, actor, 1]
    blocked, field = state.blocked[w], routes.field[w, actor]
    here = field[row * blocked.shape[1] + col]
    asides, aside = 0, rules.num_moves
    for move in range(rules.num_moves):
        after_row, after_col = row + MOVE_ROW[move], col + MOVE_COL[move]
        if not can_move(blocked, row, col, move, rules) or is_taken(state, w, actor, after_row, after_col):
            continue
        if move_loss(blocked, state.terrain[w], source.terrain_cost, rules, row, col, move, field) < here + TIE:
            return move
        asides += 1
        if below(bits(key, np.uint64(move)), asides) == 0:
            aside = move
    return aside if state.patience[w, actor] >= PATIENCE else rules.num_moves
