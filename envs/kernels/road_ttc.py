"""Time to collision: whether two boxes touch soon if both go on at constant speed and heading.

It is asked at the times 0, 0.1, ..., 0.9 s. As the boxes do not turn, each of the four axes that may separate them
(those of their sides) does so except in one interval of time; they touch while all four intervals last.
"""

import math

from envs.kernels.compilation import inlined

TIMES = 10
TIME_STEP = 0.1
"""They are asked at k * TIME_STEP, k < TIMES: contact first after 0.95 s is late enough."""
_SLACK = 1e-9


@inlined
def touches_soon(a, b):
    """Whether the boxes of actors `a` and `b` touch at one of the times asked."""
    a_cos, a_sin = math.cos(a.heading), math.sin(a.heading)
    b_cos, b_sin = math.cos(b.heading), math.sin(b.heading)
    x, y = b.x - a.x, b.y - a.y
    u, v = b.speed * b_cos - a.speed * a_cos, b.speed * b_sin - a.speed * a_sin
    along, across = abs(a_cos * b_cos + a_sin * b_sin), abs(a_cos * b_sin - a_sin * b_cos)
    begin, end = 0.0, (TIMES - 1) * TIME_STEP
    reach = 0.5 * (a.length + b.length * along + b.width * across)
    begin, end = _while_near(begin, end, x * a_cos + y * a_sin, u * a_cos + v * a_sin, reach)
    reach = 0.5 * (a.width + b.length * across + b.width * along)
    begin, end = _while_near(begin, end, y * a_cos - x * a_sin, v * a_cos - u * a_sin, reach)
    reach = 0.5 * (b.length + a.length * along + a.width * across)
    begin, end = _while_near(begin, end, x * b_cos + y * b_sin, u * b_cos + v * b_sin, reach)
    reach = 0.5 * (b.width + a.length * across + a.width * along)
    begin, end = _while_near(begin, end, y * b_cos - x * b_sin, v * b_cos - u * b_sin, reach)
    if begin > end + _SLACK:
        return False  # Boxes that hardly move may be apart until a time too large for an integer.
    return math.ceil(begin / TIME_STEP - _SLACK) <= math.floor(end / TIME_STEP + _SLACK)


@inlined
def _while_near(begin, end, distance, rate, reach):
    """The part of [begin, end] in which |distance + rate t| <= reach; with end < begin where there is none."""
    if rate == 0.0:
        return begin, end if abs(distance) <= reach else -1.0
    one, other = (-reach - distance) / rate, (reach - distance) / rate
    return max(begin, min(one, other)), min(end, max(one, other))
