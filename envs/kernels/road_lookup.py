"""The table in which lanes are looked up by position: for each square of LOOKUP_CELL the lanes that may touch it.

Compressed rows: lookup_lanes[lookup_first[cell] : lookup_first[cell + 1]] are the lanes of one cell, ascending.
"""

from math import sqrt

from envs.kernels.compilation import inlined, kernel
from envs.kernels.road_records import LOOKUP_CELL

_HALF_DIAGONAL = sqrt(0.5) * LOOKUP_CELL


@kernel
def look_up(lanes, points, box, stamp, first, found):
    """Fill `first` [cells + 1] and `found` [.]; returns how many lanes of cells there are.

    `box` [4]: x, y of the lower left corner, rows, cols. `stamp` [cells] is working memory. If `found` is too
    short, nothing is written behind its end: call again with room for what was returned.
    """
    rows, cols = int(box[2]), int(box[3])
    cells = rows * cols
    for cell in range(cells + 1):
        first[cell] = 0
    _visit(lanes, points, box, stamp, first, found, True)
    total = 0
    for cell in range(cells + 1):
        count = first[cell]
        first[cell] = total
        total += count
    if total <= found.shape[0]:
        _visit(lanes, points, box, stamp, first, found, False)
        for cell in range(cells, 0, -1):
            first[cell] = first[cell - 1]
        first[0] = 0
    return total


@inlined
def _visit(lanes, points, box, stamp, first, found, is_counting):
    """Count each lane in its cells, or note it there and move the cell's beginning on."""
    rows, cols = int(box[2]), int(box[3])
    for cell in range(rows * cols):
        stamp[cell] = -1
    for lane in range(lanes.shape[0]):
        reach = 0.5 * lanes[lane].width
        begin = lanes[lane].first
        for k in range(begin, begin + lanes[lane].count - 1):
            a, b = points[k], points[k + 1]
            ax, ay, bx, by = a.x - box[0], a.y - box[1], b.x - box[0], b.y - box[1]
            low_row, high_row = _cell(min(ay, by) - reach, rows), _cell(max(ay, by) + reach, rows)
            low_col, high_col = _cell(min(ax, bx) - reach, cols), _cell(max(ax, bx) + reach, cols)
            for row in range(low_row, high_row + 1):
                for col in range(low_col, high_col + 1):
                    cell = row * cols + col
                    if stamp[cell] == lane:
                        continue
                    x, y = (col + 0.5) * LOOKUP_CELL, (row + 0.5) * LOOKUP_CELL
                    if _distance(ax, ay, bx, by, x, y) > reach + _HALF_DIAGONAL:
                        continue
                    stamp[cell] = lane
                    if not is_counting:
                        found[first[cell]] = lane
                    first[cell] += 1


@inlined
def _cell(offset, count):
    """The row or column at `offset` [m], or the nearest."""
    return int(max(0.0, min(offset / LOOKUP_CELL, count - 1.0)))


@inlined
def _distance(ax, ay, bx, by, x, y):
    """From a position to the stretch from a to b."""
    east, north = bx - ax, by - ay
    length = east * east + north * north
    t = max(0.0, min(((x - ax) * east + (y - ay) * north) / length, 1.0)) if length > 0.0 else 0.0
    right, up = x - ax - t * east, y - ay - t * north
    return sqrt(right * right + up * up)
