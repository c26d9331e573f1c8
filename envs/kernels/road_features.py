"""What an agent knows besides the raster: its own motion, points of its route, the others; all in its own frame."""

import numpy as np

from envs.kernels.compilation import inlined, kernel
from envs.kernels.road_lines import path_pose, wrap
from envs.kernels.road_margins import NOWHERE
from envs.kernels.road_plans import measure_plan
from envs.kernels.road_records import ABSENT, FREE, PEDESTRIAN
from envs.kernels.road_sharing import stop_line

EGO_FEATURES = (
    *("speed", "acceleration", "steering", "yaw_rate", "offset", "heading_error", "limit", "to_goal"),
    *("to_line", "waited"),  # where one may have to stop, from the front [m]; how long one has stood there [s]
)
ROUTE_POINTS = 12
ACTOR_FEATURES = ("forward", "left", "cos", "sin", "velocity_forward", "velocity_left", "length", "width", "vulnerable")
LINE_REACH = 100.0
"""Lines further off are shown as far as this [m]."""


@kernel
def draw_features(state, rule_table, roads, scratch, ego, route, actors, mask, low, high):
    """Fill ego [world agent 8], route [world agent point*3], actors [world agent other*9] and mask [world agent other].

    An array of no columns is left out.
    """
    rules = rule_table[0]
    for w in range(low, high):
        _note_facings(state, scratch, w)
        for agent in range(rules.num_agents):
            if ego.shape[2] > 0:
                _draw_ego(state, rules, roads, scratch, w, agent, ego)
            if route.shape[2] > 0:
                _draw_route(state, rules, roads, scratch, w, agent, route)
            if mask.shape[2] > 0:
                _draw_actors(state, scratch, w, agent, actors, mask)


@inlined
def _note_facings(state, scratch, w):
    """Cosine and sine of everybody's heading into scratch.facings, once for all who look at them."""
    for i in range(state.actors.shape[1]):
        heading = state.actors[w, i].heading
        scratch.facings[i, 0], scratch.facings[i, 1] = np.cos(heading), np.sin(heading)


@inlined
def _bounded(value, limit):
    return min(max(value, -limit), limit)


@inlined
def _draw_ego(state, rules, roads, scratch, w, agent, ego):
    own, actor, slot = state.agents[w, agent], state.actors[w, agent], scratch.slot[w]
    _, _, heading, limit = path_pose(roads, slot, own.route, own.path_s, 0.0)
    ego[w, agent, 0] = _bounded(actor.speed, 100.0)
    ego[w, agent, 1] = _bounded(actor.acceleration, 100.0)
    ego[w, agent, 2] = _bounded(actor.steering, 2.0)
    ego[w, agent, 3] = _bounded(actor.yaw_rate, 10.0)
    ego[w, agent, 4] = _bounded(own.path_d, 100.0)
    ego[w, agent, 5] = wrap(actor.heading - heading)
    ego[w, agent, 6] = _bounded(limit, 100.0)
    ego[w, agent, 7] = min(max(roads.routes[slot, own.route].goal - own.path_s, 0.0), 2000.0)
    ego[w, agent, 8] = _to_line(state, roads, scratch, w, agent)
    ego[w, agent, 9] = min(max(actor.waited, 0) * rules.dt, 100.0)


@inlined
def _to_line(state, roads, scratch, w, agent):
    """From the front to the next line ahead at which others, a sign or a signal may make one stop."""
    actor, slot = state.actors[w, agent], scratch.slot[w]
    for k in range(measure_plan(state, roads, scratch, w, agent, LINE_REACH + 0.5 * actor.length)):
        lane = roads.lanes[slot, actor.plan[k]]
        if lane.num_conflicts > 0 or lane.control != FREE:
            line = stop_line(roads, scratch, slot, actor, k)
            if line != NOWHERE:
                return _bounded(line, LINE_REACH)
    return LINE_REACH


@inlined
def _draw_route(state, rules, roads, scratch, w, agent, route):
    """Points of the path at equal distances as far as the view reaches: forward, left, heading."""
    own, actor, slot = state.agents[w, agent], state.actors[w, agent], scratch.slot[w]
    cos, sin = np.cos(actor.heading), np.sin(actor.heading)
    spacing = rules.ahead / ROUTE_POINTS
    end = float(roads.routes[slot, own.route].num_points - 1)
    for k in range(ROUTE_POINTS):
        x, y, heading, _ = path_pose(roads, slot, own.route, min(own.path_s + spacing * (k + 1), end), 0.0)
        dx, dy = x - actor.x, y - actor.y
        route[w, agent, 3 * k] = _bounded(dx * cos + dy * sin, 1000.0)
        route[w, agent, 3 * k + 1] = _bounded(dy * cos - dx * sin, 1000.0)
        route[w, agent, 3 * k + 2] = wrap(heading - actor.heading)


@inlined
def _draw_actors(state, scratch, w, agent, actors, mask):
    """The others, nearest first; rows of those who are not there are 0."""
    count = _sort_by_distance(state, scratch, w, agent)
    width = len(ACTOR_FEATURES)
    for k in range(mask.shape[2]):
        if k < count:
            mask[w, agent, k] = 1.0
            _draw_actor(state, scratch, w, agent, scratch.order[k], actors, k * width)
        else:
            mask[w, agent, k] = 0.0
            for column in range(width):
                actors[w, agent, k * width + column] = 0.0


@inlined
def _sort_by_distance(state, scratch, w, agent):
    """Others into scratch.order by insertion, distances into scratch.numbers; returns how many are there."""
    own, count = state.actors[w, agent], 0
    for i in range(state.actors.shape[1]):
        actor = state.actors[w, i]
        if i == agent or actor.kind == ABSENT:
            continue
        distance = (actor.x - own.x) ** 2 + (actor.y - own.y) ** 2
        k = count
        while k > 0 and scratch.numbers[k - 1] > distance:
            scratch.numbers[k], scratch.order[k] = scratch.numbers[k - 1], scratch.order[k - 1]
            k -= 1
        scratch.numbers[k], scratch.order[k] = distance, i
        count += 1
    return count


@inlined
def _draw_actor(state, scratch, w, agent, i, actors, column):
    own, actor = state.actors[w, agent], state.actors[w, i]
    cos, sin = scratch.facings[agent, 0], scratch.facings[agent, 1]
    dx, dy = actor.x - own.x, actor.y - own.y
    turn_cos = scratch.facings[i, 0] * cos + scratch.facings[i, 1] * sin
    turn_sin = scratch.facings[i, 1] * cos - scratch.facings[i, 0] * sin
    row = actors[w, agent]
    row[column] = _bounded(dx * cos + dy * sin, 2000.0)
    row[column + 1] = _bounded(dy * cos - dx * sin, 2000.0)
    row[column + 2], row[column + 3] = _bounded(turn_cos, 1.0), _bounded(turn_sin, 1.0)
    row[column + 4] = _bounded(actor.speed * turn_cos, 100.0)
    row[column + 5] = _bounded(actor.speed * turn_sin, 100.0)
    row[column + 6], row[column + 7] = min(actor.length, 100.0), min(actor.width, 100.0)
    row[column + 8] = 1.0 if actor.kind == PEDESTRIAN else 0.0
