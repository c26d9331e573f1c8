"""Controlled vehicles: where they begin, what their actions command, where on their route they are, when they leave."""

import numpy as np

from envs.kernels.bicycle import apply_control
from envs.kernels.compilation import inlined, inner
from envs.kernels.counter_random import below, bits, fold, unit
from envs.kernels.road_lines import path_pose, project_path
from envs.kernels.road_poses import track_poses
from envs.kernels.road_records import ABSENT, CONTINUOUS, META, PLAN_LANES, VEHICLE
from envs.kernels.road_tracking import apply_meta, follow_path

AGENT_SALT = np.uint64(0xA6E27)
ATTEMPTS = 200
START_ROOM = 12.0
"""Least distance between the centres of two vehicles that begin [m]."""
START_SPREAD = 40.0
"""Vehicles begin within this stretch behind their route's start [m]; where it is full, anywhere before the goal."""
LENGTH, WIDTH, WHEELBASE = 4.6, 1.9, 2.8
SPEED_REACTION = 0.6
"""Time constant of the speed controller behind the meta actions [s]."""


@inner
def place_agents(state, rules, roads, scratch, w):
    """Put every controlled vehicle at the start of a route drawn by level; False where there is no room."""
    for actor in range(state.actors.shape[1]):
        state.actors[w, actor].kind = ABSENT
    for agent in range(rules.num_agents):
        if not _place(state, rules, roads, scratch.slot[w], w, agent):
            return False
    return True


@inner
def _place(state, rules, roads, slot, w, agent):
    key = fold(fold(state.worlds[w].key, AGENT_SALT), agent)
    for attempt in range(ATTEMPTS):
        route = below(bits(key, 3 * attempt), roads.counts[slot].routes)
        begin, goal = roads.routes[slot, route].start, roads.routes[slot, route].goal
        reach = START_SPREAD if 2 * attempt < ATTEMPTS else max(START_SPREAD, goal - begin - 20.0)
        s = begin + reach * unit(bits(key, 3 * attempt + 1))
        if attempt == 0:
            s = begin + 0.25 * reach * unit(bits(key, 1))
        if s < goal - 5.0 and _is_free(state, roads, slot, w, agent, route, s):
            _stand_at(state, rules, roads, slot, w, agent, route, s)
            return True
    return False


@inlined
def _is_free(state, roads, slot, w, agent, route, s):
    x, y, _, _ = path_pose(roads, slot, route, s, 0.0)
    for other in range(agent):
        actor = state.actors[w, other]
        if (actor.x - x) ** 2 + (actor.y - y) ** 2 < START_ROOM**2:
            return False
    return True


@inlined
def _stand_at(state, rules, roads, slot, w, agent, route, s):
    x, y, heading, limit = path_pose(roads, slot, route, s, 0.0)
    share = 0.5 + 0.3 * unit(bits(fold(state.worlds[w].key, AGENT_SALT), 7))
    set_vehicle(state, rules, w, agent, x, y, heading, min(share * limit, rules.max_speed), LENGTH, WIDTH)
    set_route(state, roads, slot, w, agent, route, s)


@inlined
def set_vehicle(state, rules, w, i, x, y, heading, speed, length, width):
    """Make actor `i` a vehicle that drives by the preset."""
    actor = state.actors[w, i]
    actor.kind, actor.collided = VEHICLE, 0
    actor.x, actor.y, actor.heading, actor.speed = x, y, heading, speed
    actor.acceleration, actor.steering, actor.yaw_rate = 0.0, 0.0, 0.0
    actor.length, actor.width, actor.wheelbase = length, width, WHEELBASE * length / LENGTH
    actor.lane, actor.lane_s, actor.lane_d = -1, 0.0, 0.0
    actor.shift, actor.shift_time, actor.old_lane, actor.old_s = 0.0, 0.0, -1, 0.0
    for k in range(PLAN_LANES):
        actor.plan[k] = -1
    actor.granted, actor.waited, actor.since_change = -1, 0, 1000
    actor.crosswalk, actor.stage, actor.track, actor.lives = -1, 0, -1, 0
    actor.desired, actor.max_acceleration = rules.preset_desired, rules.preset_max_acceleration
    actor.braking, actor.min_gap = rules.preset_braking, rules.preset_min_gap
    actor.headway, actor.exponent = rules.preset_headway, rules.preset_exponent
    actor.politeness, actor.patience = rules.preset_politeness, rules.preset_patience


@inlined
def set_route(state, roads, slot, w, agent, route, s):
    """Begin a route at s along its path."""
    own = state.agents[w, agent]
    own.active, own.arrived, own.route, own.plan_index = 1, 0, route, 0
    own.index, own.path_s, own.path_d = int(s), s, 0.0
    own.begin_s, own.furthest_s = s, s
    own.target_speed, own.target_d = state.actors[w, agent].speed, 0.0
    own.expert_progress = max(0.1, roads.routes[slot, route].goal - s)


@inlined
def advance_on_route(state, roads, scratch, w, agent):
    """Project the vehicle on its path; whether it has arrived."""
    own, actor, slot = state.agents[w, agent], state.actors[w, agent], scratch.slot[w]
    s, d, index = project_path(roads, slot, own.route, actor.x, actor.y, own.index, 8)
    own.path_s, own.path_d, own.index = s, d, index
    own.furthest_s = max(own.furthest_s, s)
    return s >= roads.routes[slot, own.route].goal and abs(d) < 12.0


@inner
def take_orders(state, rules, roads, scratch, w, actions):
    """What has to be done once when an action comes: the meta actions move their targets."""
    if rules.action == META:
        for agent in range(rules.num_agents):
            if state.agents[w, agent].active == 1:
                apply_meta(state, rules, roads, scratch, w, agent, int(actions[w, agent, 0, 0]))


@inner
def command_agents(state, rules, roads, scratch, w, actions):
    """Acceleration and steering that each agent's action asks for, into scratch.command."""
    for agent in range(rules.num_agents):
        acceleration, steering = 0.0, 0.0
        if state.agents[w, agent].active == 1:
            if rules.action == CONTINUOUS:
                acceleration = rules.max_acceleration * actions[w, agent, 0, 0]
                steering = rules.max_steering * actions[w, agent, 0, 1]
            elif rules.action == META:
                own, speed = state.agents[w, agent], state.actors[w, agent].speed
                acceleration = (own.target_speed - speed) / SPEED_REACTION
                steering = follow_path(state, rules, roads, scratch, w, agent, own.target_d, speed)
            else:
                acceleration, steering = track_poses(state, rules, w, agent, actions[w, agent])
        scratch.command[agent, 0], scratch.command[agent, 1] = acceleration, steering


@inlined
def move_agents(state, rules, scratch, w):
    """Drive every controlled vehicle that has not been wrecked for one step."""
    for agent in range(rules.num_agents):
        actor = state.actors[w, agent]
        if state.agents[w, agent].active == 1 and actor.collided == 0:
            apply_control(state, rules, w, agent, scratch.command[agent, 0], scratch.command[agent, 1])
