"""Painting the ground of a network, once for each level: strips and polygons into bits, distances into the margin.

A cell takes a bit iff its centre lies in the shape. Everything here is measured in cells, and from the centre
of cell (0, 0), so that centres are whole numbers: x is the column, y the row.
"""

import math

import numpy as np

from envs.kernels.compilation import inlined, inner, kernel
from envs.kernels.road_records import MARGIN_STEP, MARGIN_ZERO

FLAG = 128
"""Bit of the raster that polygons are filled with; nobody sees it set."""
FLAT, JOINED, ROUND = 0, 1, 2
"""How a segment ends: at an edge, where another strip goes on, at a bend of its own strip."""


@kernel
def paint_strips(raster, margin, bit, points, firsts, counts, half_widths, joined, cell, has_margin):
    """Strips along polylines, points[k] = (x, y): flat at their ends, round on the outside of their bends.

    The margin (where asked for) takes the least signed distance to any of them. An end where another strip goes
    on, joined[strip, 0 (begin) or 1 (end)] = 1, is no edge: what is inside lies no less deep for being near it.
    """
    for strip in range(firsts.shape[0]):
        first, last = firsts[strip], firsts[strip] + counts[strip] - 1
        for k in range(first, last):
            after = k + 2 if k + 1 < last else -1
            begin = ROUND if k > first else int(joined[strip, 0])
            end = ROUND if after >= 0 else int(joined[strip, 1])
            _paint_segment(raster, margin, bit, points, k, after, half_widths[strip], begin, end, cell, has_margin)


@inner
def _paint_segment(raster, margin, bit, points, k, after, half_width, begin, end, cell, has_margin):
    """One segment, and the joint with the next: what lies beyond this one and not yet beside the next.

    Before the beginning of a segment that is not the first, everything is the business of the one before.
    """
    ax, ay = points[k, 0], points[k, 1]
    length, cos, sin = _direction(ax, ay, points[k + 1, 0], points[k + 1, 1])
    if length == 0.0:
        return
    reach = (255 - MARGIN_ZERO) * MARGIN_STEP / cell if has_margin else 0.0
    outer = half_width + reach
    before, behind, next_cos, next_sin = 0.0 if begin == ROUND else reach, length + reach, 0.0, 0.0
    if after >= 0:
        _, next_cos, next_sin = _direction(points[k + 1, 0], points[k + 1, 1], points[after, 0], points[after, 1])
        bend = abs(cos * next_sin - sin * next_cos)
        behind = length + outer * (bend if cos * next_cos + sin * next_sin > 0.0 else 1.0)
    low_y = ay + min(-before * sin, behind * sin) - abs(cos) * outer
    high_y = ay + max(-before * sin, behind * sin) + abs(cos) * outer
    for row in range(max(0, math.ceil(low_y)), min(raster.shape[0], math.floor(high_y) + 1)):
        y = row - ay
        low, high = _between(-before - sin * y, behind - sin * y, cos, -1e300, 1e300)
        low, high = _between(-outer - cos * y, outer - cos * y, -sin, low, high)
        for col in range(max(0, math.ceil(low + ax)), min(raster.shape[1], math.floor(high + ax) + 1)):
            x = col - ax
            along, aside = x * cos + y * sin, abs(y * cos - x * sin) - half_width
            if after >= 0 and along > length:
                past = along - length
                if (x - length * cos) * next_cos + (y - length * sin) * next_sin > 0.0:
                    continue
                aside = math.sqrt(past * past + (aside + half_width) ** 2) - half_width
            excess = max(_excess(-along, begin, outer), _excess(along - length, end, outer))
            is_corner = aside > 0.0 and excess > 0.0
            distance = math.sqrt(aside * aside + excess * excess) if is_corner else max(aside, excess)
            if distance <= 0.0:
                raster[row, col] |= bit
            if has_margin:
                margin[row, col] = min(margin[row, col], margin_byte(distance * cell))


@inlined
def _excess(past, end, outer):
    """How far past an end; far inside for an end that is no edge, or none."""
    return -outer if end == ROUND or (end == JOINED and past <= 0.0) else past


@inlined
def _direction(ax, ay, bx, by):
    """From a to b: how far, and the cosine and sine of where to."""
    dx, dy = bx - ax, by - ay
    length = math.sqrt(dx * dx + dy * dy)
    scale = 1.0 / length if length > 0.0 else 0.0
    return length, dx * scale, dy * scale


@inlined
def _between(low, high, slope, least, most):
    """The x in [least, most] with low <= slope * x <= high."""
    if abs(slope) < 1e-12:
        return (least, most) if low <= 0.0 <= high else (0.0, -2.0)
    one, other = low / slope, high / slope
    return max(least, min(one, other)), min(most, max(one, other))


@inlined
def margin_byte(distance):
    """A signed distance [m] as the margin raster stores it."""
    return min(255, max(0, round(distance / MARGIN_STEP) + MARGIN_ZERO))


@kernel
def paint_polygons(raster, margin, near, bit, points, firsts, counts, cell):
    """Polygons (not closed: the last corner is joined to the first), even-odd, into a bit and the margin.

    `near` is working memory as large as the raster.
    """
    reach = (255 - MARGIN_ZERO) * MARGIN_STEP / cell
    for polygon in range(firsts.shape[0]):
        first, end = firsts[polygon], firsts[polygon] + counts[polygon]
        low_x, high_x, low_y, high_y = points[first, 0], points[first, 0], points[first, 1], points[first, 1]
        for k in range(first, end):
            low_x, high_x = min(low_x, points[k, 0]), max(high_x, points[k, 0])
            low_y, high_y = min(low_y, points[k, 1]), max(high_y, points[k, 1])
        top, bottom = max(0, math.floor(low_y - reach)), min(raster.shape[0], math.ceil(high_y + reach) + 1)
        left, right = max(0, math.floor(low_x - reach)), min(raster.shape[1], math.ceil(high_x + reach) + 1)
        for row in range(top, bottom):
            for col in range(left, right):
                near[row, col] = 255
        for k in range(first, end):
            after = first if k + 1 == end else k + 1
            ax, ay, bx, by = points[k, 0], points[k, 1], points[after, 0], points[after, 1]
            _flag_edge(raster, left, ax, ay, bx, by)
            _measure_edge(near, ax, ay, bx, by, cell)
        _fill(raster, margin, near, bit, top, bottom, left, right)


@inner
def _flag_edge(raster, left, ax, ay, bx, by):
    """Flip FLAG in the first cell right of the edge, in every row that it crosses."""
    for row in range(max(0, math.ceil(min(ay, by))), min(raster.shape[0], math.ceil(max(ay, by)))):
        col = max(left, math.ceil(ax + (row - ay) * (bx - ax) / (by - ay)))
        if col < raster.shape[1]:
            raster[row, col] ^= FLAG


@inner
def _measure_edge(near, ax, ay, bx, by, cell):
    """The distance to an edge, where it is less than that to the edges before."""
    length, cos, sin = _direction(ax, ay, bx, by)
    if length == 0.0:
        return
    reach = (255 - MARGIN_ZERO) * MARGIN_STEP / cell
    for row in range(max(0, math.ceil(min(ay, by) - reach)), min(near.shape[0], math.floor(max(ay, by) + reach) + 1)):
        y = row - ay
        low, high = _between(-reach - sin * y, length + reach - sin * y, cos, -1e300, 1e300)
        low, high = _between(-reach - cos * y, reach - cos * y, -sin, low, high)
        for col in range(max(0, math.ceil(low + ax)), min(near.shape[1], math.floor(high + ax) + 1)):
            x = col - ax
            along = x * cos + y * sin
            past = max(0.0, -along, along - length)
            aside = y * cos - x * sin
            distance = round(math.sqrt(past * past + aside * aside) * cell / MARGIN_STEP)
            near[row, col] = min(near[row, col], distance)


@inner
def _fill(raster, margin, near, bit, top, bottom, left, right):
    """Between flags lies the inside: set the bit there, clear the flags, and bring the margin up to date."""
    for row in range(top, bottom):
        inside = False
        for col in range(left, right):
            if raster[row, col] & FLAG:
                inside = not inside
                raster[row, col] ^= FLAG
            distance = np.int64(near[row, col])
            if inside:
                raster[row, col] |= bit
                distance = -distance
            margin[row, col] = min(margin[row, col], min(255, max(0, distance + MARGIN_ZERO)))


@kernel
def clear_border(raster):
    """Views read the outermost cells for everything that lies off the map: nothing is there."""
    for row in range(raster.shape[0]):
        raster[row, 0] = 0
        raster[row, raster.shape[1] - 1] = 0
    for col in range(raster.shape[1]):
        raster[0, col] = 0
        raster[raster.shape[0] - 1, col] = 0
