"""How fast the rules of the road let a vehicle go, along the lanes of its plan.

Leaders are followed by the intelligent driver model; stop lines, lanes not yet granted, stretches that others cross
first, crosswalks with pedestrians and the ends of lanes are points to stop at. Everything is met by braking gently
from afar, so nothing here depends on what others will do next.
"""

from math import sqrt

from envs.kernels.compilation import inlined, inner
from envs.kernels.idm import REACTION, free_share, stop_acceleration, stopping_distance
from envs.kernels.road_crosswalks import is_walked, room_behind
from envs.kernels.road_leaders import DROP_ROOM, follow, is_dropped
from envs.kernels.road_margins import BEYOND, EMERGENCY, LINE_GAP, NOWHERE
from envs.kernels.road_plans import measure_plan
from envs.kernels.road_records import FREE, VEHICLE
from envs.kernels.road_sharing import shared_ground

LATERAL = 2.5
"""Lateral acceleration in curves [m/s^2]."""
EASY = 0.8
"""Share of comfortable braking towards lower speeds []."""
FIRM = 1.5
"""Multiple of comfortable braking up to which a crosswalk is kept clear []."""


@inner
def law(state, rules, roads, scratch, w, i):
    """Acceleration [m/s^2] of actor i by the rules of the road. Needs `note_presence`."""
    _survey_one(state, rules, roads, scratch, w, i)
    return scratch.advice[i, 0]


@inner
def stop_gap(state, rules, roads, scratch, w, i):
    """From the front of actor i to where the rules make it stand [m]; NOWHERE: they do not. Leaders do not count."""
    _survey_one(state, rules, roads, scratch, w, i)
    return scratch.advice[i, 1]


@inner
def _survey_one(state, rules, roads, scratch, w, i):
    survey(state, rules, roads, scratch, w, i, i + 1)


@inlined
def survey(state, rules, roads, scratch, w, low, high):
    """Fill scratch.advice of the vehicles [low, high)."""
    for i in range(low, high):
        if state.actors[w, i].kind == VEHICLE:
            acceleration, stop = _advise(state, rules, roads, scratch, w, i)
            scratch.advice[i, 0], scratch.advice[i, 1] = acceleration, stop


@inlined
def _advise(state, rules, roads, scratch, w, i):
    """(acceleration, gap to the next point to stop at) of actor i."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    if actor.lane < 0:
        return -actor.braking if actor.speed > 2.0 else 0.0, NOWHERE
    speed, half = actor.speed, 0.5 * actor.length
    count = measure_plan(state, roads, scratch, w, i, 25.0 + 5.0 * speed)
    desired, bound = _speeds(roads, scratch, slot, actor, count)
    closeness, queue = follow(state, rules, roads, scratch, w, i, count)
    stop = _end_of_road(roads, scratch, slot, actor, count) - half
    queue = min(queue, stop)
    for k in range(count):
        lane = roads.lanes[slot, actor.plan[k]]
        if lane.num_conflicts > 0 or lane.control != FREE:
            nearest, near, merging = shared_ground(state, rules, roads, scratch, w, i, k)
            stop, closeness, bound = min(stop, nearest), max(closeness, near), min(bound, merging)
            if actor.tickets[k] == 0:  # with a ticket one waits for those ahead only for a moment
                queue = min(queue, nearest)
    for k in range(count):
        if roads.lanes[slot, actor.plan[k]].num_crossings > 0 and roads.counts[slot].pedestrians > 0:
            nearest = _crosswalks(state, roads, scratch, w, i, k, queue)
            stop, queue = min(stop, nearest), min(queue, nearest)
    share = free_share(speed, desired, actor.exponent) - closeness * closeness
    easy = -EASY * actor.braking
    acceleration = actor.max_acceleration * share
    if speed > desired and closeness * closeness * actor.max_acceleration < -easy:
        acceleration = max(acceleration, easy)
    acceleration = min(acceleration, bound)
    if stop < NOWHERE:
        acceleration = min(acceleration, stop_acceleration(speed, stop - LINE_GAP, actor.braking))
    return max(acceleration, -EMERGENCY), stop


@inlined
def lane_speed(lane, actor):
    """What this driver goes at on a lane: the limit as he takes it, less in bends [m/s]."""
    limit = lane.limit * actor.desired
    if lane.bend * limit * limit > LATERAL:
        limit = sqrt(LATERAL / lane.bend)
    return limit


@inlined
def _speeds(roads, scratch, slot, actor, count):
    """(desired speed here, acceleration that lower speeds ahead allow)."""
    desired, bound = lane_speed(roads.lanes[slot, actor.plan[0]], actor), NOWHERE
    speed, braking = actor.speed, EASY * actor.braking
    for k in range(1, count):
        ahead = lane_speed(roads.lanes[slot, actor.plan[k]], actor)
        if ahead < speed:
            allowed = sqrt(ahead * ahead + 2.0 * braking * max(0.0, scratch.offsets[k] - REACTION * speed))
            bound = min(bound, (allowed - speed) / REACTION)
    return desired, max(bound, -2.0 * actor.braking)


@inlined
def _end_of_road(roads, scratch, slot, actor, count):
    """Distance from the centre to the end of a dropped lane, less the room for changing over."""
    last = actor.plan[count - 1]
    lane = roads.lanes[slot, last]
    if lane.num_next > 0 or (lane.left < 0 and lane.right < 0) or not is_dropped(roads, slot, last):
        return NOWHERE
    return scratch.offsets[count - 1] + lane.length - DROP_ROOM


@inlined
def _crosswalks(state, roads, scratch, w, i, k, standing):
    """Gap to the first crosswalk of plan[k] that is walked on, or on which the vehicle would come to stand."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    lane, half, stop = roads.lanes[slot, actor.plan[k]], 0.5 * actor.length, NOWHERE
    for n in range(lane.first_crossing, lane.first_crossing + lane.num_crossings):
        stretch = roads.crossings[slot, n]
        before = scratch.offsets[k] + stretch.low - half
        if before < -BEYOND:
            continue
        if is_walked(state, roads, w, slot, stretch.crosswalk, actor.plan[k], 0.5 * (stretch.low + stretch.high)):
            if before > stopping_distance(actor.speed, EMERGENCY) - LINE_GAP:
                stop = min(stop, before)
            continue
        has_room = standing >= room_behind(scratch.offsets[k] + stretch.high, half)
        if not has_room and before > stopping_distance(actor.speed, FIRM * actor.braking) - LINE_GAP:
            stop = min(stop, before)
    return stop
