"""Where vehicles of the traffic appear: anywhere when an episode begins, on entry lanes later."""

from math import sqrt

import numpy as np

from envs.kernels.compilation import inlined, inner
from envs.kernels.counter_random import below, bits, fold, unit
from envs.kernels.idm import idm, stopping_speed
from envs.kernels.road_law import lane_speed
from envs.kernels.road_leaders import DROP_ROOM, is_dropped
from envs.kernels.road_lines import lane_pose
from envs.kernels.road_neighbours import next_ahead, next_behind
from envs.kernels.road_plans import clear_plan, extend_plan
from envs.kernels.road_presence import note_on_rails
from envs.kernels.road_records import ABSENT, DIVERGING, FREE, ROAD, VEHICLE
from envs.kernels.road_styles import draw_driver

ENTRY_SALT = np.uint64(0xE9712)
TRIES = 40
SIGHT = 40.0
"""Vehicles do not appear nearer than this to a controlled one [m]."""
AGENT_ROOM = 10.0
"""Nor, when an episode begins, nearer than this [m]."""
HEADWAY = 1.2
"""Gap to those behind in time, when a vehicle appears [s]."""
EASY = 1.0
"""Nobody need brake harder then [m/s^2]."""
ENTRY_CHANCE = 0.1
"""That a place that has become free is filled again in a step []."""


@inner
def place_vehicle(state, rules, roads, scratch, w, i):
    """Put a new vehicle on a free stretch of road; it stays ABSENT where none is found."""
    actor, slot, world = state.actors[w, i], scratch.slot[w], state.worlds[w]
    actor.lives = 0
    draw_driver(actor, world.key, i)
    key = fold(fold(world.key, ENTRY_SALT), i)
    total = 0.0
    for lane in range(roads.counts[slot].lanes):
        total += _room_on(roads, slot, lane)
    for attempt in range(TRIES):
        at = unit(bits(key, 2 * attempt)) * total
        lane = 0
        while lane + 1 < roads.counts[slot].lanes and at >= _room_on(roads, slot, lane):
            at -= _room_on(roads, slot, lane)
            lane += 1
        share = 0.5 + 0.5 * unit(bits(key, 2 * attempt + 1))
        if at < _room_on(roads, slot, lane) and _try_at(
            state, rules, roads, scratch, w, i, lane, 0.5 * actor.length + 0.5 + at, share, AGENT_ROOM
        ):
            return
    actor.kind = ABSENT


@inlined
def enter_again(state, rules, roads, scratch, w, i):
    """Let a vehicle that has left appear on an entry lane, if there is room and nobody controlled is near."""
    key = fold(fold(state.worlds[w].key, ENTRY_SALT), 4096 + i)
    if unit(bits(key, state.worlds[w].steps)) < ENTRY_CHANCE and roads.counts[scratch.slot[w]].entries > 0:
        _enter(state, rules, roads, scratch, w, i, key)


@inner
def _enter(state, rules, roads, scratch, w, i, key):
    actor, slot, world = state.actors[w, i], scratch.slot[w], state.worlds[w]
    lane = roads.entries[slot, below(bits(fold(key, 1), world.steps), roads.counts[slot].entries)]
    actor.lives += 1
    draw_driver(actor, world.key, i)
    if not _try_at(state, rules, roads, scratch, w, i, lane, 0.5 * actor.length + 0.5, 1.0, SIGHT):
        actor.kind = ABSENT
        actor.lives -= 1


@inlined
def _room_on(roads, slot, lane):
    """Length of a lane on which vehicles may be put [m]."""
    record = roads.lanes[slot, lane]
    if record.kind != ROAD or record.control != FREE:
        return 0.0
    room = record.length - 10.0
    for c in range(record.first_conflict, record.first_conflict + record.num_conflicts):
        conflict = roads.conflicts[slot, c]
        room = min(room, 0.0 if conflict.kind == DIVERGING else conflict.low - 10.0)
    if is_dropped(roads, slot, lane):
        room -= 60.0
    return max(0.0, room)


@inner
def _try_at(state, rules, roads, scratch, w, i, lane, s, share, agent_room):
    """Put actor i at s of a lane if nobody is too near, at a speed at which it can keep the rules."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    record = roads.lanes[slot, lane]
    for n in range(record.first_crossing, record.first_crossing + record.num_crossings):
        stretch = roads.crossings[slot, n]
        if stretch.low - actor.length < s < stretch.high + actor.length:
            return False
    away, lead_speed, lead_length = next_ahead(state, roads, scratch, w, i, lane, s)
    gap = away - 0.5 * (actor.length + lead_length)
    wish = lane_speed(record, actor)
    speed = share * wish
    while speed > 0.5 and _pull(actor, speed, wish, gap, lead_speed) < -EASY:
        speed *= 0.9
    if speed < min(0.5 * wish, lead_speed):
        return False
    to_end = record.length - s - 0.5 * actor.length
    if is_dropped(roads, slot, lane):
        speed = min(speed, stopping_speed(to_end - DROP_ROOM, actor.braking))
    for n in range(record.num_next):
        after = roads.lanes[slot, record.next[n]]
        speed = min(speed, sqrt(lane_speed(after, actor) ** 2 + actor.braking * max(to_end - speed, 0.0)))
        if after.control != FREE or after.num_conflicts > 0:
            speed = min(speed, stopping_speed(to_end - 3.0, actor.braking))
    if record.num_conflicts > 0:
        speed = min(speed, stopping_speed(to_end - 3.0, actor.braking))
    if speed <= 0.0 or gap < actor.min_gap:
        return False
    back, j = next_behind(state, roads, scratch, w, i, lane, s)
    if j >= 0:
        other = state.actors[w, j]
        between = back - 0.5 * (actor.length + other.length)
        if between < other.min_gap + HEADWAY * other.speed or _pull(other, other.speed, wish, between, speed) < -EASY:
            return False
    x, y, heading = lane_pose(roads, slot, lane, s, 0.0)
    for agent in range(rules.num_agents):
        ego = state.actors[w, agent]
        if ego.kind == VEHICLE and (ego.x - x) ** 2 + (ego.y - y) ** 2 < agent_room * agent_room:
            return False
    _set_on(state, roads, scratch, w, i, lane, s, speed, x, y, heading)
    return True


@inlined
def _pull(actor, speed, wish, gap, lead_speed):
    """The intelligent driver model of somebody at a speed, who would like to go at `wish`."""
    a, b = actor.max_acceleration, actor.braking
    return idm(speed, wish, gap, lead_speed, a, b, actor.min_gap, actor.headway, actor.exponent)


@inlined
def _set_on(state, roads, scratch, w, i, lane, s, speed, x, y, heading):
    actor = state.actors[w, i]
    actor.x, actor.y, actor.heading, actor.speed = x, y, heading, speed
    actor.acceleration, actor.steering, actor.yaw_rate = 0.0, 0.0, 0.0
    actor.lane, actor.lane_s, actor.lane_d = lane, s, 0.0
    actor.shift, actor.shift_time, actor.old_lane, actor.old_s = 0.0, 0.0, -1, 0.0
    actor.behind[0], actor.behind[1] = -1, -1
    actor.granted, actor.waited, actor.since_change = -1, 0, 0
    actor.crosswalk, actor.stage, actor.track = -1, 0, -1
    clear_plan(actor, lane)
    extend_plan(state, roads, scratch, w, i)
    note_on_rails(state, roads, scratch, w, i)
