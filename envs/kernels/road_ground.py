"""The static layers of a view: the map's raster, turned and shifted under the view.

Half a byte of the raster holds all layers of a cell. Three passes, each plain enough to be done sixteen cells and
more at a time: where in the raster every cell of the view lies, the bits that are there, their planes.
"""

import numpy as np

from envs.kernels.compilation import inlined, inner

FIXED = 65536.0
"""Raster coordinates are fixed-point numbers of 16 + 16 bits: within 2^-11 of a cell over 64 columns."""
FURTHEST = 30000.0
"""Views that reach further than so many cells from the raster's corner show nothing."""


@inner
def gather_ground(raster, num_rows, num_cols, cells, ground, cols, x, y, cos, sin):
    """The bits of the raster's cell at (x, y) - r * (cos, sin) + c * (sin, -cos) for ground[r * cols + c].

    Above the lower four of ground[k] there may be the neighbour's. Coordinates are in cells from the raster's corner.
    Its outermost cells, which are empty, stand for all that lies outside the num_rows x num_cols in use. `cells` is
    working memory.
    """
    rows = ground.shape[0] // cols
    reach = max(abs(x), abs(y)) + (rows + cols) * max(abs(cos), abs(sin))
    if not reach < FURTHEST:
        for k in range(ground.shape[0]):
            ground[k] = 0
        return
    # Unsigned numbers index without a look at the sign, int32 ones fill registers with twice as many.
    step_x, step_y = np.int32(np.rint(sin * FIXED)), np.int32(np.rint(-cos * FIXED))
    last_row, last_col, stride = np.int32(num_rows - 1), np.int32(num_cols - 1), np.int32(2 * raster.shape[1])
    begin = np.uint64(0)
    for r in range(rows):
        from_x = np.int32(np.floor((x - r * cos) * FIXED))
        from_y = np.int32(np.floor((y - r * sin) * FIXED))
        for c in range(np.uint64(cols)):
            i = _bounded(np.int32(from_y + np.int32(np.int32(c) * step_y)), last_row)
            j = _bounded(np.int32(from_x + np.int32(np.int32(c) * step_x)), last_col)
            cells[begin + c] = np.int32(np.int32(i * stride) + j)
        begin += np.uint64(cols)
    flat = raster.flat
    for k in range(np.uint64(ground.shape[0])):
        cell = np.uint32(cells[k])
        ground[k] = flat[np.uint64(cell >> np.uint32(1))] >> ((cell & np.uint32(1)) << np.uint32(2))


@inlined
def _bounded(fixed, last):
    """Whole part of a fixed-point number, in [0, last]."""
    whole = np.int32(fixed >> 16)
    whole = np.int32(0) if whole < np.int32(0) else whole
    return last if whole > last else whole


@inlined
def unpack_bit(ground, shift, plane):
    """Set plane to 255 where that bit of the ground is set, else to 0."""
    flat = plane.flat
    for k in range(np.uint64(ground.shape[0])):
        flat[k] = 255 if (ground[k] >> shift) & 1 else 0


@inlined
def clear(plane):
    """Nothing is there."""
    flat = plane.flat
    for k in range(np.uint64(plane.shape[0] * plane.shape[1])):
        flat[k] = 0
