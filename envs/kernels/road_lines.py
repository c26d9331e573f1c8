"""Frenet coordinates of lanes and paths, both ways.

A line c(s) is a chain of chords; its heading h(s) is given at the points and linear in s between them, so that it
is continuous where the chords have corners. A pose at (s, d) is

    p = c(s) + d * (-sin h(s), cos h(s)),  heading h(s);

beyond its ends a line goes straight on. Its inverse seeks the foot s with (p - c(s)) . (cos h(s), sin h(s)) = 0: that
is continuous along the whole line and falls with s wherever |d| is less than the radius of the curve, so the foot is
found by Newton's method on one chord, going over to the next while it lies beyond.
"""

from math import ceil, cos, floor, pi, sin, sqrt

from envs.kernels.compilation import inlined
from envs.kernels.road_records import LOOKUP_CELL, PATH_STEP

_CLOSE = 1e-6
"""Newton's last step [m]: what remains after it is of the order of its square."""
_ROUNDS = 12
_HOPS = 8
_SLACK = 1e-12
"""How far beyond a chord its foot may lie, as a share of the chord, before the next one is asked."""


@inlined
def wrap(angle):
    """The same angle in (-pi, pi] [rad]."""
    if -pi < angle <= pi:
        return angle
    turned = angle - 2.0 * pi * ceil((angle - pi) / (2.0 * pi))
    return pi if turned <= -pi else turned


@inlined
def blend_angle(a, b, t):
    """From `a` at t = 0 to `b` at t = 1 the shorter way round, in (-pi, pi] [rad]."""
    return wrap(a + t * wrap(b - a))


@inlined
def lane_pose(roads, slot, lane, s, d):
    """(x, y, heading) at (s, d) of a lane; beyond its ends it goes straight on."""
    points = roads.points[slot]
    first = roads.lanes[slot, lane].first
    low, high = first, first + roads.lanes[slot, lane].count - 1
    while high - low > 1:
        middle = (low + high) // 2
        if points[middle].s <= s:
            low = middle
        else:
            high = middle
    a, b = points[low], points[high]
    return _pose(a.x, a.y, a.heading, b.x, b.y, b.heading, s - a.s, b.s - a.s, d)


@inlined
def path_pose(roads, slot, route, s, d):
    """(x, y, heading, limit) at (s, d) of a route's path; beyond its ends it goes straight on."""
    path = roads.path[slot]
    first = roads.routes[slot, route].first_point
    k = int(max(0.0, min(floor(s / PATH_STEP), roads.routes[slot, route].num_points - 2.0)))
    a, b = path[first + k], path[first + k + 1]
    x, y, heading = _pose(a.x, a.y, a.heading, b.x, b.y, b.heading, s - k * PATH_STEP, PATH_STEP, d)
    return x, y, heading, a.limit if s < (k + 1) * PATH_STEP else b.limit


@inlined
def project_lane(roads, slot, lane, x, y):
    """(s, d) of a position on a lane: s < 0 before its beginning, s > length behind its end."""
    points = roads.points[slot]
    first = roads.lanes[slot, lane].first
    last = first + roads.lanes[slot, lane].count - 1
    k = _nearest_chord(points, first, last, x, y)
    t, d = 0.0, 0.0
    previous = k
    for hop in range(_HOPS):
        a, b = points[k], points[k + 1]
        t, d = _foot(a.x, a.y, a.heading, b.x, b.y, b.heading, b.s - a.s, x, y)
        step = _next_chord(t, k, first, last - 1)
        if step == 0 or k + step == previous or hop == _HOPS - 1:
            break
        previous = k
        k += step
    a, b = points[k], points[k + 1]
    if k == first and t < 0.0:
        along, d = _beyond(a.x, a.y, a.heading, x, y)
        return a.s + along, d
    if k == last - 1 and t > 1.0:
        along, d = _beyond(b.x, b.y, b.heading, x, y)
        return b.s + along, d
    return a.s + t * (b.s - a.s), d


@inlined
def project_path(roads, slot, route, x, y, index, reach):
    """(s, d, index) on a route's path, nearest among its points index - reach to index + reach.

    `index` is that of the point nearest to the last projection; the one returned is this projection's.
    """
    path = roads.path[slot]
    first = roads.routes[slot, route].first_point
    last = roads.routes[slot, route].num_points - 1
    k = min(_nearest_point(path, first, max(0, index - reach), min(last, index + reach), x, y), last - 1)
    t, d = 0.0, 0.0
    previous = k
    for hop in range(_HOPS):
        a, b = path[first + k], path[first + k + 1]
        t, d = _foot(a.x, a.y, a.heading, b.x, b.y, b.heading, PATH_STEP, x, y)
        step = _next_chord(t, k, 0, last - 1)
        if step == 0 or k + step == previous or hop == _HOPS - 1:
            break
        previous = k
        k += step
    a, b = path[first + k], path[first + k + 1]
    if k == 0 and t < 0.0:
        along, d = _beyond(a.x, a.y, a.heading, x, y)
        return along, d, 0
    if k == last - 1 and t > 1.0:
        along, d = _beyond(b.x, b.y, b.heading, x, y)
        return last * PATH_STEP + along, d, last
    return (k + t) * PATH_STEP, d, k if t < 0.5 else k + 1


@inlined
def lanes_near(roads, slot, x, y):
    """(first, last): roads.lookup_lanes[slot, first:last] are the lanes whose strips may hold the position."""
    counts = roads.counts[slot]
    down, across = (y - counts.y) / LOOKUP_CELL, (x - counts.x) / LOOKUP_CELL
    if not (0.0 <= down < counts.lookup_rows and 0.0 <= across < counts.lookup_cols):
        return 0, 0
    cell = int(down) * counts.lookup_cols + int(across)
    return roads.lookup_first[slot, cell], roads.lookup_first[slot, cell + 1]


@inlined
def _pose(ax, ay, ah, bx, by, bh, along, length, d):
    """Pose `along` metres behind a on the chord from a to b, `d` to its left."""
    if along < 0.0:
        heading = ah
        x, y = ax + along * cos(heading), ay + along * sin(heading)
    elif along > length:
        heading = bh
        x, y = bx + (along - length) * cos(heading), by + (along - length) * sin(heading)
    else:
        t = along / length
        heading = ah if ah == bh else blend_angle(ah, bh, t)
        x, y = ax + t * (bx - ax), ay + t * (by - ay)
    if d != 0.0:
        x -= d * sin(heading)
        y += d * cos(heading)
    return x, y, wrap(heading)


@inlined
def _foot(ax, ay, ah, bx, by, bh, length, x, y):
    """(t, d): foot on the chord from a (t = 0) to b (t = 1), which may lie beyond either, and offset to the left."""
    east, north, turn = bx - ax, by - ay, wrap(bh - ah)
    t = ((x - ax) * east + (y - ay) * north) / (east * east + north * north)
    # Far beyond the chord the heading would turn on and on: what counts there is only on which side it lies.
    t = max(-1.0, min(t, 2.0)) if turn != 0.0 else t
    d = 0.0
    for _ in range(_ROUNDS):
        heading = ah + t * turn
        cosine, sine = cos(heading), sin(heading)
        right, up = x - ax - t * east, y - ay - t * north
        d = up * cosine - right * sine
        slope = turn * d - (east * cosine + north * sine)
        if slope >= 0.0:  # at or beyond the centre of the curve: no foot is the right one
            break
        step = -(right * cosine + up * sine) / slope
        t += step
        d = (y - ay - t * north) * cosine - (x - ax - t * east) * sine
        if turn == 0.0 or abs(step) * length < _CLOSE:
            break
        t = max(-1.0, min(t, 2.0))
    return t, d


@inlined
def _next_chord(t, k, first, last):
    """-1, 0 or 1: where the foot is sought next."""
    if t < -_SLACK and k > first:
        return -1
    if t > 1.0 + _SLACK and k < last:
        return 1
    return 0


@inlined
def _beyond(x0, y0, heading, x, y):
    """(along, d) in the frame of a line's end."""
    cosine, sine = cos(heading), sin(heading)
    return (x - x0) * cosine + (y - y0) * sine, (y - y0) * cosine - (x - x0) * sine


@inlined
def _nearest_chord(points, first, last, x, y):
    """Index of the point where the nearest chord begins.

    From a chord `distance` away nothing `distance - nearest` further along can be nearer: that much is skipped.
    """
    best, nearest, skip = first, 1e300, -1e300
    for k in range(first, last):
        b = points[k + 1]
        if b.s < skip:
            continue
        a = points[k]
        east, north = b.x - a.x, b.y - a.y
        length = east * east + north * north
        t = max(0.0, min(((x - a.x) * east + (y - a.y) * north) / length, 1.0)) if length > 0.0 else 0.0
        right, up = x - a.x - t * east, y - a.y - t * north
        distance = sqrt(right * right + up * up)
        if distance < nearest:
            best, nearest = k, distance
        else:
            skip = a.s + t * (b.s - a.s) + distance - nearest
    return best


@inlined
def _nearest_point(path, first, low, high, x, y):
    """Which of the path's points low..high is nearest."""
    best, nearest = low, 1e300
    for k in range(low, high + 1):
        point = path[first + k]
        right, up = x - point.x, y - point.y
        if right * right + up * up < nearest:
            best, nearest = k, right * right + up * up
    return best
