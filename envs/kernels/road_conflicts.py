"""Where two lanes share ground: exact on the centrelines' chords."""

from envs.kernels.compilation import inlined, inner, kernel
from envs.kernels.road_nearness import NOWHERE, near_segment
from envs.kernels.road_records import CROSSING, DIVERGING, MERGING

BODY_GAP = 2.2
"""Centrelines nearer than this share ground: bodies are 2 m wide [m]."""
SHORT = 5.0
"""Lanes joined by one shorter than this follow one another rather than conflict [m]."""


@inlined
def _follows(lanes, a, b):
    """Whether lane b is a successor of lane a, or of a short successor of it."""
    for k in range(lanes[a].num_next):
        middle = lanes[a].next[k]
        if middle == b:
            return True
        if lanes[middle].length < SHORT:
            for m in range(lanes[middle].num_next):
                if lanes[middle].next[m] == b:
                    return True
    return False


@inlined
def _share_successor(lanes, a, b):
    for k in range(lanes[a].num_next):
        for m in range(lanes[b].num_next):
            if lanes[a].next[k] == lanes[b].next[m]:
                return True
    return False


@inlined
def _begin_together(points, lanes, a, b):
    p, q = points[lanes[a].first], points[lanes[b].first]
    return abs(p.x - q.x) < 1e-6 and abs(p.y - q.y) < 1e-6


@inlined
def _kind(lanes, points, a, b):
    if _share_successor(lanes, a, b):
        return MERGING
    if _begin_together(points, lanes, a, b):
        return DIVERGING
    return CROSSING


@kernel
def bound_lanes(lanes, points, bounds):
    """Least and greatest x and y of every lane into `bounds` [lane 4]."""
    for lane in range(len(lanes)):
        low_x, low_y, high_x, high_y = NOWHERE, NOWHERE, -NOWHERE, -NOWHERE
        for k in range(lanes[lane].first, lanes[lane].first + lanes[lane].count):
            low_x, high_x = min(low_x, points[k].x), max(high_x, points[k].x)
            low_y, high_y = min(low_y, points[k].y), max(high_y, points[k].y)
        bounds[lane, 0] = low_x
        bounds[lane, 1] = low_y
        bounds[lane, 2] = high_x
        bounds[lane, 3] = high_y


@inlined
def _overlap(bounds, a, x0, y0, x1, y1, gap):
    return (
        x0 - gap <= bounds[a, 2] and x1 + gap >= bounds[a, 0] and y0 - gap <= bounds[a, 3] and y1 + gap >= bounds[a, 1]
    )


@inner
def shared_stretch(lanes, points, bounds, a, b, stretch):
    """Where a and b are nearer than BODY_GAP into `stretch` (low, high, other low, other high); whether they are."""
    stretch[0], stretch[1], stretch[2], stretch[3] = NOWHERE, -NOWHERE, NOWHERE, -NOWHERE
    for i in range(lanes[a].first, lanes[a].first + lanes[a].count - 1):
        p, q = points[i], points[i + 1]
        if not _overlap(bounds, b, min(p.x, q.x), min(p.y, q.y), max(p.x, q.x), max(p.y, q.y), BODY_GAP):
            continue
        for j in range(lanes[b].first, lanes[b].first + lanes[b].count - 1):
            u, v = points[j], points[j + 1]
            reach = 2.0 * BODY_GAP + (q.s - p.s) + (v.s - u.s)
            apart_x, apart_y = p.x + q.x - u.x - v.x, p.y + q.y - u.y - v.y
            if apart_x * apart_x + apart_y * apart_y > reach * reach:  # twice the distance of the middles
                continue
            low, high = near_segment(p.x, p.y, q.x, q.y, u.x, u.y, v.x, v.y, BODY_GAP)
            if low <= high:
                stretch[0], stretch[1] = min(stretch[0], p.s + low), max(stretch[1], p.s + high)
            low, high = near_segment(u.x, u.y, v.x, v.y, p.x, p.y, q.x, q.y, BODY_GAP)
            if low <= high:
                stretch[2], stretch[3] = min(stretch[2], u.s + low), max(stretch[3], u.s + high)
    return stretch[0] <= stretch[1] and stretch[2] <= stretch[3]


@kernel
def find_conflicts(lanes, points, bounds, pairs, stretches):
    """All pairs of lanes that share ground: `pairs` [pair 3] (a, b, kind), a < b, and `stretches` [pair 4].

    Lanes that follow one another, and neighbours, do not conflict. Returns the number of pairs; what does not
    fit is counted and left out.
    """
    num = 0
    for a in range(len(lanes)):
        for b in range(a + 1, len(lanes)):
            if not _overlap(bounds, a, bounds[b, 0], bounds[b, 1], bounds[b, 2], bounds[b, 3], BODY_GAP):
                continue
            if lanes[a].left == b or lanes[a].right == b or lanes[b].left == a or lanes[b].right == a:
                continue
            if _follows(lanes, a, b) or _follows(lanes, b, a):
                continue
            room = min(num, len(stretches) - 1)
            if shared_stretch(lanes, points, bounds, a, b, stretches[room]):
                if num < len(pairs):
                    pairs[num, 0] = a
                    pairs[num, 1] = b
                    pairs[num, 2] = _kind(lanes, points, a, b)
                num += 1
    return num


@inlined
def _put(conflict, other, kind, right, low, high, other_low, other_high):
    conflict.lane = other
    conflict.kind = kind
    conflict.right = right
    conflict.low = low
    conflict.high = high
    conflict.other_low = other_low
    conflict.other_high = other_high


@kernel
def sort_conflicts(lanes, pairs, stretches, rights, conflicts):
    """Both sides of every pair into `conflicts`, those of one lane side by side, and where into `lanes`.

    `rights` [lane lane]: 1 where the lane of the row goes before that of the column, -1 the other way round.
    """
    for k in range(len(pairs)):
        lanes[pairs[k, 0]].num_conflicts += 1
        lanes[pairs[k, 1]].num_conflicts += 1
    first = 0
    for lane in range(len(lanes)):
        lanes[lane].first_conflict = first
        first += lanes[lane].num_conflicts
        lanes[lane].num_conflicts = 0
    for k in range(len(pairs)):
        a, b, kind = pairs[k, 0], pairs[k, 1], pairs[k, 2]
        right = rights[a, b] if kind != DIVERGING else 0
        at = lanes[a].first_conflict + lanes[a].num_conflicts
        _put(conflicts[at], b, kind, right, stretches[k, 0], stretches[k, 1], stretches[k, 2], stretches[k, 3])
        lanes[a].num_conflicts += 1
        at = lanes[b].first_conflict + lanes[b].num_conflicts
        _put(conflicts[at], a, kind, -right, stretches[k, 2], stretches[k, 3], stretches[k, 0], stretches[k, 1])
        lanes[b].num_conflicts += 1
