"""The frame of a view: from the world's metres to cells round the ego, and boxes drawn through it."""

import math

from envs.kernels.compilation import inlined
from envs.kernels.road_shapes import fill_box


@inlined
def view_frame(rules, x, y, heading):
    """(x, y, heading) of the ego, cells per metre, (row, col) of the ego, cosine and sine times cells per metre."""
    scale = 1.0 / rules.resolution
    top, side = rules.ahead * scale - 0.5, rules.left * scale - 0.5
    return x, y, heading, scale, top, side, math.cos(heading) * scale, math.sin(heading) * scale


@inlined
def to_cells(frame, x, y):
    """(row, col) of a place; cells' centres are at whole numbers."""
    dx, dy = x - frame[0], y - frame[1]
    return frame[4] - dx * frame[6] - dy * frame[7], frame[5] + dx * frame[7] - dy * frame[6]


@inlined
def draw_box(frame, x, y, heading, length, width, plane):
    """A box of the world, unless its circle misses the plane."""
    row, col = to_cells(frame, x, y)
    half_length, half_width = 0.5 * length * frame[3], 0.5 * width * frame[3]
    reach = half_length + half_width
    if row + reach < 0.0 or col + reach < 0.0 or row - reach > plane.shape[0] or col - reach > plane.shape[1]:
        return
    turn = heading - frame[2]
    fill_box(plane, row, col, math.cos(turn), math.sin(turn), half_length, half_width)
