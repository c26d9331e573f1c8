"""The traffic: who is there when an episode begins, and one step of everybody who is not controlled."""

from envs.kernels.compilation import inlined, inner
from envs.kernels.road_entry import enter_again, place_vehicle
from envs.kernels.road_junctions import grant_junctions
from envs.kernels.road_lane_change import change_lanes
from envs.kernels.road_law import survey
from envs.kernels.road_pedestrians import decide_walk, place_pedestrian, walk_on
from envs.kernels.road_presence import note_presence
from envs.kernels.road_rails import move_on_rails
from envs.kernels.road_records import ABSENT, PEDESTRIAN, PLAN_LANES, VEHICLE


@inner
def place_traffic(state, rules, roads, scratch, w):
    """Fill the places behind the agents, who stand already: vehicles by the level's demand, pedestrians last."""
    slot, places = scratch.slot[w], state.actors.shape[1]
    for i in range(places):
        actor = state.actors[w, i]
        actor.behind[0], actor.behind[1] = -1, -1
        for k in range(PLAN_LANES):
            actor.tickets[k] = 0
        if i >= rules.num_agents:
            _empty(actor)
    note_presence(state, rules, roads, scratch, w)
    for i in range(places - _num_walkers(state, rules, roads, slot), places):
        if not place_pedestrian(state, roads, scratch, w, i):
            state.actors[w, i].kind = ABSENT
    for i in range(rules.num_agents, rules.num_agents + _num_vehicles(state, rules, roads, slot)):
        place_vehicle(state, rules, roads, scratch, w, i)


@inlined
def _num_walkers(state, rules, roads, slot):
    """Places at the end of the array that are pedestrians': at most half of all."""
    if roads.counts[slot].crosswalks == 0:
        return 0
    return min(roads.counts[slot].pedestrians, (state.actors.shape[1] - rules.num_agents) // 2)


@inlined
def _num_vehicles(state, rules, roads, slot):
    """Places behind the agents that vehicles take, as demanded."""
    places = state.actors.shape[1] - rules.num_agents - _num_walkers(state, rules, roads, slot)
    return int(roads.counts[slot].demand * places + 0.5)


@inlined
def _empty(actor):
    """A place that nobody takes."""
    actor.kind, actor.collided, actor.lives = ABSENT, 0, 0
    actor.lane, actor.old_lane, actor.crosswalk, actor.track, actor.granted = -1, -1, -1, -1, -1
    actor.stage, actor.waited, actor.since_change, actor.shift, actor.shift_time = 0, 0, 0, 0.0, 0.0
    actor.x, actor.y, actor.heading, actor.speed, actor.acceleration = 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(PLAN_LANES):
        actor.plan[k] = -1


@inner
def advance_traffic(state, rules, roads, scratch, w):
    """One step of the traffic. All decide from the state before anybody moves; needs `note_presence`."""
    first, places = rules.num_agents, state.actors.shape[1]
    grant_junctions(state, rules, roads, scratch, w)
    change_lanes(state, rules, roads, scratch, w, first, places)
    for i in range(first, places):
        if state.actors[w, i].kind == PEDESTRIAN:
            decide_walk(state, rules, roads, scratch, w, i)
    survey(state, rules, roads, scratch, w, first, places)
    for i in range(first, places):
        _move(state, rules, roads, scratch, w, i)
    for i in range(first, first + _num_vehicles(state, rules, roads, scratch.slot[w])):
        if state.actors[w, i].kind == ABSENT:
            enter_again(state, rules, roads, scratch, w, i)


@inlined
def _move(state, rules, roads, scratch, w, i):
    actor = state.actors[w, i]
    if actor.kind == PEDESTRIAN:
        walk_on(state, rules, roads, scratch, w, i)
    elif actor.kind == VEHICLE:
        if actor.collided == 1:
            actor.speed, actor.acceleration, actor.yaw_rate = 0.0, 0.0, 0.0
        elif not move_on_rails(state, roads, scratch, w, i, scratch.advice[i, 0], rules.dt):
            actor.kind = ABSENT
