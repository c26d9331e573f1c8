"""Where a controlled vehicle is, as far as its judgement asks: on which lanes, which way, under which limit."""

import math

from envs.kernels.compilation import inlined, inner
from envs.kernels.road_boxes import corner
from envs.kernels.road_lines import lane_pose, lanes_near, project_lane
from envs.kernels.road_records import CONNECTOR


@inner
def within_lanes(roads, slot, x, y, heading, length, width):
    """(whether a box lies wholly in one lane, whether its centre lies in a junction).

    A lane goes straight on beyond its ends here, so that a vehicle on its way from a lane to its successor lies in
    one of them.
    """
    is_whole, is_crossing = False, False
    low, high = lanes_near(roads, slot, x, y)
    for k in range(low, high):
        lane = roads.lookup_lanes[slot, k]
        record = roads.lanes[slot, lane]
        s, d = project_lane(roads, slot, lane, x, y)
        if abs(d) > 0.5 * record.width or not 0.0 <= s <= record.length:
            continue
        if record.kind == CONNECTOR and record.junction >= 0:
            is_crossing = True
        if is_whole:
            continue
        is_whole = True
        for c in range(4):
            corner_x, corner_y = corner(x, y, heading, length, width, c)
            _, aside = project_lane(roads, slot, lane, corner_x, corner_y)
            if abs(aside) > 0.5 * record.width:
                is_whole = False
                break
    return is_whole, is_crossing


@inlined
def route_lane(roads, slot, me):
    """The lane of an agent's route that its centre is on, or -1."""
    lane = roads.path[slot, roads.routes[slot, me.route].first_point + me.index].lane
    return lane if lane >= 0 and abs(me.path_d) <= 0.5 * roads.lanes[slot, lane].width else -1


@inner
def best_lane(roads, slot, x, y, heading):
    """(lane, cosine): of the lanes under a position the one most along `heading`, and how far; (-1, 1) off all."""
    best, most = -1, -2.0
    low, high = lanes_near(roads, slot, x, y)
    for k in range(low, high):
        lane = roads.lookup_lanes[slot, k]
        s, d = project_lane(roads, slot, lane, x, y)
        if abs(d) <= 0.5 * roads.lanes[slot, lane].width and 0.0 <= s <= roads.lanes[slot, lane].length:
            cosine = math.cos(heading - lane_pose(roads, slot, lane, s, 0.0)[2])
            if cosine > most:
                best, most = lane, cosine
    return best, most if best >= 0 else 1.0


@inlined
def lies_with(roads, slot, me, heading):
    """Cosine of the angle between a heading and the path of the agent's route."""
    return math.cos(heading - roads.path[slot, roads.routes[slot, me.route].first_point + me.index].heading)


@inner
def generous_limit(roads, slot, route, lane):
    """Speed limit of a lane [m/s]; a connector's is the highest of those that it connects.

    These are the route's lanes before and behind it where the connector is on the route, else all.
    """
    limit = roads.lanes[slot, lane].limit
    if roads.lanes[slot, lane].kind != CONNECTOR:
        return limit
    first = roads.routes[slot, route].first
    last = first + roads.routes[slot, route].count - 1
    for k in range(first, last + 1):
        if roads.route_lanes[slot, k] == lane:
            if k > first:
                limit = max(limit, roads.lanes[slot, roads.route_lanes[slot, k - 1]].limit)
            if k < last:
                limit = max(limit, roads.lanes[slot, roads.route_lanes[slot, k + 1]].limit)
            return limit
    for k in range(roads.lanes[slot, lane].num_next):
        limit = max(limit, roads.lanes[slot, roads.lanes[slot, lane].next[k]].limit)
    for other in range(roads.counts[slot].lanes):
        for k in range(roads.lanes[slot, other].num_next):
            if roads.lanes[slot, other].next[k] == lane:
                limit = max(limit, roads.lanes[slot, other].limit)
    return limit
