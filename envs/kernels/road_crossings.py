"""Where crosswalks lie over lanes: exact on the centrelines' chords."""

import math

from envs.kernels.compilation import kernel
from envs.kernels.road_nearness import NOWHERE, slab

HALF_BODY = 1.0
"""A crosswalk matters to a lane whose bodies, not only its centreline, touch it [m]."""


@kernel
def find_crossings(lanes, points, crosswalks, crossings):
    """Where crosswalks lie over lanes into `crossings`, those of one lane side by side; returns their number."""
    num = 0
    for lane in range(len(lanes)):
        lanes[lane].first_crossing = num
        for c in range(len(crosswalks)):
            walk = crosswalks[c]
            cosine, sine = math.cos(walk.heading), math.sin(walk.heading)
            along, across = 0.5 * walk.length + HALF_BODY, 0.5 * walk.width
            low, high = NOWHERE, -NOWHERE
            for k in range(lanes[lane].first, lanes[lane].first + lanes[lane].count - 1):
                p, q = points[k], points[k + 1]
                length = q.s - p.s
                ux, uy = (q.x - p.x) / length, (q.y - p.y) / length
                ox, oy = p.x - walk.x, p.y - walk.y
                first, last = slab(ox * cosine + oy * sine, ux * cosine + uy * sine, -along, along, 0.0, length)
                first, last = slab(oy * cosine - ox * sine, uy * cosine - ux * sine, -across, across, first, last)
                if first < last:
                    low, high = min(low, p.s + first), max(high, p.s + last)
            if low < high:
                if num < len(crossings):
                    crossings[num].crosswalk = c
                    crossings[num].low = low
                    crossings[num].high = high
                num += 1
        lanes[lane].num_crossings = num - lanes[lane].first_crossing
    return num
