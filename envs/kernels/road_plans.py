"""The lanes that an actor is going to take, and how far off each of them begins."""

import numpy as np

from envs.kernels.compilation import inlined
from envs.kernels.counter_random import below, bits, fold
from envs.kernels.road_records import PLAN_LANES

PLAN_SALT = np.uint64(0x91A5)


@inlined
def are_side_by_side(roads, slot, lane, other):
    """Whether one leads over to the other by a lane change."""
    record = roads.lanes[slot, lane]
    return record.left == other or record.right == other


@inlined
def measure_plan(state, roads, scratch, w, i, reach):
    """Fill scratch.offsets, where the plan's lanes begin from the actor's centre; how many do so within reach."""
    actor, slot = state.actors[w, i], scratch.slot[w]
    offset = -actor.lane_s
    for k in range(PLAN_LANES):
        lane = actor.plan[k]
        if lane < 0 or offset > reach:
            return k
        scratch.offsets[k] = offset
        if k + 1 < PLAN_LANES and actor.plan[k + 1] >= 0:
            beside = are_side_by_side(roads, slot, lane, actor.plan[k + 1])
            offset += 0.0 if beside else roads.lanes[slot, lane].length
    return PLAN_LANES


@inlined
def clear_plan(actor, lane):
    """Only the lane itself, no rights."""
    for k in range(PLAN_LANES):
        actor.plan[k], actor.tickets[k] = -1, 0
    actor.plan[0] = lane


@inlined
def shift_plan(actor):
    """The next lane becomes the present one."""
    for k in range(PLAN_LANES - 1):
        actor.plan[k], actor.tickets[k] = actor.plan[k + 1], actor.tickets[k + 1]
    actor.plan[PLAN_LANES - 1], actor.tickets[PLAN_LANES - 1] = -1, 0


@inlined
def extend_plan(state, roads, scratch, w, i):
    """Draw random successors up to the end of the plan, or of the roads."""
    actor, slot, world = state.actors[w, i], scratch.slot[w], state.worlds[w]
    if actor.plan[PLAN_LANES - 1] >= 0:
        return
    key = fold(fold(world.key, PLAN_SALT), 4096 * actor.lives + i)
    for k in range(1, PLAN_LANES):
        if actor.plan[k] >= 0:
            continue
        last = roads.lanes[slot, actor.plan[k - 1]]
        if last.num_next == 0:
            break
        actor.plan[k] = last.next[below(bits(key, PLAN_LANES * world.steps + k), last.num_next)]


@inlined
def plan_along_route(state, roads, scratch, w, i):
    """A controlled vehicle's plan: what is left of its route, or straight on from where it has strayed to."""
    actor, own, slot = state.actors[w, i], state.agents[w, i], scratch.slot[w]
    route = roads.routes[slot, own.route]
    point = roads.path[slot, route.first_point + min(max(own.index, 0), route.num_points - 1)]
    while own.plan_index + 1 < route.count and roads.route_lanes[slot, route.first + own.plan_index] != point.lane:
        own.plan_index += 1
    if roads.route_lanes[slot, route.first + own.plan_index] != point.lane:  # lost: look from the beginning
        for k in range(route.count):
            if roads.route_lanes[slot, route.first + k] == point.lane:
                own.plan_index = k
                break
    on_route = actor.lane < 0 or actor.lane == point.lane
    if abs(own.path_d) <= 0.5 * roads.lanes[slot, point.lane].width:
        on_route = True
    if on_route:
        _enter_lane(actor, point.lane)
        actor.lane, actor.lane_s, actor.lane_d = point.lane, point.lane_s, own.path_d
        actor.lane_s += own.path_s - own.index
    else:
        _enter_lane(actor, actor.lane)
    for k in range(1, PLAN_LANES):
        lane = -1
        if on_route and own.plan_index + k < route.count:
            lane = roads.route_lanes[slot, route.first + own.plan_index + k]
        elif actor.plan[k - 1] >= 0:
            lane = _towards_route(roads, slot, route, actor.plan[k - 1])
        if lane != actor.plan[k]:
            actor.plan[k], actor.tickets[k] = lane, 0


@inlined
def _enter_lane(actor, lane):
    """Make `lane` the plan's first, with the rights that go with it."""
    found = -1
    for k in range(PLAN_LANES):
        if actor.plan[k] == lane and found < 0:
            found = k
    if found < 0:
        clear_plan(actor, lane)
    for _ in range(found):
        shift_plan(actor)


@inlined
def _towards_route(roads, slot, route, lane):
    """The successor of a lane that is on the route or beside it, or the first, or -1."""
    record = roads.lanes[slot, lane]
    chosen = -1
    for n in range(record.num_next - 1, -1, -1):
        after = roads.lanes[slot, record.next[n]]
        rank = 0
        for k in range(route.count):
            on = roads.route_lanes[slot, route.first + k]
            if on == record.next[n]:
                rank = 2
            elif on >= 0 and (on == after.left or on == after.right):
                rank = max(rank, 1)
        if chosen < 0 or rank > 0:
            chosen = record.next[n]
            if rank == 2:
                break
    return chosen
