"""How fast the rules of the road let a vehicle go, along the lanes of its plan.

Leaders are followed by the intelligent driver model; stop lines, lanes not yet granted, stretches that others cross
first, crosswalks with pedestrians and the ends of lanes are points to stop at. Everything is met by braking gently
from afar, so nothing here depends on what others will do next.
"""

from math import sqrt

from envs.kernels.compilation import inlined, kernel
from envs.kernels.idm import REACTION, free_share, stop_acceleration, stopping_distance, wanted_gap
from envs.kernels.road_crosswalks import is_walked, room_behind
from envs.kernels.road_holds import keeps_lane
from envs.kernels.road_plans import measure_plan
from envs.kernels.road_records import CONNECTOR, CROSSING, DIVERGING, FREE, VEHICLE

LATERAL = 2.5
"""Lateral acceleration in curves [m/s^2]."""
EASY = 0.8
"""Share of comfortable braking towards lower speeds []."""
EMERGENCY = 8.0
"""Nobody brakes harder [m/s^2]."""
NOWHERE = 1e9
LINE_GAP = 1.0
"""Where the front stands before a line or crosswalk [m]."""
CLEARANCE = 1.0
"""Kept before and behind ground that is shared [m]."""
DROP_ROOM = 14.0
"""Where a lane ends, vehicles stop so far before, to have room for changing over [m]."""
LET_IN_SPEED, LET_IN_ROOM = 4.0, 10.0
"""Somebody so slow, so near the end of his lane, is let in [m/s], [m]."""
LET_IN_GAP = 2.5
"""More than the usual gap is left to him: he needs it, and his lane may be a little shorter or longer [m]."""
AGENT_BRAKING = 6.0
"""What a controlled vehicle is expected to be able to [m/s^2]."""
NOTICE = 40.0
"""From so far before a lane that shares ground it is looked at so [m]."""
CROSSES = 0.8
"""Who goes along a lane at less than this share of his speed crosses it []."""
BEYOND = 0.5
"""A front this far beyond a line has passed it [m]."""
LEAD_BRAKING = 4.0
"""Expected of a leader who stops [m/s^2]."""


@kernel
def law(state, rules, roads, scratch, w, i):
    """Acceleration [m/s^2] of actor i by the rules of the road. Needs `note_presence`."""
    _survey_one(state, rules, roads, scratch, w, i)
    return scratch.advice[i, 0]


@kernel
def stop_gap(state, rules, roads, scratch, w, i):
    """From the front of actor i to where the rules make it stand [m]; NOWHERE: they do not. Leaders do not count."""
    _survey_one(state, rules, roads, scratch, w, i)
    return scratch.advice[i, 1]


@kernel
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
    closeness, queue = _follow(state, rules, roads, scratch, w, i, count)
    stop = _end_of_road(roads, scratch, slot, actor, count) - half
    for k in range(count):
        lane = roads.lanes[slot, actor.plan[k]]
        if lane.num_conflicts > 0 or lane.control != FREE:
            nearest, near, merging = _shared_ground(state, rules, roads, scratch, w, i, k)
            stop, closeness, bound = min(stop, nearest), max(closeness, near), min(bound, merging)
            queue = min(queue, nearest)
    for k in range(count):
        if roads.lanes[slot, actor.plan[k]].num_crossings > 0 and roads.counts[slot].pedestrians > 0:
            stop = min(stop, _crosswalks(state, roads, scratch, w, i, k, min(stop, queue)))
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
def _closeness(actor, gap, lead_speed):
    """Wanted over actual gap."""
    wanted = wanted_gap(actor.speed, lead_speed, actor.max_acceleration, actor.braking, actor.min_gap, actor.headway)
    return wanted / max(gap, 0.1)


@inlined
def _follow(state, rules, roads, scratch, w, i, count):
    """(largest wanted over actual gap to the leaders, how far ahead the nearest might come to stand)."""
    actor = state.actors[w, i]
    closeness, queue, half = 0.0, NOWHERE, 0.5 * actor.length
    old_counts = actor.old_lane >= 0 and abs(actor.shift) - abs(actor.lane_d) < actor.width + 0.4
    for n in range(scratch.num_presences[0]):
        j = scratch.presence_actor[n]
        if j == i:
            continue
        lane, away = scratch.presence_lane[n], -1.0
        for k in range(count):
            if actor.plan[k] == lane:
                away = scratch.offsets[k] + scratch.presence_s[n]
                if away > 0.0:
                    break
        if old_counts and lane == actor.old_lane and away <= 0.0:
            away = scratch.presence_s[n] - actor.old_s
        if away > 0.0:
            if j < rules.num_agents and _only_crosses(
                state, roads, w, scratch.slot[w], j, lane, scratch.presence_speed[n]
            ):
                continue
            gap = away - half - 0.5 * state.actors[w, j].length
            lead_speed = scratch.presence_speed[n]
            closeness = max(closeness, _closeness(actor, gap, lead_speed))
            queue = min(queue, gap + lead_speed * lead_speed / (2.0 * LEAD_BRAKING) - actor.min_gap)
    return max(closeness, _courtesy(state, roads, scratch, w, i)), queue


@inlined
def _only_crosses(state, roads, w, slot, j, lane, along):
    """Whether a controlled vehicle is about to leave a lane that it crosses or that parts from its own."""
    other = state.actors[w, j]
    is_shared = roads.lanes[slot, lane].num_conflicts > 0 and other.lane != lane
    return is_shared and keeps_lane(other) and along < CROSSES * other.speed


@inlined
def _courtesy(state, roads, scratch, w, i):
    """Wanted over actual gap to somebody who waits at the end of the lane beside, if it is easy to let him in."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    lane, closeness = roads.lanes[slot, actor.lane], 0.0
    for side in range(2):
        beside = lane.left if side == 0 else lane.right
        if beside < 0 or roads.lanes[slot, beside].num_next > 0 or not is_dropped(roads, slot, beside):
            continue
        end = roads.lanes[slot, beside].length
        if is_dropped(roads, slot, actor.lane) or end - actor.lane_s > 6.0 * actor.speed + 40.0:
            continue
        for n in range(scratch.num_presences[0]):
            j, s = scratch.presence_actor[n], scratch.presence_s[n]
            if scratch.presence_lane[n] != beside or scratch.presence_speed[n] > LET_IN_SPEED:
                continue
            other = state.actors[w, j]
            gap = s - actor.lane_s - 0.5 * (actor.length + other.length) - LET_IN_GAP
            if (
                other.lane == beside
                and end - s < DROP_ROOM + LET_IN_ROOM
                and gap > stopping_distance(actor.speed, actor.braking)
            ):
                closeness = max(closeness, _closeness(actor, gap, scratch.presence_speed[n]))
    return closeness


@kernel
def is_dropped(roads, slot, lane):
    """Whether a lane ends while one beside it goes on."""
    record = roads.lanes[slot, lane]
    if record.num_next > 0:
        return False
    left, right = record.left, record.right
    for _ in range(4):
        if left >= 0:
            if roads.lanes[slot, left].num_next > 0 or roads.lanes[slot, left].length > record.length + 15.0:
                return True
            left = roads.lanes[slot, left].left
        if right >= 0:
            if roads.lanes[slot, right].num_next > 0 or roads.lanes[slot, right].length > record.length + 15.0:
                return True
            right = roads.lanes[slot, right].right
    return False


@inlined
def _end_of_road(roads, scratch, slot, actor, count):
    """Distance from the centre to the end of a dropped lane, less the room for changing over."""
    last = actor.plan[count - 1]
    if not is_dropped(roads, slot, last):
        return NOWHERE
    return scratch.offsets[count - 1] + roads.lanes[slot, last].length - DROP_ROOM


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
        elif standing < room_behind(scratch.offsets[k] + stretch.high, half):
            if before - 0.5 * LINE_GAP > stopping_distance(actor.speed, actor.braking):
                stop = min(stop, before)
    return stop


@inlined
def _shared_ground(state, rules, roads, scratch, w, i, k):
    """(gap to where to stop on or before plan[k], wanted over actual gap to those who merge, bound by them)."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    lane, half, offset = roads.lanes[slot, actor.plan[k]], 0.5 * actor.length, scratch.offsets[k]
    stop, closeness, bound = NOWHERE, 0.0, NOWHERE
    ticket = actor.tickets[k]
    if ticket == 0:
        stop = stop_line(roads, scratch, slot, actor, k)
    for c in range(lane.first_conflict, lane.first_conflict + lane.num_conflicts):
        conflict = roads.conflicts[slot, c]
        before = offset + conflict.low - CLEARANCE - half
        if offset + conflict.high + CLEARANCE + half < 0.0:
            continue
        is_before = before > -BEYOND
        if ticket == 0 and is_before and conflict.kind != DIVERGING:
            continue
        for n in range(scratch.num_holds[0]):
            if scratch.hold_lane[n] != conflict.lane or scratch.hold_actor[n] == i:
                continue
            other = state.actors[w, scratch.hold_actor[n]]
            s, other_half = scratch.hold_s[n], 0.5 * other.length
            if s - other_half > conflict.other_high + CLEARANCE:
                continue
            is_inside = s + other_half > conflict.other_low - CLEARANCE and s > 0.0
            if conflict.kind == DIVERGING:
                away = offset + conflict.low + s - conflict.other_low
                if s >= 0.0 and away > 0.0:
                    closeness = max(closeness, _closeness(actor, away - half - other_half, other.speed))
                continue
            goes_first = is_inside or scratch.hold_ticket[n] < ticket
            if not goes_first and scratch.hold_actor[n] < rules.num_agents and s > -NOTICE:
                goes_first = cannot_stop(other, conflict.other_low - CLEARANCE - other_half - s)
            if conflict.kind == CROSSING:
                if is_before and goes_first:
                    stop = min(stop, before)
                continue
            gap = offset + conflict.high - (conflict.other_high - s) - half - other_half
            if not is_before and is_inside and gap + half + other_half > 0.0:
                closeness = max(closeness, _closeness(actor, gap, other.speed))
            elif is_before and goes_first:
                near = _closeness(actor, gap - 1.0, other.speed) if gap > 1.0 else NOWHERE
                following = actor.max_acceleration * (1.0 - near * near)
                bound = min(bound, max(following, stop_acceleration(actor.speed, before - LINE_GAP, actor.braking)))
    return stop, closeness, bound


@inlined
def cannot_stop(other, distance):
    """Whether a controlled vehicle, whatever its rights, is going to be on shared ground `distance` ahead of it."""
    return distance < stopping_distance(other.speed, AGENT_BRAKING) - LINE_GAP


@inlined
def stop_line(roads, scratch, slot, actor, k):
    """Gap to where plan[k] must not be entered without a ticket; NOWHERE where none is needed any more."""
    lane, half, offset = roads.lanes[slot, actor.plan[k]], 0.5 * actor.length, scratch.offsets[k]
    to_lane = offset - half
    if lane.control != FREE and to_lane > -BEYOND:
        return to_lane
    line = NOWHERE
    for c in range(lane.first_conflict, lane.first_conflict + lane.num_conflicts):
        conflict = roads.conflicts[slot, c]
        if conflict.kind == DIVERGING:
            continue
        if conflict.kind == CROSSING and lane.kind == CONNECTOR and to_lane > -BEYOND:
            return to_lane  # nobody waits in the middle of a crossing
        before = to_lane + conflict.low - CLEARANCE
        if before > -BEYOND:
            line = min(line, before)
    return line
