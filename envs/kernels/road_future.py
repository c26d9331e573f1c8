"""Where actors will be, and where what is in a cell came from, all times seen from one place.

boxes[time, actor] = (row, col, turn, length, width): in cells, turned to the left of the window's heading.
"""

import math

from envs.kernels.compilation import inlined, kernel
from envs.kernels.road_records import ABSENT, PEDESTRIAN
from envs.kernels.road_shapes import box_rows, box_sides, box_span, fill_box


@kernel
def fill_future(occupancy, kinds, boxes):
    """Set occupancy uint8 [time 2 row col] to 255 where vehicles (or obstacles), pedestrians are at times 1, 2, ..."""
    for t in range(1, kinds.shape[0]):
        for i in range(kinds.shape[1]):
            if kinds[t, i] != ABSENT:
                plane = occupancy[t - 1, 1 if kinds[t, i] == PEDESTRIAN else 0]
                cos, sin = math.cos(boxes[t, i, 2]), math.sin(boxes[t, i, 2])
                half_length, half_width = 0.5 * boxes[t, i, 3], 0.5 * boxes[t, i, 4]
                fill_box(plane, boxes[t, i, 0], boxes[t, i, 1], cos, sin, half_length, half_width)


@kernel
def fill_flow(flow, kinds, lives, boxes, scale):
    """Set flow [time 2 row col] to the cells forward and left that contents came in the last step, times `scale`."""
    for t in range(1, kinds.shape[0]):
        for i in range(kinds.shape[1]):
            if kinds[t, i] != ABSENT and kinds[t - 1, i] == kinds[t, i] and lives[t - 1, i] == lives[t, i]:
                _fill_motion(flow[t - 1], boxes[t - 1, i], boxes[t, i], scale)


@inlined
def _fill_motion(flow, before, now, scale):
    """A box moves rigidly: what is so far along and aside of its centre was so far along and aside before."""
    cos, sin = math.cos(now[2]), math.sin(now[2])
    cos_before, sin_before = math.cos(before[2]), math.sin(before[2])
    first, last = box_rows(now[0], cos, sin, 0.5 * now[3], 0.5 * now[4], flow.shape[1])
    sides = box_sides(now[1], cos, sin, 0.5 * now[3], 0.5 * now[4], flow.shape[2])
    for r in range(first, last + 1):
        low, high = box_span(r - now[0], now[1], sides)
        for c in range(math.ceil(low), math.floor(high) + 1):
            along = -(r - now[0]) * cos - (c - now[1]) * sin
            aside = (r - now[0]) * sin - (c - now[1]) * cos
            flow[0, r, c] = scale * (before[0] - along * cos_before + aside * sin_before - r)
            flow[1, r, c] = scale * (before[1] - along * sin_before - aside * cos_before - c)
