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

from envs.kernels.compilation import inlined, inner
from envs.kernels.idm import stopping_distance
from envs.kernels.road_admission import STANDS, STARVED_STEPS, may_enter, walkers_in_way
from envs.kernels.road_holds import NO_TICKET
from envs.kernels.road_margins import BEYOND, CLEARANCE, NOWHERE
from envs.kernels.road_plans import measure_plan
from envs.kernels.road_records import (
    CROSSING,
    DIVERGING,
    FREE,
    GREEN,
    MERGING,
    OWN_FIRST,
    PLAN_LANES,
    SIGNAL,
    STOP,
    VEHICLE,
)
from envs.kernels.road_room import has_room, is_led_by_ticket
from envs.kernels.road_sharing import stop_line
from envs.kernels.road_signals import colour

ASK_TIME, ASK_ROOM = 1.5, 10.0
"""A vehicle asks so much earlier than it must brake [s], [m]."""
HALT_STEPS = 8
"""Steps that STOP asks to stand."""
LAPSE_STEPS = 30
"""A ticket that is not used for so long by one who stands lapses, and an agent is given no other for so long."""
AT_LINE, FIRST_AT_LINE = 6.0, 20.0
"""A vehicle stands at a line from so far before it, and, before a crosswalk, say, if it is the first, so far [m]."""
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
        if stands and lane.num_crossings > 0:
            is_at_line = is_at_line or _stands_before_crosswalk(roads, scratch, slot, actor, k)
        if lane.num_conflicts == 0 and lane.control == FREE:
            continue
        line = stop_line(roads, scratch, slot, actor, k)
        if line == NOWHERE:
            continue
        if actor.tickets[k] > 0:
            to_lane = scratch.offsets[k] - 0.5 * actor.length
            # Who stands behind somebody without a ticket must not hold one: the order of tickets is that on the road.
            is_cut_off = stands and to_lane > -BEYOND and not is_led_by_ticket(state, roads, scratch, w, i, k)
            age = state.worlds[w].steps + 1 - actor.tickets[k] // TICKETS_PER_STEP
            is_unused = stands and to_lane > -BEYOND and age > LAPSE_STEPS
            if is_cut_off or is_unused or _is_too_late(roads, slot, actor, lane, to_lane, time):
                _give_back(scratch, actor, i, k)
                if is_unused and i < rules.num_agents:
                    actor.waited = -LAPSE_STEPS
            else:
                if actor.granted < 0 and scratch.offsets[k] > 0.0:
                    actor.granted = actor.plan[k]
                is_at_line = is_at_line or (stands and _stands_at(scratch, actor, i, k, line))
                continue
        is_at_line = is_at_line or (stands and _stands_at(scratch, actor, i, k, line))
        if line < ask_reach or is_at_line:
            asks = line
        break
    if actor.waited < 0:
        actor.waited += 1
        return NOWHERE
    actor.waited = actor.waited + 1 if is_at_line else 0
    return asks


@inlined
def _is_too_late(roads, slot, actor, lane, to_lane, time):
    """Whether the signal has changed before a ticket was used, and one can stop."""
    if lane.control != SIGNAL or to_lane <= -BEYOND:
        return False
    can_stop = to_lane > stopping_distance(actor.speed, actor.braking) + 0.5
    return can_stop and colour(roads, slot, lane.signal, time) != GREEN


@inlined
def _stands_at(scratch, actor, i, k, line):
    """Whether a gap to a line says that one stands at it: close by, or somewhat further off with nobody between."""
    if line < AT_LINE:
        return True
    if line > FIRST_AT_LINE:
        return False
    for n in range(scratch.num_presences[0]):
        if scratch.presence_actor[n] != i:
            for m in range(k + 1):
                away = scratch.offsets[m] + scratch.presence_s[n]
                if actor.plan[m] == scratch.presence_lane[n] and 0.0 < away < line + actor.length:
                    return False
    return True


@inlined
def _stands_before_crosswalk(roads, scratch, slot, actor, k):
    lane, front = roads.lanes[slot, actor.plan[k]], 0.5 * actor.length - scratch.offsets[k]
    for n in range(lane.first_crossing, lane.first_crossing + lane.num_crossings):
        if -BEYOND < roads.crossings[slot, n].low - front < AT_LINE:
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


@inner
def _ask(state, rules, roads, scratch, w, i, ticket):
    """Give actor i the next lane that needs a ticket, and those behind it between which it could not stand."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    count = measure_plan(state, roads, scratch, w, i, 400.0)
    first, last, end = _chain(roads, scratch, slot, actor, count)
    if first < 0:
        return
    lane = roads.lanes[slot, actor.plan[first]]
    time = state.worlds[w].steps * rules.dt
    if scratch.offsets[first] - 0.5 * actor.length > -BEYOND:
        if lane.control == STOP and actor.waited < HALT_STEPS:
            return
        if lane.control == SIGNAL and colour(roads, slot, lane.signal, time) != GREEN:
            return
    if not is_led_by_ticket(state, roads, scratch, w, i, last):
        return
    for k in range(first, last + 1):
        if walkers_in_way(state, roads, scratch, w, slot, actor, k):
            return
    if end > -NOWHERE and not has_room(state, roads, scratch, w, i, last, end, count):
        return
    for k in range(first, last + 1):
        if not may_enter(state, rules, roads, scratch, w, i, k, k < last, time):
            if actor.waited > STARVED_STEPS:
                scratch.starved[i] = 1
            return
    for k in range(first, last + 1):
        actor.tickets[k] = ticket
        _mark(scratch, i, actor.plan[k], ticket)


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
