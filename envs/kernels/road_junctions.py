"""Who may enter shared ground: admission in a fair order, one after the other.

A vehicle asks in time to stop gently before the line. A ticket, once given, fixes the order of all who meet on a
stretch: the holder of an earlier one goes first, wherever they meet, and everybody else waits before the stretch
(`road_law`). As the order is total, nobody waits for somebody who waits for him. A ticket is given when

  * its signal is green, or one has halted (STOP);
  * whoever drives ahead on the own lane has one;
  * those who hold tickets will have passed before one arrives;
  * those who have the right of way are far enough off;
  * there is room behind the junction, and nobody walks in the way;
  * it would not go before somebody who has waited for very long.
"""

from math import sqrt

from envs.kernels.compilation import inlined, kernel
from envs.kernels.idm import stopping_distance
from envs.kernels.road_crosswalks import is_walked
from envs.kernels.road_holds import NO_TICKET
from envs.kernels.road_law import BEYOND, CLEARANCE, NOWHERE, cannot_stop, lane_speed, stop_line
from envs.kernels.road_plans import measure_plan
from envs.kernels.road_records import (
    CROSSING,
    DIVERGING,
    FREE,
    GREEN,
    MERGING,
    OTHER_FIRST,
    OWN_FIRST,
    PLAN_LANES,
    SIGNAL,
    STOP,
    VEHICLE,
)
from envs.kernels.road_room import has_room, is_led_by_ticket, may_go
from envs.kernels.road_signals import colour

ASK_TIME, ASK_ROOM = 1.5, 10.0
"""A vehicle asks so much earlier than it must brake [s], [m]."""
HALT_STEPS = 8
"""Steps that STOP asks to stand."""
LAPSE_STEPS = 30
"""A ticket that is not used for so long while standing lapses, and for so long no other is given."""
STARVED_STEPS = 150
"""After so long at the line others let one go first."""
AT_LINE = 6.0
"""A vehicle stands at a line from so far before it [m]."""
STANDS = 0.3
"""Slower than this stands [m/s]."""
GAP_BEHIND = 3.0
"""Kept behind somebody after whom one merges [m]."""
TICKETS_PER_STEP = 512


@inlined
def grant_junctions(state, rules, roads, scratch, w):
    """Let tickets lapse, and give new ones, most deserving first; holds follow."""
    slot = scratch.slot[w]
    if roads.counts[slot].conflicts == 0 and roads.counts[slot].signals == 0:
        return
    asking = 0
    for i in range(state.actors.shape[1]):
        actor = state.actors[w, i]
        scratch.starved[i] = 0
        if actor.kind != VEHICLE or actor.collided == 1 or actor.lane < 0:
            continue
        line = _review(state, rules, roads, scratch, w, i)
        if line < NOWHERE:
            scratch.keys[i] = 1000.0 * actor.waited - line
            place = asking
            while place > 0 and scratch.keys[scratch.order[place - 1]] < scratch.keys[i]:
                scratch.order[place] = scratch.order[place - 1]
                place -= 1
            scratch.order[place] = i
            asking += 1
    for place in range(asking):
        _ask(
            state,
            rules,
            roads,
            scratch,
            w,
            scratch.order[place],
            TICKETS_PER_STEP * (state.worlds[w].steps + 1) + place,
        )


@inlined
def _review(state, rules, roads, scratch, w, i):
    """Refresh one vehicle's waiting time and tickets; the gap to the line at which it asks now, or NOWHERE."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    ask_reach = stopping_distance(actor.speed, actor.braking) + ASK_TIME * actor.speed + ASK_ROOM
    count = measure_plan(state, roads, scratch, w, i, ask_reach + 0.5 * actor.length + 30.0)
    time = state.worlds[w].steps * rules.dt
    stands = actor.speed < STANDS
    actor.granted = -1
    asks, is_at_line = NOWHERE, False
    for k in range(count):
        lane = roads.lanes[slot, actor.plan[k]]
        if lane.num_conflicts == 0 and lane.control == FREE:
            continue
        line = stop_line(roads, scratch, slot, actor, k)
        if line == NOWHERE:
            continue
        if actor.tickets[k] > 0:
            to_lane = scratch.offsets[k] - 0.5 * actor.length
            # Who stands behind somebody without a ticket must not hold one: the order of tickets is that on the road.
            is_cut_off = stands and to_lane > -BEYOND and not is_led_by_ticket(state, roads, scratch, w, i, k)
            if is_cut_off or _has_lapsed(roads, slot, actor, lane, to_lane, time):
                _give_back(scratch, actor, i, k)
            else:
                if actor.granted < 0 and scratch.offsets[k] > 0.0:
                    actor.granted = actor.plan[k]
                is_at_line = is_at_line or (stands and line < AT_LINE)
                continue
        is_at_line = is_at_line or (stands and line < AT_LINE)
        if line < ask_reach:
            asks = line
        break
    if actor.waited < 0:
        actor.waited += 1
        return NOWHERE
    actor.waited = actor.waited + 1 if is_at_line else 0
    return asks


@inlined
def _has_lapsed(roads, slot, actor, lane, to_lane, time):
    """Whether a ticket not used yet is lost: the signal has changed, or one has not started for long."""
    if lane.control == SIGNAL and to_lane > -BEYOND:
        shown = colour(roads, slot, lane.signal, time)
        if shown != GREEN and to_lane > stopping_distance(actor.speed, actor.braking) + 0.5:
            return True
    if actor.speed < STANDS and to_lane > -BEYOND and actor.waited > LAPSE_STEPS:
        actor.waited = -LAPSE_STEPS
        return True
    return False


@inlined
def _give_back(scratch, actor, i, first):
    """Drop the tickets of plan[first] and of what comes behind it."""
    for k in range(first, PLAN_LANES):
        if actor.tickets[k] > 0:
            actor.tickets[k] = 0
            _mark(scratch, i, actor.plan[k], NO_TICKET)


@inlined
def _mark(scratch, i, lane, ticket):
    for n in range(scratch.num_holds[0]):
        if scratch.hold_actor[n] == i and scratch.hold_lane[n] == lane:
            scratch.hold_ticket[n] = ticket


@kernel
def _ask(state, rules, roads, scratch, w, i, ticket):
    """Give actor i the next lane that needs a ticket, and those behind it between which it could not stand."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    count = measure_plan(state, roads, scratch, w, i, 400.0)
    first, last, end = _chain(roads, scratch, slot, actor, count)
    if first < 0:
        return
    lane = roads.lanes[slot, actor.plan[first]]
    time = state.worlds[w].steps * rules.dt
    if lane.control == SIGNAL and scratch.offsets[first] - 0.5 * actor.length > -BEYOND:
        if colour(roads, slot, lane.signal, time) != GREEN:
            return
    if lane.control == STOP and scratch.offsets[first] - 0.5 * actor.length > -BEYOND and actor.waited < HALT_STEPS:
        return
    if not is_led_by_ticket(state, roads, scratch, w, i, last):
        return
    for k in range(first, last + 1):
        if _walkers_in_way(state, roads, scratch, w, slot, actor, k):
            return
    if end > -NOWHERE and not has_room(state, roads, scratch, w, i, last, end, count):
        return
    for k in range(first, last + 1):
        if not _may_enter(state, rules, roads, scratch, w, i, k, k < last, time):
            if actor.waited > STARVED_STEPS:
                scratch.starved[i] = 1
            return
    for k in range(first, last + 1):
        actor.tickets[k] = ticket
        _mark(scratch, i, actor.plan[k], ticket)
    actor.waited = 0


@inlined
def _chain(roads, scratch, slot, actor, count):
    """(first lane of the plan to ask for, last, how far ahead of the centre the ground ends that must be kept clear).

    Where lanes merge, who has the right of way may stand: he is in nobody's way who would not be behind him anyhow.
    """
    first, last, end, ground = -1, -1, -NOWHERE, 0.0
    for k in range(count):
        lane = roads.lanes[slot, actor.plan[k]]
        if lane.num_conflicts == 0 and lane.control == FREE:
            continue
        line = stop_line(roads, scratch, slot, actor, k)
        if line == NOWHERE or actor.tickets[k] > 0:
            continue
        if first >= 0 and line + 0.5 * actor.length - ground > actor.length + 2.0:
            break
        if first < 0:
            first = k
        last = k
        ground = max(ground, scratch.offsets[k])
        for c in range(lane.first_conflict, lane.first_conflict + lane.num_conflicts):
            conflict = roads.conflicts[slot, c]
            if conflict.kind != DIVERGING:
                ground = max(ground, scratch.offsets[k] + conflict.high + CLEARANCE)
            if conflict.kind == CROSSING or (conflict.kind == MERGING and conflict.right != OWN_FIRST):
                end = max(end, scratch.offsets[k] + conflict.high + CLEARANCE)
    return first, last, end


@inlined
def _walkers_in_way(state, roads, scratch, w, slot, actor, k):
    lane = roads.lanes[slot, actor.plan[k]]
    for n in range(lane.first_crossing, lane.first_crossing + lane.num_crossings):
        stretch = roads.crossings[slot, n]
        if scratch.offsets[k] + stretch.low - 0.5 * actor.length > -BEYOND:
            if is_walked(state, roads, w, slot, stretch.crosswalk, actor.plan[k], 0.5 * (stretch.low + stretch.high)):
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


@inlined
def _may_enter(state, rules, roads, scratch, w, i, k, goes_on, time):
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
