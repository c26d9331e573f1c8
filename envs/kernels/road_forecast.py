"""What the roads would look like for the next seconds if every controlled vehicle drove by the rules of the road.

The world is copied into an imagined one of its own (`dream`, a `RoadState` of one world, and `dream_scratch`), which
is stepped by the same kernels as the real one: others yield, stop and change lanes in it as they would.
"""

import numpy as np

from envs.kernels.compilation import inlined, inner
from envs.kernels.road_agents import advance_on_route
from envs.kernels.road_law import law, stop_gap
from envs.kernels.road_lines import lane_pose, path_pose, project_path, wrap
from envs.kernels.road_presence import note_presence
from envs.kernels.road_records import ABSENT
from envs.kernels.road_tracking import follow_path
from envs.kernels.road_world import move_everybody

FORECAST_STEPS = 40
"""Four seconds, as PDM-Closed looks ahead."""
NEAR = 120.0
"""Others further away are no concern [m]."""
STRIDE = 4
"""Metres between the points at which a lane is laid beside a path."""
X, Y, HEADING, SPEED, PATH_S, PATH_D, ALONG, LENGTH, WIDTH, REACH, BREADTH = range(11)
FORECAST_COLUMNS = 11


@inlined
def anybody_drives(state, rules, w):
    """Whether a controlled vehicle is left in the world."""
    for agent in range(rules.num_agents):
        if state.agents[w, agent].active == 1:
            return True
    return False


@inlined
def enter_dream(state, scratch, dream, dream_scratch, w):
    """Copy world `w` into the imagined one."""
    dream_scratch.slot[0] = scratch.slot[w]
    dream.worlds[0] = state.worlds[w]
    for i in range(state.actors.shape[1]):
        dream.actors[0, i] = state.actors[w, i]
    for agent in range(state.agents.shape[1]):
        dream.agents[0, agent] = state.agents[w, agent]


@inlined
def lane_offset(state, roads, slot, w, agent, lane):
    """How far to the left of the agent's path the middle of a lane lies, at the agent's place."""
    own, actor = state.agents[w, agent], state.actors[w, agent]
    x, y, _ = lane_pose(roads, slot, lane, actor.lane_s, 0.0)
    _, d, _ = project_path(roads, slot, own.route, x, y, own.index, 8)
    return d


@inlined
def own_lane_offset(state, roads, slot, w, agent):
    """The same of the lane the agent is in; 0 off all lanes, or where its path itself leads over to another."""
    actor = state.actors[w, agent]
    if actor.lane < 0:
        return 0.0
    offset = lane_offset(state, roads, slot, w, agent, actor.lane)
    return offset if abs(offset) > 1.0 else 0.0


@inner
def lay_out_lane(state, roads, slot, w, agent, stay):
    """Fill stay [metre] with the offset from the agent's path of the lane it is in; whether the path leaves that lane.

    Beyond the lane its first successor counts; where there is none, the last offset.
    """
    own, actor = state.agents[w, agent], state.actors[w, agent]
    lane, s, index, leaves = actor.lane, actor.lane_s, own.index, False
    offset, at = 0.0, 0
    while at < stay.shape[0]:
        if s > roads.lanes[slot, lane].length:
            if roads.lanes[slot, lane].num_next == 0:
                break
            s -= roads.lanes[slot, lane].length
            lane = roads.lanes[slot, lane].next[0]
        x, y, _ = lane_pose(roads, slot, lane, s, 0.0)
        _, offset, index = project_path(roads, slot, own.route, x, y, index, 8)
        if abs(offset) > 8.0:  # the path turns off: another way altogether
            return False
        leaves = leaves or abs(offset) > 1.5
        for _ in range(STRIDE):
            if at < stay.shape[0]:
                stay[at] = offset
                at += 1
        s += STRIDE
    while at < stay.shape[0]:
        stay[at] = offset
        at += 1
    return leaves


@inner
def foresee(dream, rules, roads, dream_scratch, recording, offsets, forecast, stops, commands):
    """Fill forecast [time actor column] and stops [time agent], the path s at which the law makes agents stand.

    `offsets` [agent] are the lateral places that the agents hold on their paths. `dream` is used up; the first
    step's accelerations and steering angles stay in commands [agent 2].
    """
    only = dream.worlds.shape[0] - 1  # Not a literal 0, for which everything would be compiled once more.
    for t in range(FORECAST_STEPS + 1):
        note_presence(dream, rules, roads, dream_scratch, only)
        for agent in range(rules.num_agents):
            actor, own = dream.actors[only, agent], dream.agents[only, agent]
            gap = stop_gap(dream, rules, roads, dream_scratch, only, agent)
            stops[t, agent] = own.path_s + 0.5 * actor.length + gap
            dream_scratch.command[agent, 0] = law(dream, rules, roads, dream_scratch, only, agent)
            steering = follow_path(dream, rules, roads, dream_scratch, only, agent, offsets[agent], actor.speed)
            dream_scratch.command[agent, 1] = steering
            if t == 0:
                commands[agent, 0], commands[agent, 1] = dream_scratch.command[agent, 0], steering
        for i in range(dream.actors.shape[1]):
            _note(dream.actors[only, i], forecast[t, i])
        if t < FORECAST_STEPS:
            move_everybody(dream, rules, roads, dream_scratch, recording, only)
            for agent in range(rules.num_agents):
                advance_on_route(dream, roads, dream_scratch, only, agent)


@inlined
def _note(actor, row):
    row[X], row[Y], row[HEADING], row[SPEED] = actor.x, actor.y, actor.heading, actor.speed
    row[LENGTH], row[WIDTH] = actor.length, actor.width
    if actor.kind == ABSENT:
        row[X], row[Y] = 1e9, 1e9


@inner
def project_others(state, rules, roads, scratch, w, agent, forecast):
    """Fill the columns of `forecast` that tell where everybody is on the agent's path."""
    own, slot = state.agents[w, agent], scratch.slot[w]
    for i in range(state.actors.shape[1]):
        index = -1
        for t in range(FORECAST_STEPS + 1):
            row = forecast[t, i]
            row[PATH_S], row[PATH_D] = -1e9, 1e9
            x, y = row[X], row[Y]
            ego = state.actors[w, agent]
            if i == agent or (x - ego.x) ** 2 + (y - ego.y) ** 2 > NEAR**2:
                index = -1
                continue
            if index < 0:
                row[PATH_S], row[PATH_D], index = project_path(roads, slot, own.route, x, y, own.index + 50, 60)
            else:
                row[PATH_S], row[PATH_D], index = project_path(roads, slot, own.route, x, y, index, 6)
            if abs(row[PATH_D]) > 8.0:
                index = -1
                continue
            _, _, heading, _ = path_pose(roads, slot, own.route, row[PATH_S], 0.0)
            turn = wrap(row[HEADING] - heading)
            cos, sin = abs(np.cos(turn)), abs(np.sin(turn))
            row[ALONG] = row[SPEED] * np.cos(turn)
            row[REACH] = 0.5 * (row[LENGTH] * cos + row[WIDTH] * sin)
            row[BREADTH] = 0.5 * (row[LENGTH] * sin + row[WIDTH] * cos)
