"""Pedestrians: they wait beside a crosswalk, start when everybody could still stop, and walk over without halting."""

from math import cos, pi, sin

import numpy as np

from envs.kernels.compilation import inlined, inner
from envs.kernels.counter_random import below, bits, fold, unit
from envs.kernels.idm import stopping_distance
from envs.kernels.road_admission import STARVED_STEPS
from envs.kernels.road_lines import wrap
from envs.kernels.road_margins import LINE_GAP
from envs.kernels.road_plans import measure_plan
from envs.kernels.road_records import PEDESTRIAN, PLAN_LANES, RED, VEHICLE
from envs.kernels.road_signals import colour

WALKER_SALT = np.uint64(0x3A1C)
KERB = 0.9
"""They wait so far beyond the crosswalk's ends [m]."""
SHOULDER = 0.75
"""Each has a track of his own, so far from the next [m]."""
SIDE = 0.5
PACE_RATE = 1.5
"""[m/s^2]"""
LOOK_STEPS = 3
MISSED_PHASES = 6
"""After so many times STARVED_STEPS at a red light somebody is let through even while it is red []."""
LET_THROUGH = 45.0
"""Crosswalks so far ahead are kept free for one who has waited for very long [m]."""
SURE_TIME, SURE_ROOM = 0.5, 1.0
"""Left to drivers beyond what they need to stop [s], [m]."""
SHORTEST_WAIT, LONGEST_WAIT = 20, 200
"""Between two walks [steps]."""


@inner
def place_pedestrian(state, roads, scratch, w, i):
    """Put actor i beside a crosswalk with room; False where none has."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    key = fold(fold(state.worlds[w].key, WALKER_SALT), i)
    crosswalks = roads.counts[slot].crosswalks
    first = below(bits(key, 0), crosswalks)
    for n in range(crosswalks):
        crosswalk = (first + n) % crosswalks
        walk = roads.crosswalks[slot, crosswalk]
        track = 0
        for j in range(state.actors.shape[1]):
            other = state.actors[w, j]
            if other.kind == PEDESTRIAN and other.crosswalk == crosswalk and j != i:
                track += 1
        if SHOULDER * (track + 1) > walk.width:
            continue
        actor.kind, actor.collided, actor.crosswalk = PEDESTRIAN, 0, crosswalk
        actor.length, actor.width, actor.wheelbase = SIDE, SIDE, SIDE
        actor.lane, actor.old_lane, actor.granted = -1, -1, -1
        for k in range(PLAN_LANES):
            actor.plan[k], actor.tickets[k] = -1, 0
        actor.stage = 0 if unit(bits(key, 1)) < 0.5 else 2
        actor.waited = int(below(bits(key, 2), LONGEST_WAIT))
        actor.desired = 1.0 + 0.6 * unit(bits(key, 3))
        actor.speed, actor.acceleration, actor.steering, actor.yaw_rate = 0.0, 0.0, 0.0, 0.0
        end = 0.5 * walk.length + KERB
        actor.lane_s = -end if actor.stage == 0 else end
        # The tracks from the middle outwards: 0, 1, -1, 2, -2, ...
        actor.lane_d = SHOULDER * ((track + 1) // 2) * (1.0 if track % 2 == 1 else -1.0)
        _pose(walk, actor)
        return True
    return False


@inlined
def _pose(walk, actor):
    forth = actor.stage < 2
    actor.x = walk.x + actor.lane_s * cos(walk.heading) - actor.lane_d * sin(walk.heading)
    actor.y = walk.y + actor.lane_s * sin(walk.heading) + actor.lane_d * cos(walk.heading)
    actor.heading = wrap(walk.heading) if forth else wrap(walk.heading + pi)


@inlined
def decide_walk(state, rules, roads, scratch, w, i):
    """Let a waiting pedestrian start if the time has come and it is safe."""
    actor = state.actors[w, i]
    if actor.stage % 2 == 1:
        return
    if actor.waited > 0:
        actor.waited -= 1
    elif (state.worlds[w].steps + i) % LOOK_STEPS == 0:
        _start_if_safe(state, rules, roads, scratch, w, i)


@inner
def _start_if_safe(state, rules, roads, scratch, w, i):
    actor, slot, world = state.actors[w, i], scratch.slot[w], state.worlds[w]
    walk = roads.crosswalks[slot, actor.crosswalk]
    if walk.signal >= 0 and colour(roads, slot, walk.signal, world.steps * rules.dt) != RED:
        return
    for j in range(state.actors.shape[1]):
        if state.actors[w, j].kind == VEHICLE:
            time = world.steps * rules.dt
            if not _lets_walk(state, roads, scratch, w, slot, j, actor.crosswalk, time):
                return
    actor.stage += 1


@inlined
def _lets_walk(state, roads, scratch, w, slot, j, crosswalk, time):
    """Whether vehicle j stands, or could stop gently, before the crosswalk, or has nothing to do with it.

    One that has waited for very long is let through first: streams of pedestrians have gaps.
    """
    other = state.actors[w, j]
    half = 0.5 * other.length
    needed = stopping_distance(other.speed, other.braking) + SURE_TIME * other.speed + SURE_ROOM + LINE_GAP
    if other.speed < 0.1:
        needed = 0.3
    if other.waited > STARVED_STEPS:
        needed = LET_THROUGH
    for k in range(2):
        if other.behind[k] >= 0 and _crosses(roads, slot, other.behind[k], crosswalk):
            return False
    if other.lane < 0:
        return True
    count = measure_plan(state, roads, scratch, w, j, needed + half)
    for k in range(count):
        record = roads.lanes[slot, other.plan[k]]
        is_starved = STARVED_STEPS < other.waited < MISSED_PHASES * STARVED_STEPS
        if is_starved and colour(roads, slot, record.signal, time) == RED:
            return True
        for n in range(record.first_crossing, record.first_crossing + record.num_crossings):
            stretch = roads.crossings[slot, n]
            behind, ahead = scratch.offsets[k] + stretch.high + half, scratch.offsets[k] + stretch.low - half
            if stretch.crosswalk == crosswalk and behind > -0.5 and ahead < needed:
                return False
    return True


@inlined
def _crosses(roads, slot, lane, crosswalk):
    record = roads.lanes[slot, lane]
    for n in range(record.first_crossing, record.first_crossing + record.num_crossings):
        if roads.crossings[slot, n].crosswalk == crosswalk:
            return True
    return False


@inlined
def walk_on(state, rules, roads, scratch, w, i):
    """One step of a pedestrian."""
    actor = state.actors[w, i]
    walk = roads.crosswalks[scratch.slot[w], actor.crosswalk]
    if actor.stage % 2 == 0:
        actor.speed, actor.acceleration = 0.0, 0.0
        return
    before = actor.speed
    actor.speed = min(actor.desired, before + PACE_RATE * rules.dt)
    actor.acceleration = (actor.speed - before) / rules.dt
    way = 0.5 * (before + actor.speed) * rules.dt
    end = 0.5 * walk.length + KERB
    actor.lane_s += way if actor.stage == 1 else -way
    if abs(actor.lane_s) >= end and (actor.lane_s > 0.0) == (actor.stage == 1):
        actor.lane_s = end if actor.stage == 1 else -end
        actor.stage = (actor.stage + 1) % 4
        actor.speed, actor.acceleration = 0.0, 0.0
        key = fold(fold(state.worlds[w].key, WALKER_SALT), i)
        rest = below(bits(key, 8 + state.worlds[w].steps), LONGEST_WAIT - SHORTEST_WAIT)
        actor.waited = SHORTEST_WAIT + int(rest)
    _pose(walk, actor)
