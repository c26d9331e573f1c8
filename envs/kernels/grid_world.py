"""Drivers of the grid family: begin, step and judge the episodes of worlds [low, high).

Arrays come as NamedTuples with a leading world axis: `state` (`GridState`: all that is needed to go on), `out`
(`GridOutput`: what the faces read), `routes` (distance fields, computed when first needed), `source` (maps and
tasks, shared), `scratch` (one per thread): their fields are in `envs.gridworld.state`. `rule_table` holds one record
of `GRID_RULES`.
"""

import numpy as np

from envs.kernels.compilation import inlined, kernel
from envs.kernels.counter_random import fold
from envs.kernels.grid_fork import FORK
from envs.kernels.grid_levels import draw_level
from envs.kernels.grid_motion import move_actors, noise_key, send_on, step_cost
from envs.kernels.grid_moves import MOVE_COL, MOVE_ROW, can_move
from envs.kernels.grid_optimal import optimal_moves
from envs.kernels.grid_paths import shortest_paths
from envs.kernels.grid_sides import COIN, coin_move, note_side
from envs.kernels.grid_traffic import choose_move, ensure_route, is_taken
from envs.kernels.grid_views import draw_view
from envs.kernels.level_draws import next_level

# Columns of out.reward_terms and out.metrics.
REWARD_TERMS = ("goal", "path", "collision")
METRICS = ("success", "score", "length", "collisions", "path_cost", "path_ratio")
FORK_METRICS = (*METRICS, "mode")
NO_AUTORESET, NEXT_STEP, SAME_STEP = 0, 1, 2
ADVICE_SALT = np.uint64(0xAD1CE)


@kernel
def begin_worlds(state, rule_table, source, routes, scratch, out, chosen, levels, low, high):
    """Begin the next episode of every world with chosen[w] = 1, at levels[w] (-1: drawn from its seed).

    Returns the first world whose level cannot be solved, or -1.
    """
    rules = rule_table[0]
    for w in range(low, high):
        if chosen[w] == 1 and not _begin(state, rules, source, routes, scratch, out, levels[w], w):
            return w
    return -1


@kernel
def _begin(state, rules, source, routes, scratch, out, level, w):
    state.episode[w] += 1
    state.level[w] = level if level >= 0 else next_level(state.seed[w], state.episode[w], rules, source.level_ids)
    if not draw_level(state, w, state.level[w], rules, source, scratch):
        return False
    state.steps[w] = 0
    state.side[w] = 0
    for actor in range(state.cell.shape[1]):
        state.cell[w, actor, 0], state.cell[w, actor, 1] = state.start[w, actor, 0], state.start[w, actor, 1]
        state.path_cost[w, actor] = 0.0
        state.collisions[w, actor] = 0
        state.patience[w, actor] = 0
        state.active[w, actor] = 1
        if routes.is_known.shape[0] > 0:
            routes.is_known[w, actor] = 0
    for agent in range(rules.num_agents):
        out.is_stale[w, agent] = 1
        out.reward_terms[w, agent] = 0.0
        out.reward[w, agent] = 0.0
        out.terminated[w, agent] = 0
        out.truncated[w, agent] = 0
        draw_view(state, rules, out, w, agent)
    out.is_over[w] = 0
    return True


@kernel
def step_worlds(state, rule_table, source, routes, scratch, out, actions, autoreset, low, high):
    """Advance every world by actions [world agent]; a world that is over begins anew where autoreset is NEXT_STEP."""
    rules = rule_table[0]
    for w in range(low, high):
        if out.is_over[w] == 1:
            if autoreset == NEXT_STEP and not _begin(state, rules, source, routes, scratch, out, -1, w):
                return w
            continue
        _step(state, rules, source, routes, scratch, out, actions, w)
    return -1


@inlined
def _step(state, rules, source, routes, scratch, out, actions, w):
    move_actors(state, rules, source, routes, scratch, actions, w)
    state.steps[w] += 1
    if rules.recipe == FORK and state.active[w, 0] == 1:
        note_side(state, rules, scratch, w)
    is_over = 1
    for agent in range(rules.num_agents):
        if state.active[w, agent] == 0:
            out.reward_terms[w, agent] = 0.0
            out.reward[w, agent] = 0.0
            continue
        _judge(state, rules, source, scratch, out, w, agent)
        if state.active[w, agent] == 1:
            is_over = 0
    out.is_over[w] = is_over
    if state.cell.shape[1] > rules.num_agents:
        send_on(state, rules, routes, scratch, w)
    for agent in range(rules.num_agents):
        draw_view(state, rules, out, w, agent)


@inlined
def _judge(state, rules, source, scratch, out, w, agent):
    """Reward terms, ends and metrics of the step that `agent` has just made."""
    cost = step_cost(state, rules, source, scratch, w, agent)
    hit = scratch.stays[agent]
    state.path_cost[w, agent] += cost
    state.collisions[w, agent] += hit
    arrived = state.cell[w, agent, 0] == state.goal[w, agent, 0] and state.cell[w, agent, 1] == state.goal[w, agent, 1]
    out.reward_terms[w, agent, 0] = rules.goal_reward if arrived else 0.0
    out.reward_terms[w, agent, 1] = 0.0 - rules.path_weight * cost
    out.reward_terms[w, agent, 2] = 0.0 - rules.collision_weight * hit
    terms = out.reward_terms[w, agent]
    out.reward[w, agent] = terms[0] + terms[1] + terms[2]
    ended = arrived or (hit == 1 and rules.crash == 1)
    out.terminated[w, agent] = ended
    out.truncated[w, agent] = not ended and state.steps[w] >= rules.max_steps
    if ended or out.truncated[w, agent] == 1:
        state.active[w, agent] = 0
        _measure(state, rules, source, scratch, out, w, agent, arrived)


@kernel
def _measure(state, rules, source, scratch, out, w, agent, arrived):
    """Metrics of a finished episode; score is success weighted by path length (Anderson et al., 2018).

    The optimal cost is looked up only for those who arrived: the others' ratio is nan.
    """
    metrics = out.metrics[w, agent]
    metrics[0] = arrived
    metrics[1] = 0.0
    metrics[2] = state.steps[w]
    metrics[3] = state.collisions[w, agent]
    metrics[4] = state.path_cost[w, agent]
    metrics[5] = np.nan
    if rules.recipe == FORK:
        metrics[6] = np.nan if agent > 0 or state.side[w] == 0 else 0.5 + 0.5 * state.side[w]
    if arrived:
        best = optimal_cost(state, rules, source, scratch, w, agent)
        metrics[1] = best / max(best, metrics[4])
        metrics[5] = metrics[4] / best


@kernel
def optimal_cost(state, rules, source, scratch, w, agent):
    """Cost of a shortest path from the agent's start to its goal, as if nothing slipped and nobody else were there."""
    blocked, terrain, goal = state.blocked[w], state.terrain[w], state.goal[w, agent]
    start = state.start[w, agent, 0] * blocked.shape[1] + state.start[w, agent, 1]
    shortest_paths(
        blocked, terrain, source.terrain_cost, rules, goal, start, scratch, scratch.distance, scratch.towards
    )
    return scratch.distance[start]


@kernel
def redraw_worlds(state, rule_table, out, low, high):
    """Draw every view from nothing, after the state was replaced."""
    rules = rule_table[0]
    for w in range(low, high):
        for agent in range(rules.num_agents):
            out.is_stale[w, agent] = 1
            draw_view(state, rules, out, w, agent)


@kernel
def advise_worlds(state, rule_table, source, routes, scratch, masks, advice, low, high):
    """The oracle: all optimal moves in masks [world agent action], and one choice in advice [world agent].

    The choice is the lowest-numbered optimal move, or the one of VIN's tie rule, or the coin's; among others it is
    the coin's or else the first that leads into an empty cell, else waiting. The masks know the map, not the others.
    """
    rules = rule_table[0]
    for w in range(low, high):
        for agent in range(rules.num_agents):
            ensure_route(state, rules, source, routes, scratch, w, agent)
            row, col = state.cell[w, agent, 0], state.cell[w, agent, 1]
            mask = masks[w, agent]
            field = routes.field[w, agent]
            optimal_moves(state.blocked[w], state.terrain[w], source.terrain_cost, rules, row, col, field, mask)
            advice[w, agent] = first_true(mask)
            if rules.tie_break == 1:
                advice[w, agent] = max(0, routes.towards[w, agent, row * state.blocked.shape[2] + col])
            elif rules.tie_break == COIN:
                advice[w, agent] = max(0, coin_move(state, rules, source, field, w, agent, row, col))
                if _is_free(state, rules, w, agent, advice[w, agent]):
                    continue
            if state.cell.shape[1] > 1 and state.active[w, agent] == 1:
                key = fold(noise_key(state, w, agent), ADVICE_SALT)
                advice[w, agent] = choose_move(state, rules, source, routes, w, agent, key)


@kernel
def _is_free(state, rules, w, agent, move):
    """Whether `move` leads into a cell that nobody stands on."""
    row, col = state.cell[w, agent, 0], state.cell[w, agent, 1]
    after_row, after_col = row + MOVE_ROW[move], col + MOVE_COL[move]
    return can_move(state.blocked[w], row, col, move, rules) and not is_taken(state, w, agent, after_row, after_col)


@kernel
def first_true(mask):
    """Index of the first marked action, 0 where none is."""
    for action in range(mask.shape[0]):
        if mask[action]:
            return action
    return 0
