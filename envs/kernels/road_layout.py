"""Centrelines measured, and the paths that run along them."""

import math

from envs.kernels.compilation import inlined, kernel
from envs.kernels.road_lines import wrap
from envs.kernels.road_records import PATH_STEP

FINE_STEP = 0.25
"""Distance of the points that a path is laid through before it is cut into pieces of PATH_STEP [m]."""
BLEND = 40.0
"""Length over which a path changes lanes, where the lanes are long enough [m]."""
BLEND_SHARE = 0.9
"""Share of a lane's length that its lane changes may take at most []."""


@kernel
def measure_lanes(poses, lanes, points):
    """Fill `points` from `poses` [point 3], and every lane's length and bend, from its `first` and `count`."""
    for lane in range(len(lanes)):
        first, count = lanes[lane].first, lanes[lane].count
        s, bend = 0.0, 0.0
        for k in range(first, first + count):
            if k > first:
                chord = math.hypot(poses[k, 0] - poses[k - 1, 0], poses[k, 1] - poses[k - 1, 1])
                bend = max(bend, abs(wrap(poses[k, 2] - poses[k - 1, 2])) / max(chord, 0.5))
                s += chord
            point = points[k]
            point.x = poses[k, 0]
            point.y = poses[k, 1]
            point.s = s
            point.heading = wrap(poses[k, 2])
        lanes[lane].length = s
        lanes[lane].bend = bend


@kernel
def vertex_headings(poses):
    """Headings of a polyline's tangents into `poses` [point 3], exact where its points lie on a circle."""
    last = len(poses) - 1
    ahead = math.atan2(poses[1, 1] - poses[0, 1], poses[1, 0] - poses[0, 0])
    length = math.hypot(poses[1, 1] - poses[0, 1], poses[1, 0] - poses[0, 0])
    poses[0, 2] = ahead
    poses[last, 2] = ahead
    for k in range(1, last):
        dx, dy = poses[k + 1, 0] - poses[k, 0], poses[k + 1, 1] - poses[k, 1]
        after, after_length = math.atan2(dy, dx), math.hypot(dx, dy)
        bend = wrap(after - ahead)
        poses[k, 2] = ahead + math.atan2(length * math.sin(bend), after_length + length * math.cos(bend))
        if k == 1:  # a chord halves the angle between the tangents at its ends
            poses[0, 2] = 2.0 * ahead - poses[1, 2]
        if k == last - 1:
            poses[last, 2] = after + wrap(after - poses[k, 2])
        ahead, length = after, after_length


@inlined
def _segment_at(lanes, points, lane, s):
    """Index of the point that begins the segment in which `s` lies."""
    low = lanes[lane].first
    high = low + lanes[lane].count - 2
    while low < high:
        middle = (low + high + 1) >> 1
        if points[middle].s <= s:
            low = middle
        else:
            high = middle - 1
    return low


@inlined
def _pose_at(lanes, points, lane, share):
    """x, y and heading where `share` of the lane's length is covered."""
    s = share * lanes[lane].length
    k = _segment_at(lanes, points, lane, s)
    a, b = points[k], points[k + 1]
    t = (s - a.s) / max(b.s - a.s, 1e-12)
    return a.x + t * (b.x - a.x), a.y + t * (b.y - a.y), a.heading + t * wrap(b.heading - a.heading)


@inlined
def _are_neighbours(lanes, a, b):
    return lanes[a].left == b or lanes[a].right == b


@inlined
def _blend(share, length, changes):
    """Which lane change is nearest, how much of it is done, and how fast it proceeds per metre."""
    change = min(max(math.floor(share * (changes + 1) - 0.5), 0), changes - 1)
    reach = min(BLEND / length, BLEND_SHARE / (changes + 1))
    x = min(max((share - (change + 1) / (changes + 1)) / reach + 0.5, 0.0), 1.0)
    return change, x * x * x * (10.0 + x * (6.0 * x - 15.0)), 30.0 * (x * (1.0 - x)) ** 2 / (reach * length)


@inlined
def _section_pose(lanes, points, route_lanes, first, changes, share):
    """Lane, x, y and heading at a share of a section: lanes side by side, changed through one after the other."""
    lane = route_lanes[first]
    x, y, heading = _pose_at(lanes, points, lane, share)
    if changes > 0:
        change, weight, rate = _blend(share, lanes[lane].length, changes)
        lane, other = route_lanes[first + change], route_lanes[first + change + 1]
        x, y, heading = _pose_at(lanes, points, lane, share)
        other_x, other_y, other_heading = _pose_at(lanes, points, other, share)
        aside = (other_y - y) * math.cos(heading) - (other_x - x) * math.sin(heading)
        x += weight * (other_x - x)
        y += weight * (other_y - y)
        heading += weight * wrap(other_heading - heading) + math.atan(aside * rate)
        if weight >= 0.5:
            lane = other
    return lane, x, y, heading


@inlined
def _cut(x, y, from_x, from_y, to_x, to_y):
    """Where on the way from one point to another the distance to (x, y) becomes PATH_STEP, in [0, 1]."""
    dx, dy = to_x - from_x, to_y - from_y
    ox, oy = from_x - x, from_y - y
    a, b, c = dx * dx + dy * dy, ox * dx + oy * dy, ox * ox + oy * oy - PATH_STEP * PATH_STEP
    return min(max((-b + math.sqrt(max(b * b - a * c, 0.0))) / max(a, 1e-18), 0.0), 1.0)


@inlined
def _put(path, index, lanes, lane, x, y, heading, share):
    point = path[index]
    point.x = x
    point.y = y
    point.heading = wrap(heading)
    point.limit = lanes[lane].limit
    point.lane = lane
    point.lane_s = share * lanes[lane].length


@kernel
def lay_path(lanes, points, route_lanes, first, count, path, offset):
    """Lay one route's path into ``path[offset:]``; returns its number of points.

    Consecutive points are exactly PATH_STEP apart (as the crow flies), so that a position on the path is an
    index. Lanes side by side are walked by shares of their lengths, and lane changes spread evenly over them.
    """
    lane, x, y, heading = _section_pose(lanes, points, route_lanes, first, 0, 0.0)
    _put(path, offset, lanes, lane, x, y, heading, 0.0)
    put_x, put_y, from_x, from_y = x, y, x, y
    num = 1
    begin = first
    while begin < first + count:
        end = begin
        while end + 1 < first + count and _are_neighbours(lanes, route_lanes[end], route_lanes[end + 1]):
            end += 1
        changes = end - begin
        steps = math.ceil(lanes[route_lanes[begin]].length / FINE_STEP)
        for k in range(1, steps + 1):
            lane, x, y, heading = _section_pose(lanes, points, route_lanes, begin, changes, k / steps)
            if math.hypot(x - put_x, y - put_y) >= PATH_STEP and offset + num < len(path):
                t = _cut(put_x, put_y, from_x, from_y, x, y)
                share = (k - 1 + t) / steps
                put_x, put_y = from_x + t * (x - from_x), from_y + t * (y - from_y)
                lane, _, _, heading = _section_pose(lanes, points, route_lanes, begin, changes, share)
                _put(path, offset + num, lanes, lane, put_x, put_y, heading, share)
                num += 1
            from_x, from_y = x, y
        begin = end + 1
    return num
