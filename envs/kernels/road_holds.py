"""Who is on, or on the way to, lanes that share ground with others.

One hold per actor and lane: `hold_s` is the actor's place along that lane, negative before its beginning, and
`hold_ticket` its right to be there: the lower, the earlier given.
"""

from envs.kernels.compilation import inlined
from envs.kernels.road_plans import measure_plan
from envs.kernels.road_records import VEHICLE

NO_TICKET = 1 << 60
NARROW = 1.0
"""Nearer to the middle than this one keeps a lane [m]."""
NOTICE_TIME, NOTICE_ROOM = 8.0, 15.0
"""How long before it arrives a vehicle without a ticket is noticed at a junction [s], [m]."""
NOTICE_REACH = 500.0
"""Tickets are not given from further off [m]."""


@inlined
def note_holds(state, rules, roads, scratch, w):
    """Fill the holds from the presences and plans."""
    slot = scratch.slot[w]
    scratch.num_holds[0] = 0
    if roads.counts[slot].conflicts == 0:
        return
    for n in range(scratch.num_presences[0]):
        i, lane = scratch.presence_actor[n], scratch.presence_lane[n]
        if roads.lanes[slot, lane].num_conflicts > 0:
            actor, s = state.actors[w, i], scratch.presence_s[n]
            is_own = actor.kind == VEHICLE and lane == actor.plan[0] and lane == actor.lane
            if is_own or i >= rules.num_agents or s > roads.lanes[slot, lane].length or not keeps_lane(actor):
                ticket = actor.tickets[0] if is_own and actor.tickets[0] > 0 else NO_TICKET
                _hold(scratch, i, lane, s, ticket)
    for i in range(state.actors.shape[1]):
        actor = state.actors[w, i]
        if actor.kind == VEHICLE and actor.collided == 0 and actor.lane >= 0:
            _note_ahead(state, roads, scratch, w, i)


@inlined
def keeps_lane(actor):
    """Whether a vehicle is on the lane of its plan: what it shares with lanes it only crosses is then known of that."""
    return actor.kind == VEHICLE and actor.lane == actor.plan[0] and abs(actor.lane_d) < NARROW


@inlined
def _note_ahead(state, roads, scratch, w, i):
    actor, slot = state.actors[w, i], scratch.slot[w]
    count = measure_plan(state, roads, scratch, w, i, NOTICE_REACH)
    near = NOTICE_ROOM + NOTICE_TIME * actor.speed
    for k in range(1, count):
        has_ticket = actor.tickets[k] > 0
        if (has_ticket or scratch.offsets[k] < near) and roads.lanes[slot, actor.plan[k]].num_conflicts > 0:
            ticket = actor.tickets[k] if has_ticket else NO_TICKET
            _hold(scratch, i, actor.plan[k], -scratch.offsets[k], ticket)


@inlined
def _hold(scratch, i, lane, s, ticket):
    n = scratch.num_holds[0]
    if n < scratch.hold_actor.shape[0]:
        scratch.hold_actor[n], scratch.hold_lane[n] = i, lane
        scratch.hold_s[n], scratch.hold_ticket[n] = s, ticket
        scratch.num_holds[0] = n + 1
