"""Filling boxes and quadrangles into one plane of a view: a cell is set iff its centre lies in the shape.

Coordinates are in cells: the centre of cell (r, c) is at row = r, col = c. Each row gets the span between the
shape's sides, never a test for each cell.
"""

import math

import numpy as np

from envs.kernels.compilation import inlined, inner

FAR = 1e9


@inner
def fill_box(plane, row, col, cos, sin, half_length, half_width):
    """A box round (row, col) whose length points along the view's heading turned left by the angle of (cos, sin)."""
    first, last = box_rows(row, cos, sin, half_length, half_width, plane.shape[0])
    sides = box_sides(col, cos, sin, half_length, half_width, plane.shape[1])
    for r in range(first, last + 1):
        low, high = box_span(r - row, col, sides)
        _fill_span(plane, r, low, high)


@inlined
def box_rows(row, cos, sin, half_length, half_width, rows):
    """First and last row that a box may have cells in."""
    reach = half_length * abs(cos) + half_width * abs(sin)
    return max(0, math.ceil(row - reach)), min(rows - 1, math.floor(row + reach))


@inlined
def box_sides(col, cos, sin, half_length, half_width, cols):
    """What the columns of a box's cells follow from, in every row.

    With a = along and b = aside of a cell's centre, they are those with |a| <= half_length, |b| <= half_width:
    in a row two intervals of columns, whose middles move by a fixed step from row to row.
    """
    reach = half_length * abs(sin) + half_width * abs(cos)
    step_a, room_a, step_b, room_b = 0.0, FAR, 0.0, FAR
    if abs(sin) > 1e-9:
        step_a, room_a = -cos / sin, half_length / abs(sin)
    if abs(cos) > 1e-9:
        step_b, room_b = sin / cos, half_width / abs(cos)
    return step_a, room_a, step_b, room_b, max(0.0, col - reach), min(cols - 1.0, col + reach)


@inlined
def box_span(rows_off, col, sides):
    """The columns [low, high] that a box has in the row so far from its centre; none if low > high."""
    step_a, room_a, step_b, room_b, least, most = sides
    middle_a, middle_b = col + rows_off * step_a, col + rows_off * step_b
    low = max(least, max(middle_a - room_a, middle_b - room_b))
    return low, min(most, min(middle_a + room_a, middle_b + room_b))


@inlined
def _fill_span(plane, row, low, high):
    """Set the cells of a row whose centres lie in [low, high]; low >= 0, and high < the number of columns."""
    if high < low:
        return
    for c in range(np.uint64(math.ceil(low)), np.uint64(math.floor(high) + 1.0)):
        plane[np.uint64(row), c] = 255


@inner
def fill_quad(plane, ar, ac, br, bc, cr, cc, dr, dc):
    """A convex quadrangle with corners (row, col) a, b, c, d in order, either way round."""
    rows, cols = plane.shape
    first = max(0, math.ceil(min(min(ar, br), min(cr, dr))))
    last = min(rows - 1, math.floor(max(max(ar, br), max(cr, dr))))
    least, most = max(0.0, min(min(ac, bc), min(cc, dc))), min(cols - 1.0, max(max(ac, bc), max(cc, dc)))
    if first > last or least > most:
        return
    for r in range(first, last + 1):
        low, high = _cut(r, ar, ac, br, bc, FAR, -FAR)
        low, high = _cut(r, br, bc, cr, cc, low, high)
        low, high = _cut(r, cr, cc, dr, dc, low, high)
        low, high = _cut(r, dr, dc, ar, ac, low, high)
        _fill_span(plane, r, max(least, low), min(most, high))


@inlined
def _cut(r, ar, ac, br, bc, low, high):
    """The span stretched to where the side from a to b passes row r."""
    if (r < ar and r < br) or (r > ar and r > br):
        return low, high
    if ar == br:
        return min(low, min(ac, bc)), max(high, max(ac, bc))
    at = ac + (r - ar) * (bc - ac) / (br - ar)
    return min(low, at), max(high, at)
