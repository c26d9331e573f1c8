"""Scripted drivers beside the oracle: constant velocity, and the rules of the road without foresight."""

import numpy as np

from envs.kernels.compilation import inlined, kernel
from envs.kernels.road_answers import keep_plan, write_drive, write_poses
from envs.kernels.road_forecast import (
    FORECAST_STEPS,
    HEADING,
    SPEED,
    X,
    Y,
    anybody_drives,
    enter_dream,
    foresee,
    lane_offset,
    own_lane_offset,
)
from envs.kernels.road_lane_change import wished_lane
from envs.kernels.road_lines import project_path
from envs.kernels.road_poses import track_poses
from envs.kernels.road_presence import note_presence
from envs.kernels.road_proposals import (
    EGO_ACCELERATION,
    EGO_D,
    EGO_HEADING,
    EGO_S,
    EGO_SPEED,
    EGO_STEERING,
    EGO_X,
    EGO_Y,
)
from envs.kernels.road_replay import recorded_pose


@kernel
def coast_agents(state, rule_table, plan, actions, low, high):
    """Constant velocity: on as it is, whatever comes."""
    rules = rule_table[0]
    for w in range(low, high):
        for agent in range(rules.num_agents):
            actor, drive = state.actors[w, agent], plan.drives[0]
            cos, sin = np.cos(actor.heading), np.sin(actor.heading)
            for t in range(FORECAST_STEPS + 1):
                way = actor.speed * rules.dt * t
                drive[t, EGO_X], drive[t, EGO_Y] = actor.x + way * cos, actor.y + way * sin
                drive[t, EGO_HEADING], drive[t, EGO_SPEED] = actor.heading, actor.speed
                drive[t, EGO_ACCELERATION], drive[t, EGO_STEERING] = 0.0, 0.0
                drive[t, EGO_S], drive[t, EGO_D] = 0.0, 0.0
            keep_plan(plan, w, agent, drive)
            write_drive(state, rules, drive, 0, w, agent, actions[w, agent])


@kernel
def replay_agents(state, rule_table, roads, scratch, plan, actions, low, high):
    """What the recorded driver did: the action that leads along the own track, as near as limits allow."""
    rules = rule_table[0]
    for w in range(low, high):
        for agent in range(rules.num_agents):
            actor, drive, slot = state.actors[w, agent], plan.drives[0], scratch.slot[w]
            if state.agents[w, agent].active == 0 or actor.track < 0:
                continue
            frame = state.worlds[w].first_frame + state.worlds[w].steps
            for t in range(FORECAST_STEPS + 1):
                _recall_pose(roads, slot, actor.track, frame + t, rules.dt, drive[t])
            drive[0, EGO_X], drive[0, EGO_Y], drive[0, EGO_HEADING] = actor.x, actor.y, actor.heading
            write_poses(rules, drive, plan.poses)
            acceleration, steering = track_poses(state, rules, w, agent, plan.poses)
            for t in range(FORECAST_STEPS + 1):
                drive[t, EGO_ACCELERATION], drive[t, EGO_STEERING] = acceleration, steering
            keep_plan(plan, w, agent, drive)
            write_drive(state, rules, drive, 0, w, agent, actions[w, agent])


@inlined
def _recall_pose(roads, slot, track, frame, dt, row):
    """The recorded pose of a frame; beyond the track's end, straight on at its last speed."""
    last = roads.tracks[slot, track].last
    x, y, heading, speed, _ = recorded_pose(roads, slot, track, min(frame, last))
    way = speed * dt * max(frame - last, 0)
    row[EGO_X], row[EGO_Y] = x + way * np.cos(heading), y + way * np.sin(heading)
    row[EGO_HEADING], row[EGO_SPEED], row[EGO_S], row[EGO_D] = heading, speed, 0.0, 0.0


@kernel
def obey_agents(state, rule_table, roads, scratch, dream, dream_scratch, recording, plan, actions, low, high):
    """The intelligent driver model along the route, by the rules of the road, changing lanes by MOBIL."""
    rules = rule_table[0]
    for w in range(low, high):
        if not anybody_drives(state, rules, w):
            continue
        enter_dream(state, scratch, dream, dream_scratch, w)
        only = dream.worlds.shape[0] - 1
        note_presence(dream, rules, roads, dream_scratch, only)
        for agent in range(rules.num_agents):
            plan.offsets[agent] = _wished_offset(dream, rules, roads, dream_scratch, only, agent)
        foresee(dream, rules, roads, dream_scratch, recording, plan.offsets, plan.forecast, plan.stops, plan.commands)
        for agent in range(rules.num_agents):
            _read_forecast(state, roads, scratch, plan, w, agent)
            keep_plan(plan, w, agent, plan.drives[0])
            place = _place_of(plan.offsets[agent], state.agents[w, agent].path_d)
            write_drive(state, rules, plan.drives[0], place, w, agent, actions[w, agent])


@inlined
def _wished_offset(state, rules, roads, scratch, w, agent):
    slot = scratch.slot[w]
    lane = wished_lane(state, rules, roads, scratch, w, agent)
    if lane >= 0 and lane != state.actors[w, agent].lane:
        return lane_offset(state, roads, slot, w, agent, lane)
    return own_lane_offset(state, roads, slot, w, agent)


@inlined
def _place_of(offset, d):
    """0 in the own lane, 3 to the left, 4 to the right."""
    if offset > d + 1.75:
        return 3
    return 4 if offset < d - 1.75 else 0


@inlined
def _read_forecast(state, roads, scratch, plan, w, agent):
    """The agent's own motion in the forecast as a drive."""
    own, slot, drive = state.agents[w, agent], scratch.slot[w], plan.drives[0]
    index = own.index
    for t in range(FORECAST_STEPS + 1):
        row = plan.forecast[t, agent]
        drive[t, EGO_X], drive[t, EGO_Y], drive[t, EGO_HEADING] = row[X], row[Y], row[HEADING]
        drive[t, EGO_SPEED] = row[SPEED]
        drive[t, EGO_S], drive[t, EGO_D], index = project_path(roads, slot, own.route, row[X], row[Y], index, 5)
        drive[t, EGO_ACCELERATION], drive[t, EGO_STEERING] = plan.commands[agent, 0], plan.commands[agent, 1]
