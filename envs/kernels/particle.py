"""Worlds of particles that are pulled to a set-point and have two goals to touch, in any number of dimensions.

Arrays come as NamedTuples with a leading world axis: `state` (`envs.particle.state.ParticleState`: all that is needed
to go on) and `out` (`envs.core.worlds.StepOutput`). `rule_table` holds one record of `PARTICLE_RULES`; `level_ids`
are the levels of a finite split, empty for procedural ones.
"""

import numpy as np

from envs.kernels.compilation import inlined, inner, kernel
from envs.kernels.counter_random import bits, fold, mix, unit
from envs.kernels.level_draws import next_level

# Columns of out.reward_terms and out.metrics.
REWARD_TERMS = ("goal",)
METRICS = ("success", "score", "length", "mode", "final_distance")
NEXT_STEP = 1
LEVEL_SALT, ORDER_SALT = np.uint64(0x9A271C1E), np.uint64(0x0DDE2)

# Florence et al., "Implicit Behavioral Cloning", CoRL 2021: their particle environment.
DT = 0.005
SUBSTEPS = 10
STIFFNESS, DAMPING = 10.0, 5.0
RADIUS = 0.05
NEAR = 0.01
WAIT = 1

PARTICLE_RULES = np.dtype(
    [
        (
            "offset_of_offset",
            np.float64,
        ),  # one action: (offset, velocity) -> these four numbers times (offset, velocity)
        ("offset_of_velocity", np.float64),
        ("velocity_of_offset", np.float64),
        ("velocity_of_velocity", np.float64),
        ("multimodal", np.int64),  # 1: the goals may be touched in either order
        ("max_steps", np.int64),
        ("level_low", np.int64),
        ("level_count", np.int64),
    ]
)


@kernel
def begin_worlds(state, rule_table, level_ids, out, chosen, levels, low, high):
    """Begin the next episode of every world with chosen[w] = 1, at levels[w] (-1: drawn from its seed)."""
    for w in range(low, high):
        if chosen[w] == 1:
            _begin(state, rule_table[0], level_ids, out, levels[w], w)


@inner
def _begin(state, rules, level_ids, out, level, w):
    state.episode[w] += 1
    state.level[w] = level if level >= 0 else next_level(state.seed[w], state.episode[w], rules, level_ids)
    state.steps[w] = 0
    key = fold(mix(np.uint64(state.level[w])), LEVEL_SALT)
    coin = fold(fold(mix(np.uint64(state.seed[w])), ORDER_SALT), np.uint64(state.episode[w]))
    for agent in range(state.position.shape[1]):
        _place(state, fold(key, np.uint64(agent)), w, agent)
        state.order[w, agent] = rules.multimodal * np.int64(bits(coin, np.uint64(agent)) >> np.uint64(63))
        state.touched[w, agent, 0] = 0
        state.touched[w, agent, 1] = 0
        state.mode[w, agent] = -1
        state.waited[w, agent] = -1
        state.active[w, agent] = 1
        _look(state, rules, w, agent)
        out.reward_terms[w, agent, 0] = 0.0
        out.reward[w, agent] = 0.0
        out.terminated[w, agent] = 0
        out.truncated[w, agent] = 0
    out.is_over[w] = 0


@inlined
def _place(state, key, w, agent):
    """Position and goals uniform in the unit cube, at rest."""
    dims = state.position.shape[2]
    for k in range(dims):
        state.position[w, agent, k] = unit(bits(key, np.uint64(k)))
        state.first_goal[w, agent, k] = unit(bits(key, np.uint64(dims + k)))
        state.second_goal[w, agent, k] = unit(bits(key, np.uint64(2 * dims + k)))
        state.velocity[w, agent, k] = 0.0


@kernel
def step_worlds(state, rule_table, level_ids, out, actions, autoreset, low, high):
    """Advance worlds by actions [world agent dim]; one that is over begins anew where autoreset is NEXT_STEP."""
    rules = rule_table[0]
    for w in range(low, high):
        if out.is_over[w] == 0:
            _step(state, rules, out, actions, w)
        elif autoreset == NEXT_STEP:
            _begin(state, rules, level_ids, out, -1, w)


@inlined
def _step(state, rules, out, actions, w):
    state.steps[w] += 1
    is_over = 1
    for agent in range(state.position.shape[1]):
        out.reward_terms[w, agent, 0] = 0.0
        out.reward[w, agent] = 0.0
        if state.active[w, agent] == 1:
            _pull(state, rules, actions, w, agent)
            _look(state, rules, w, agent)
            _judge(state, rules, out, w, agent)
            if state.active[w, agent] == 1:
                is_over = 0
    out.is_over[w] = is_over


@inlined
def _pull(state, rules, actions, w, agent):
    """`SUBSTEPS` steps of length `DT` of the damped spring towards the action, which are one linear map."""
    for k in range(state.position.shape[2]):
        set_point, velocity = np.float64(actions[w, agent, k]), state.velocity[w, agent, k]
        offset = state.position[w, agent, k] - set_point
        after = rules.offset_of_offset * offset + rules.offset_of_velocity * velocity
        state.position[w, agent, k] = set_point + after
        state.velocity[w, agent, k] = rules.velocity_of_offset * offset + rules.velocity_of_velocity * velocity


@inlined
def _look(state, rules, w, agent):
    """Note which goals are touched now, and for how long the expert has been near the first one it goes to."""
    first = _distance(state.position, state.first_goal, w, agent)
    second = _distance(state.position, state.second_goal, w, agent)
    if state.mode[w, agent] < 0 and min(first, second) <= RADIUS:
        state.mode[w, agent] = second < first
    if first <= RADIUS:
        state.touched[w, agent, 0] = 1
    if second <= RADIUS and (rules.multimodal == 1 or state.touched[w, agent, 0] == 1):
        state.touched[w, agent, 1] = 1
    if state.waited[w, agent] >= 0:
        state.waited[w, agent] += 1
    elif (first if state.order[w, agent] == 0 else second) <= NEAR:
        state.waited[w, agent] = 0


@inlined
def _distance(position, goal, w, agent):
    total = 0.0
    for k in range(position.shape[2]):
        total += (position[w, agent, k] - goal[w, agent, k]) ** 2
    return np.sqrt(total)


@inlined
def _judge(state, rules, out, w, agent):
    """Reward, ends and metrics of the step that `agent` has just made."""
    success = state.touched[w, agent, 0] == 1 and state.touched[w, agent, 1] == 1
    out.reward_terms[w, agent, 0] = success
    out.reward[w, agent] = success
    out.terminated[w, agent] = success
    out.truncated[w, agent] = not success and state.steps[w] >= rules.max_steps
    if success or out.truncated[w, agent] == 1:
        state.active[w, agent] = 0
        out.metrics[w, agent, 0] = success
        out.metrics[w, agent, 1] = success
        out.metrics[w, agent, 2] = state.steps[w]
        out.metrics[w, agent, 3] = state.mode[w, agent] if state.mode[w, agent] >= 0 else np.nan
        out.metrics[w, agent, 4] = _final_distance(state, rules, w, agent)


@inlined
def _final_distance(state, rules, w, agent):
    """To the goal that is still to be touched, the nearer of two; after success, to the one touched last."""
    first = _distance(state.position, state.first_goal, w, agent)
    second = _distance(state.position, state.second_goal, w, agent)
    if rules.multimodal == 0:
        return second if state.touched[w, agent, 0] == 1 else first
    if state.mode[w, agent] < 0:
        return min(first, second)
    return second if state.mode[w, agent] == 0 else first


@kernel
def advise_worlds(state, advice, low, high):
    """The expert's set-points in advice [world agent dim]: a goal until near it for `WAIT` steps, then the other."""
    for w in range(low, high):
        for agent in range(state.position.shape[1]):
            has_waited = state.waited[w, agent] >= WAIT
            to_first = (state.order[w, agent] == 0) != has_waited
            for k in range(state.position.shape[2]):
                goal = state.first_goal[w, agent, k] if to_first else state.second_goal[w, agent, k]
                advice[w, agent, k] = np.float32(goal)
