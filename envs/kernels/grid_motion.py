"""One step of one world: intentions, conflicts, arrivals. Everybody moves at once.

Conflict rules, the same for controlled and scripted actors:

1. a move that the map forbids stays;
2. nobody enters a cell whose actor stays, but a cell being left may be entered (followers, rings);
3. two moves with the same midpoint (a swap, or two crossing diagonals) both stay;
4. of those who want one cell, the one with the turn moves: turns rotate with (actor + step) mod actors.
"""

import numpy as np

from envs.kernels.compilation import inlined, kernel
from envs.kernels.counter_random import bits, fold, mix, next_below, open_stream, unit
from envs.kernels.grid_moves import MOVE_COL, MOVE_ROW, can_move, move_cost, slipped
from envs.kernels.grid_traffic import choose_move, ensure_route

NOISE_SALT = np.uint64(0x4015E)
GOAL_SALT = np.uint64(0x60A1)
_FOUND = 2


@kernel
def noise_key(state, w, actor):
    """Key of everything random that this actor meets at this step of this episode."""
    key = fold(fold(mix(state.seed[w]), NOISE_SALT), state.episode[w])
    return fold(key, np.uint64(state.steps[w]) * np.uint64(4096) + np.uint64(actor))


@inlined
def intend(state, rules, w, actor, move, target):
    """Set `target` [2] to where `move` leads after slipping; True where the map allows that move."""
    row, col = state.cell[w, actor, 0], state.cell[w, actor, 1]
    target[0], target[1] = row, col
    if move >= rules.num_moves:
        return True, move
    if rules.slip > 0.0:
        chance = unit(bits(noise_key(state, w, actor), 0))
        if chance < rules.slip:
            move = slipped(move, 0 if chance < 0.5 * rules.slip else 1, rules)
    if not can_move(state.blocked[w], row, col, move, rules):
        return False, move
    target[0], target[1] = row + MOVE_ROW[move], col + MOVE_COL[move]
    return True, move


@kernel
def resolve_conflicts(cell, active, steps, target, stays):
    """Turn targets that conflict into stays, until none does; `stays` [actor] marks who was turned back.

    Everybody who must stay is found before anybody is turned back, so that turns alone tell actors apart, not
    their numbers. Stays are only ever added: at most one round per actor is needed.
    """
    num_actors = cell.shape[0]
    changed = True
    while changed:
        changed = False
        for a in range(num_actors):
            if _must_stay(cell, active, target, steps, a):
                stays[a] = _FOUND
                changed = True
        for a in range(num_actors):
            if stays[a] == _FOUND:
                target[a, 0], target[a, 1] = cell[a, 0], cell[a, 1]
                stays[a] = 1


@kernel
def _must_stay(cell, active, target, steps, a):
    """Whether `a` is on the move and anybody keeps it from moving."""
    if active[a] == 0 or (target[a, 0] == cell[a, 0] and target[a, 1] == cell[a, 1]):
        return False
    for b in range(cell.shape[0]):
        if a == b or active[b] == 0:
            continue
        if _gives_way(cell, target, steps, a, b):
            return True
    return False


@kernel
def _gives_way(cell, target, steps, a, b):
    """Whether the moving actor `a` must stay because of `b` (rules 2 to 4)."""
    b_moves = target[b, 0] != cell[b, 0] or target[b, 1] != cell[b, 1]
    if b_moves:
        same_row = cell[a, 0] + target[a, 0] == cell[b, 0] + target[b, 0]
        if same_row and cell[a, 1] + target[a, 1] == cell[b, 1] + target[b, 1]:
            return True
    if target[a, 0] != target[b, 0] or target[a, 1] != target[b, 1]:
        return False
    return not b_moves or (a + steps) % cell.shape[0] > (b + steps) % cell.shape[0]


@inlined
def move_actors(state, rules, source, routes, scratch, actions, w):
    """Move everybody in world `w`; leaves the move made in scratch.move and who was refused in scratch.stays."""
    num_actors = state.cell.shape[1]
    for actor in range(num_actors):
        scratch.stays[actor] = 0
        if state.active[w, actor] == 0:
            continue
        if actor < rules.num_agents:
            move = actions[w, actor]
        else:
            ensure_route(state, rules, source, routes, scratch, w, actor)
            move = choose_move(state, rules, source, routes, w, actor, noise_key(state, w, actor))
        allowed, made = intend(state, rules, w, actor, move, scratch.target[actor])
        scratch.move[actor] = made
        scratch.stays[actor] = 0 if allowed else 1
    if num_actors > 1:
        resolve_conflicts(state.cell[w], state.active[w], state.steps[w], scratch.target, scratch.stays)
    for actor in range(num_actors):
        if state.active[w, actor] == 0:
            continue
        stood = (
            scratch.target[actor, 0] == state.cell[w, actor, 0] and scratch.target[actor, 1] == state.cell[w, actor, 1]
        )
        state.patience[w, actor] = state.patience[w, actor] + 1 if stood else 0
        if stood:
            scratch.move[actor] = rules.num_moves
        state.cell[w, actor, 0], state.cell[w, actor, 1] = scratch.target[actor, 0], scratch.target[actor, 1]


@inlined
def step_cost(state, rules, source, scratch, w, actor):
    """Cost of the step just made: the move's, or 1 for staying."""
    move = scratch.move[actor]
    if move >= rules.num_moves:
        return 1.0
    row, col = state.cell[w, actor, 0], state.cell[w, actor, 1]
    return move_cost(state.terrain[w], source.terrain_cost, row, col, move, rules)


@kernel
def send_on(state, rules, routes, scratch, w):
    """Give every scripted actor that has arrived another goal, uniform over the free cells it can reach."""
    for actor in range(rules.num_agents, state.cell.shape[1]):
        cell, goal = state.cell[w, actor], state.goal[w, actor]
        if cell[0] != goal[0] or cell[1] != goal[1]:
            continue
        open_stream(scratch.stream, fold(noise_key(state, w, actor), GOAL_SALT))
        num_rows, num_cols = state.blocked.shape[1:]
        while cell[0] == goal[0] and cell[1] == goal[1]:
            row, col = next_below(scratch.stream, num_rows), next_below(scratch.stream, num_cols)
            if state.blocked[w, row, col] == 0 and np.isfinite(routes.field[w, actor, row * num_cols + col]):
                goal[0], goal[1] = row, col
        routes.is_known[w, actor] = 0
