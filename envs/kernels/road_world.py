"""Drivers of the road family: begin, step and judge the episodes of worlds [low, high).

Arrays come as NamedTuples with a leading world axis: `state` (`RoadState`: all that is needed to go on), `out`
(`RoadOutput`: what the faces read), `roads` (`RoadPool`: geometry, shared), `scratch` (`RoadScratch`: one per
thread); their fields are in `envs.driving.state` and `envs.driving.network`. `rule_table` holds one `ROAD_RULES`.

`recording` is None where the traffic drives by itself, and 1 where it is recorded: kernels are compiled for the
one that is played, and hold nothing of the other.
"""

import numpy as np

from envs.kernels.compilation import inlined, inner, kernel
from envs.kernels.counter_random import fold, mix
from envs.kernels.road_agents import (
    advance_on_route,
    command_agents,
    move_agents,
    place_agents,
    take_orders,
)
from envs.kernels.road_boxes import margin_at
from envs.kernels.road_presence import note_presence
from envs.kernels.road_records import ABSENT, END, HALT, IGNORE, REMOVE
from envs.kernels.road_replay import advance_recorded, place_recorded
from envs.kernels.road_score import begin_score, finish_score, judge
from envs.kernels.road_traffic import advance_traffic, place_traffic

REWARD_TERMS = ("progress", "goal", "collision", "off_road", "comfort")
LEVEL_SALT = np.uint64(0x20AD)
LENGTH = 2
"""Column of the metrics: actions taken."""
COMFORT_LOW, COMFORT_HIGH, COMFORT_LATERAL = -4.05, 2.40, 4.89


@kernel
def begin_worlds(state, rule_table, roads, scratch, out, recording, chosen, low, high):
    """Begin an episode of every world with chosen[w] = 1 at its level; the first one without room, or -1."""
    rules = rule_table[0]
    for w in range(low, high):
        if chosen[w] == 1 and not _begin(state, rules, roads, scratch, out, recording, w):
            return w
    return -1


@inner
def _begin(state, rules, roads, scratch, out, recording, w):
    world = state.worlds[w]
    world.steps = 0
    world.key = fold(mix(np.uint64(world.level)), LEVEL_SALT)
    if recording is None:
        if not place_agents(state, rules, roads, scratch, w):
            return False
        place_traffic(state, rules, roads, scratch, w)
    else:
        place_recorded(state, rules, roads, scratch, w, world.track)
    _recall(state, rules, w)
    note_presence(state, rules, roads, scratch, w)
    for agent in range(rules.num_agents):
        for actor in range(state.actors.shape[1]):
            state.hits[w, agent, actor] = 0
        begin_score(state, rules, roads, scratch, w, agent)
        out.terminated[w, agent], out.truncated[w, agent], out.reward[w, agent] = 0, 0, 0.0
        for term in range(len(REWARD_TERMS)):
            out.reward_terms[w, agent, term] = 0.0
    out.is_over[w] = 0
    return True


@inlined
def _recall(state, rules, w):
    """Before the beginning everybody drove straight on: the first views have a history like all others."""
    for frame in range(state.history.shape[1]):
        for i in range(state.actors.shape[1]):
            actor, past = state.actors[w, i], state.history[w, frame, i]
            way = actor.speed * rules.dt * (frame + 1)
            past.x, past.y = actor.x - way * np.cos(actor.heading), actor.y - way * np.sin(actor.heading)
            past.heading, past.kind = actor.heading, actor.kind


@kernel
def step_worlds(state, rule_table, roads, scratch, out, recording, actions, low, high):
    """Advance every world that is not over by actions float32 [world agent . .] (see `command_agents`)."""
    rules = rule_table[0]
    for w in range(low, high):
        if out.is_over[w] == 1:
            continue
        _clear(rules, out, w)
        take_orders(state, rules, roads, scratch, w, actions)
        for _ in range(rules.steps_per_action):
            _step(state, rules, roads, scratch, out, recording, actions, w)
            if out.is_over[w] == 1:
                break


@inlined
def _clear(rules, out, w):
    for agent in range(rules.num_agents):
        out.reward[w, agent] = 0.0
        for term in range(len(REWARD_TERMS)):
            out.reward_terms[w, agent, term] = 0.0


@inlined
def _step(state, rules, roads, scratch, out, recording, actions, w):
    note_presence(state, rules, roads, scratch, w)
    command_agents(state, rules, roads, scratch, w, actions)
    move_everybody(state, rules, roads, scratch, recording, w)
    is_over = 1
    for agent in range(rules.num_agents):
        if state.agents[w, agent].active == 1:
            _judge(state, rules, roads, scratch, out, w, agent)
            if state.agents[w, agent].active == 1:
                is_over = 0
    out.is_over[w] = is_over


@inner
def move_everybody(state, rules, roads, scratch, recording, w):
    """One step of traffic and agents, whose commands are in scratch.command; presences are those of before."""
    _remember(state, w)
    if recording is None:
        advance_traffic(state, rules, roads, scratch, w)
    else:
        advance_recorded(state, rules, roads, scratch, w)
    move_agents(state, rules, scratch, w)
    state.worlds[w].steps += 1


@inlined
def _remember(state, w):
    """Shift the history by one frame: frame 0 becomes the present, which is about to pass."""
    for frame in range(state.history.shape[1] - 1, -1, -1):
        for i in range(state.actors.shape[1]):
            past = state.history[w, frame, i]
            if frame > 0:
                later = state.history[w, frame - 1, i]
                past.x, past.y, past.heading, past.kind = later.x, later.y, later.heading, later.kind
            else:
                actor = state.actors[w, i]
                past.x, past.y, past.heading, past.kind = actor.x, actor.y, actor.heading, actor.kind


@inlined
def _judge(state, rules, roads, scratch, out, w, agent):
    """Reward terms, ends and metrics of the step that `agent` has just made."""
    own, actor = state.agents[w, agent], state.actors[w, agent]
    furthest, collisions, off_road = own.furthest_s, own.collisions, own.off_road
    if advance_on_route(state, roads, scratch, w, agent):
        own.arrived = 1
    judge(state, rules, roads, scratch, w, agent)
    has_hit = own.collisions > collisions
    _reward(state, rules, out, w, agent, own.furthest_s - furthest, has_hit, own.off_road > off_road)
    crashed = has_hit and rules.on_collision != IGNORE
    if crashed and rules.on_collision != REMOVE:  # a wreck: it stands where it is
        actor.collided, actor.speed, actor.acceleration, actor.yaw_rate = 1, 0.0, 0.0, 0.0
    left = rules.on_off_road == END and margin_at(roads, scratch.slot[w], actor.x, actor.y) > 0.0
    ended = own.arrived == 1 or left or (crashed and rules.on_collision != HALT)
    out.terminated[w, agent] = ended
    out.truncated[w, agent] = not ended and state.worlds[w].steps >= state.worlds[w].limit
    if ended or out.truncated[w, agent] == 1:
        own.active = 0
        finish_score(state, rules, w, agent, out.metrics[w, agent])
        out.metrics[w, agent, LENGTH] = np.ceil(state.worlds[w].steps / rules.steps_per_action)
        if own.arrived == 1 or left or (crashed and rules.on_collision == REMOVE):
            actor.kind = ABSENT


@inlined
def _reward(state, rules, out, w, agent, gained, has_hit, has_left):
    own, actor = state.agents[w, agent], state.actors[w, agent]
    terms = out.reward_terms[w, agent]
    lateral = abs(actor.speed * actor.yaw_rate)
    harsh = actor.acceleration < COMFORT_LOW or actor.acceleration > COMFORT_HIGH or lateral > COMFORT_LATERAL
    terms[0] += rules.progress_weight * gained / own.expert_progress
    terms[1] += rules.goal_weight if own.arrived == 1 else 0.0
    terms[2] -= rules.collision_weight if has_hit else 0.0
    terms[3] -= rules.off_road_weight if has_left else 0.0
    terms[4] -= rules.comfort_weight * rules.dt if harsh else 0.0
    out.reward[w, agent] = terms[0] + terms[1] + terms[2] + terms[3] + terms[4]
