"""Oriented boxes: their corners, whether two overlap, and how far a point lies outside the drivable area."""

import math

from envs.kernels.compilation import inlined, inner
from envs.kernels.road_records import MARGIN_CAP, MARGIN_STEP, MARGIN_ZERO


@inlined
def corner(x, y, heading, length, width, k):
    """Corner k of a box with that centre: 0 front left, then counter-clockwise (rear left, rear right, front right)."""
    along = 0.5 * length if k == 0 or k == 3 else -0.5 * length
    aside = 0.5 * width if k < 2 else -0.5 * width
    cos, sin = math.cos(heading), math.sin(heading)
    return x + along * cos - aside * sin, y + along * sin + aside * cos


@inner
def overlap(ax, ay, a_heading, a_length, a_width, bx, by, b_heading, b_length, b_width):
    """Whether two boxes share a point: no side of either separates them (separating axis theorem)."""
    dx, dy = bx - ax, by - ay
    reach = 0.5 * (math.hypot(a_length, a_width) + math.hypot(b_length, b_width))
    if dx * dx + dy * dy > reach * reach:
        return False
    cos, sin = abs(math.cos(b_heading - a_heading)), abs(math.sin(b_heading - a_heading))
    a_cos, a_sin = math.cos(a_heading), math.sin(a_heading)
    if 2.0 * abs(dx * a_cos + dy * a_sin) > a_length + b_length * cos + b_width * sin:
        return False
    if 2.0 * abs(dy * a_cos - dx * a_sin) > a_width + b_length * sin + b_width * cos:
        return False
    b_cos, b_sin = math.cos(b_heading), math.sin(b_heading)
    if 2.0 * abs(dx * b_cos + dy * b_sin) > b_length + a_length * cos + a_width * sin:
        return False
    return 2.0 * abs(dy * b_cos - dx * b_sin) <= b_width + a_length * sin + a_width * cos


@inlined
def margin_at(roads, slot, x, y):
    """How far (x, y) lies outside the drivable area of a slot [m]: 0 inside, at most MARGIN_CAP.

    Bilinear between cell centres. The raster holds signed distances, so that this is exact beside straight edges.
    """
    counts = roads.counts[slot]
    across, down = (x - counts.x) / counts.cell - 0.5, (y - counts.y) / counts.cell - 0.5
    if not (0.0 <= across < counts.cols - 1 and 0.0 <= down < counts.rows - 1):
        return MARGIN_CAP
    row, col = int(down), int(across)
    across, down = across - col, down - row
    margin = roads.margin
    low = (1.0 - across) * margin[slot, row, col] + across * margin[slot, row, col + 1]
    high = (1.0 - across) * margin[slot, row + 1, col] + across * margin[slot, row + 1, col + 1]
    return max(0.0, ((1.0 - down) * low + down * high - MARGIN_ZERO) * MARGIN_STEP)
