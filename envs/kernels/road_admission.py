"""Whether the others let a vehicle onto ground that they share with it."""

from math import sqrt

from envs.kernels.compilation import inlined
from envs.kernels.road_crosswalks import is_walked
from envs.kernels.road_holds import NO_TICKET
from envs.kernels.road_law import lane_speed
from envs.kernels.road_margins import BEYOND, CLEARANCE
from envs.kernels.road_records import CROSSING, DIVERGING, GREEN, OTHER_FIRST, SIGNAL
from envs.kernels.road_room import may_go
from envs.kernels.road_sharing import cannot_stop
from envs.kernels.road_signals import colour

STANDS = 0.3
"""Slower than this stands [m/s]."""
STARVED_STEPS = 150
"""After so long at the line others let one go first."""
GAP_BEHIND = 3.0
"""Kept behind somebody after whom one merges [m]."""


@inlined
def may_enter(state, rules, roads, scratch, w, i, k, goes_on, time):
    """Whether all who share ground with plan[k] let actor i go now; `goes_on`: over more such ground behind it."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    lane, half, offset = roads.lanes[slot, actor.plan[k]], 0.5 * actor.length, scratch.offsets[k]
    top = lane_speed(lane, actor)
    for c in range(lane.first_conflict, lane.first_conflict + lane.num_conflicts):
        conflict = roads.conflicts[slot, c]
        if offset + conflict.high + CLEARANCE + half < 0.0:
            continue
        arrives = time_to(offset + conflict.low - CLEARANCE - half, actor.speed, actor.max_acceleration, top)
        for n in range(scratch.num_holds[0]):
            j = scratch.hold_actor[n]
            if scratch.hold_lane[n] != conflict.lane or j == i:
                continue
            other, s = state.actors[w, j], scratch.hold_s[n]
            other_half = 0.5 * other.length
            if s - other_half > conflict.other_high + CLEARANCE:
                continue
            if conflict.kind == DIVERGING:
                if s >= 0.0 and not may_go(roads, slot, other, True):
                    return False
                continue
            to_low = conflict.other_low - CLEARANCE - other_half - s
            is_coming = j < rules.num_agents and cannot_stop(other, to_low)
            if scratch.hold_ticket[n] < NO_TICKET or (to_low < 0.0 and s > 0.0) or is_coming:
                clear = conflict.other_high + CLEARANCE + other_half - s
                if conflict.kind != CROSSING:
                    clear = conflict.other_high - (conflict.high - conflict.low) + other_half + GAP_BEHIND - s
                    if goes_on and not may_go(roads, slot, other, False):
                        return False
                # A wreck or a parked vehicle will not have passed at all.
                if other.collided == 1 or arrives < time_to(clear, other.speed, 1.0, max(other.speed, 5.0)):
                    return False
                continue
            if scratch.starved[j] == 1:
                return False
            if conflict.right == OTHER_FIRST and actor.waited <= STARVED_STEPS:
                passage = time_to(offset + conflict.high + CLEARANCE + half, actor.speed, actor.max_acceleration, top)
                if _claims(roads, slot, other, conflict.lane, time):
                    eagerness = 1.0 - actor.waited / STARVED_STEPS
                    if to_low / max(other.speed, 3.0) < passage + actor.patience * eagerness:
                        return False
    return True


@inlined
def _claims(roads, slot, other, lane, time):
    """Whether somebody on the way to a lane with the right of way may be about to use it."""
    record = roads.lanes[slot, lane]
    if other.collided == 1 or other.speed < STANDS:
        return False
    return record.control != SIGNAL or colour(roads, slot, record.signal, time) == GREEN


@inlined
def walkers_in_way(state, roads, scratch, w, slot, actor, k):
    lane = roads.lanes[slot, actor.plan[k]]
    for n in range(lane.first_crossing, lane.first_crossing + lane.num_crossings):
        stretch = roads.crossings[slot, n]
        middle, ahead = 0.5 * (stretch.low + stretch.high), scratch.offsets[k] + stretch.low - 0.5 * actor.length
        if ahead > -BEYOND and is_walked(state, roads, w, slot, stretch.crosswalk, actor.plan[k], middle):
            return True
    return False


@inlined
def time_to(distance, speed, acceleration, top_speed):
    """Seconds for a distance, accelerating up to a top speed."""
    if distance <= 0.0:
        return 0.0
    top_speed = max(top_speed, speed, 0.5)
    run_up = (top_speed * top_speed - speed * speed) / (2.0 * acceleration)
    if distance <= run_up:
        return (sqrt(speed * speed + 2.0 * acceleration * distance) - speed) / acceleration
    return (top_speed - speed) / acceleration + (distance - run_up) / top_speed
