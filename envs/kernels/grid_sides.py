"""Left and right of the straight way from an actor's start to its goal: whose turn it is, and who passed where."""

import numpy as np

from envs.kernels.compilation import kernel
from envs.kernels.counter_random import bits, fold, mix
from envs.kernels.grid_moves import MOVE_COL, MOVE_ROW
from envs.kernels.grid_optimal import TIE, move_loss

COIN = 2  # of rules.tie_break
COIN_SALT = np.uint64(0xC014)


@kernel
def to_right(state, w, actor, rows, cols):
    """How far (rows, cols) leads to the right, in lengths of the way: below 0 to the left, 0 along it."""
    start, goal = state.start[w, actor], state.goal[w, actor]
    return (goal[1] - start[1]) * rows - (goal[0] - start[0]) * cols


@kernel
def coin_is_right(state, w, actor):
    """The side of this actor in this episode, even chances; levels and views are drawn from other numbers."""
    key = fold(fold(mix(state.seed[w]), COIN_SALT), state.episode[w])
    return bits(key, np.uint64(actor)) & np.uint64(1) == np.uint64(1)


@kernel
def coin_move(state, rules, source, field, w, actor, row, col):
    """Of the optimal moves at (row, col), one that leaves or nears the way, before those along it; -1: none.

    Where some lead to the left and others to the right, the coin of the episode decides; elsewhere it has no say.
    """
    here = field[row * state.blocked.shape[2] + col]
    left, right, along = -1, -1, -1
    if not np.isfinite(here) or here == 0.0:
        return along
    # Backwards, so that of several on one side the first is left: straight ones come before diagonals.
    for move in range(rules.num_moves - 1, -1, -1):
        loss = move_loss(state.blocked[w], state.terrain[w], source.terrain_cost, rules, row, col, move, field)
        if not loss < here + TIE:
            continue
        side = to_right(state, w, actor, MOVE_ROW[move], MOVE_COL[move])
        if side < 0:
            left = move
        elif side > 0:
            right = move
        else:
            along = move
    if left >= 0 and right >= 0:
        return right if coin_is_right(state, w, actor) else left
    return max(left, right) if max(left, right) >= 0 else along


@kernel
def follow_coin(state, rules, source, field, towards, w, actor):
    """Write the coin's move of every cell into `towards` [cells]."""
    num_cols = state.blocked.shape[2]
    for cell in range(towards.shape[0]):
        towards[cell] = coin_move(state, rules, source, field, w, actor, cell // num_cols, cell % num_cols)


@kernel
def note_side(state, rules, scratch, w):
    """Keep in state.side where the first actor passes what stands on its way: -1 left, 1 right, 0 not passed.

    Beside an obstacle the way itself is blocked. Whoever comes there from the front passes on the side where it
    stands, and whoever leaves to the front again has not passed; stepping back in from behind changes nothing.
    The way must be along a row or a column.
    """
    move = scratch.move[0]
    if move >= rules.num_moves:
        return
    start, goal, cell = state.start[w, 0], state.goal[w, 0], state.cell[w, 0]
    onward = (goal[0] - start[0]) * MOVE_ROW[move] + (goal[1] - start[1]) * MOVE_COL[move]
    is_beside = _is_beside(state.blocked[w], start, goal, cell[0], cell[1])
    was_beside = _is_beside(state.blocked[w], start, goal, cell[0] - MOVE_ROW[move], cell[1] - MOVE_COL[move])
    if onward > 0 and is_beside and not was_beside:
        side = to_right(state, w, 0, cell[0] - start[0], cell[1] - start[1])
        state.side[w] = 1 if side > 0 else -1
    elif onward < 0 and was_beside and not is_beside:
        state.side[w] = 0


@kernel
def _is_beside(blocked, start, goal, row, col):
    """Whether the cell of the way that lies across from (row, col) is blocked."""
    if start[0] == goal[0]:
        return blocked[start[0], col] == 1
    return blocked[row, start[1]] == 1
