"""How a controlled vehicle keeps to a path.

The lateral error e and the error theta of the course (heading + slip) obey, along the distance driven, e' = theta and
theta' = curvature - path curvature. Both poles are put at -1 / reach:

    curvature = path curvature - e / reach^2 - 2 theta / reach,      reach = max(REACH, REACH_SECONDS * speed),

which is critically damped, so that it does not overshoot. The slip is itself set by the command, sin(beta) =
curvature * wheelbase / 2, so the command is solved for with that in it. The path's curvature is taken a little ahead,
as the wheels take time to turn.
"""

from envs.kernels.bicycle import steering_of_curvature
from envs.kernels.compilation import inlined
from envs.kernels.road_lines import wrap
from envs.kernels.road_records import PATH_STEP

LANE_LEFT, KEEP, LANE_RIGHT, FASTER, SLOWER = range(5)
"""The meta actions."""
REACH = 4.0
"""Shortest distance in which an error falls to 1/e [m]."""
REACH_SECONDS = 0.95
PREVIEW_SECONDS = 0.15
"""How far ahead of the vehicle the path's curvature is taken."""
AVERAGED = 1.5
"""Curvature is averaged over so many metres to either side, and over a tenth of a second's way."""
LAG_SECONDS = 0.025
"""Half a substep: in each the bicycle goes the way that it faced at its beginning, so it has to lean into curves."""
MAX_LEAN = 0.35
"""Angle to the path at which a large error is reduced [rad]."""
MAX_LATERAL = 2.5
"""Lateral acceleration spent on reducing an error [m/s^2]."""


@inlined
def follow_path(state, rules, roads, scratch, w, agent, offset, speed):
    """The steering angle that brings an agent to `offset` metres left of its route's path.

    `speed` [m/s] is the one that it is driven at; `path_s` and `path_d` of the agent are up to date.
    """
    me, actor = state.agents[w, agent], state.actors[w, agent]
    slot = scratch.slot[w]
    return steer_to_path(roads, slot, me.route, me.path_s, me.path_d, actor.heading, speed, actor.wheelbase, offset)


@inlined
def steer_to_path(roads, slot, route, s, d, heading, speed, wheelbase, offset):
    """The same for any vehicle at (s, d) of a route's path, with that heading."""
    bend = path_curvature(roads, slot, route, s + PREVIEW_SECONDS * speed, AVERAGED + 0.05 * speed)
    bend = bend / max(1.0 - bend * d, 0.2)
    reach = max(REACH, REACH_SECONDS * speed)
    most = min(2.0 * MAX_LEAN * reach, MAX_LATERAL * reach * reach / max(speed * speed, 1.0))
    error = min(max(d - offset, -most), most)
    lean = wrap(heading - path_heading(roads, slot, route, s)) - LAG_SECONDS * speed * bend
    curvature = (bend - error / (reach * reach) - 2.0 * lean / reach) / (1.0 + wheelbase / reach)
    return steering_of_curvature(curvature, wheelbase)


@inlined
def path_heading(roads, slot, route, s):
    """Heading of a route's path at s [rad]."""
    record = roads.routes[slot, route]
    along = min(max(s / PATH_STEP, 0.0), record.num_points - 1.0)
    k = min(int(along), record.num_points - 2)
    first = roads.path[slot, record.first_point + k].heading
    turn = wrap(roads.path[slot, record.first_point + k + 1].heading - first)
    return first + (along - k) * turn


@inlined
def path_curvature(roads, slot, route, s, half):
    """Curvature of a route's path at s [1/m], averaged over `half` metres to either side."""
    turn = path_heading(roads, slot, route, s + half) - path_heading(roads, slot, route, s - half)
    return wrap(turn) / (2.0 * half)


@inlined
def apply_meta(state, rules, roads, scratch, w, agent, action):
    """Move an agent's targets by one meta action: lane left, keep, lane right, faster, slower.

    `target_d` is the offset from the route's path of the lane that it steers for. A change towards a lane that is not
    there changes nothing, and where the lane that it is on ends, or the road has fewer of them, it comes back as far
    as it must.
    """
    me = state.agents[w, agent]
    if action == FASTER:
        me.target_speed = min(me.target_speed + rules.speed_step, rules.max_speed)
    elif action == SLOWER:
        me.target_speed = max(me.target_speed - rules.speed_step, 0.0)
    wish = 1 if action == LANE_LEFT else (-1 if action == LANE_RIGHT else 0)
    me.target_d = lane_offset(roads, scratch.slot[w], me.route, me.index, me.target_d, wish)


@inlined
def lane_offset(roads, slot, route, index, offset, wish):
    """Offset [m] from a path of the lane nearest to `offset`, or (`wish`) of its left (1) or right (-1) neighbour."""
    lane = roads.path[slot, roads.routes[slot, route].first_point + index].lane
    at, side = 0.0, 1.0 if offset > 0.0 else -1.0
    if lane < 0:
        return at
    while True:
        other = _neighbour(roads, slot, lane, side)
        if other < 0:
            break
        apart = 0.5 * (roads.lanes[slot, lane].width + roads.lanes[slot, other].width)
        if side * (offset - at) < 0.5 * apart:
            break
        lane, at = other, at + side * apart
    other = _neighbour(roads, slot, lane, wish) if wish != 0 else -1
    if other >= 0:
        at += wish * 0.5 * (roads.lanes[slot, lane].width + roads.lanes[slot, other].width)
    return at


@inlined
def _neighbour(roads, slot, lane, side):
    return roads.lanes[slot, lane].left if side > 0 else roads.lanes[slot, lane].right
