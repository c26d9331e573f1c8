"""What ground shared with other lanes asks of a vehicle, by the order of tickets (`road_junctions`)."""

from envs.kernels.compilation import inlined
from envs.kernels.idm import stop_acceleration, stopping_distance
from envs.kernels.road_leaders import closeness_of
from envs.kernels.road_margins import BEYOND, CLEARANCE, LINE_GAP, NOWHERE
from envs.kernels.road_records import CONNECTOR, CROSSING, DIVERGING, FREE

AGENT_BRAKING = 6.0
"""What a controlled vehicle is expected to be able to [m/s^2]."""
NOTICE = 40.0
"""From so far before a lane that shares ground it is looked at so [m]."""


@inlined
def shared_ground(state, rules, roads, scratch, w, i, k):
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
                    closeness = max(closeness, closeness_of(actor, away - half - other_half, other.speed))
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
                closeness = max(closeness, closeness_of(actor, gap, other.speed))
            elif is_before and goes_first:
                near = closeness_of(actor, gap - 1.0, other.speed) if gap > 1.0 else NOWHERE
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
