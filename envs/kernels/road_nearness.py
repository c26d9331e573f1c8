"""How near two segments come to one another, as stretches of them."""

import math

from envs.kernels.compilation import inlined

NOWHERE = 1e30
"""A stretch from NOWHERE to -NOWHERE is empty, whatever it is united with."""


@inlined
def _disc(px, py, dx, dy, length, cx, cy, radius):
    """The stretch of the ray (p, unit d) within a disc, cut to [0, length]; low > high: none."""
    ox, oy = cx - px, cy - py
    along = ox * dx + oy * dy
    rest = radius * radius - (ox * ox + oy * oy - along * along)
    if rest < 0.0:
        return NOWHERE, -NOWHERE
    reach = math.sqrt(rest)
    return max(along - reach, 0.0), min(along + reach, length)


@inlined
def slab(origin, rate, low, high, first, last):
    """[first, last] cut to where low <= origin + t * rate <= high."""
    if abs(rate) < 1e-12:
        if origin < low or origin > high:
            return NOWHERE, -NOWHERE
        return first, last
    a, b = (low - origin) / rate, (high - origin) / rate
    return max(first, min(a, b)), min(last, max(a, b))


@inlined
def near_segment(ax, ay, bx, by, cx, cy, dx, dy, gap):
    """The stretch of segment ab within `gap` of segment cd, as distances from a; low > high: none.

    What is nearer to cd than `gap` is convex (a rectangle and two discs), so the stretch is in one piece.
    """
    length, other = math.hypot(bx - ax, by - ay), math.hypot(dx - cx, dy - cy)
    if length < 1e-12 or other < 1e-12:
        return NOWHERE, -NOWHERE
    ux, uy = (bx - ax) / length, (by - ay) / length
    vx, vy = (dx - cx) / other, (dy - cy) / other
    ox, oy = ax - cx, ay - cy
    low, high = slab(ox * vx + oy * vy, ux * vx + uy * vy, 0.0, other, 0.0, length)
    low, high = slab(oy * vx - ox * vy, uy * vx - ux * vy, -gap, gap, low, high)
    if low > high:
        low, high = NOWHERE, -NOWHERE
    first, last = _disc(ax, ay, ux, uy, length, cx, cy, gap)
    if first <= last:
        low, high = min(low, first), max(high, last)
    first, last = _disc(ax, ay, ux, uy, length, dx, dy, gap)
    if first <= last:
        low, high = min(low, first), max(high, last)
    return low, high
