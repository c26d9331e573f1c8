"""The settled values of max-plus propagation and the flow of their derivatives, cell by cell, compiled.

Whatever order cells are looked at in, raising values until none rises ends at the same least fixed point, to the last
bit. Sweeping back and forth carries a value across the map in one sweep where rounds would take a round a cell.
"""

import numpy as np

from agents.networks.value_iteration.compiled import compiled


@compiled
def settle_values(price, source, far, value, link):
    """value, link [map cell] = the fixed point of max(source, neighbours' values - price), and what each hangs on.

    price [map 8 row col] in the order of neighbours' rows; beyond the border stands -far. A link counts neighbours
    from 0 to 7; 8 is the own source, which gives way in ties.
    """
    rows, cols = source.shape[1:]
    width = cols + 2
    offsets = np.array([-width - 1, -width, -width + 1, -1, 1, width - 1, width, width + 1])
    padded = np.empty((rows + 2) * width, source.dtype)
    for m in range(len(source)):
        padded[:] = -far
        for row in range(rows):
            for col in range(cols):
                padded[(row + 1) * width + col + 1] = source[m, row, col]
        turn = 0
        is_settled = False
        while not is_settled:
            is_settled = True
            for i in range(rows):
                row = i if turn & 1 == 0 else rows - 1 - i
                for j in range(cols):
                    col = j if turn & 2 == 0 else cols - 1 - j
                    p = (row + 1) * width + col + 1
                    best = padded[p]
                    for k in range(8):
                        best = max(best, padded[p + offsets[k]] - price[m, k, row, col])
                    if best > padded[p]:
                        padded[p] = best
                        is_settled = False
            turn += 1
        for row in range(rows):
            for col in range(cols):
                p = (row + 1) * width + col + 1
                best, which = padded[p + offsets[0]] - price[m, 0, row, col], 0
                for k in range(1, 8):
                    offer = padded[p + offsets[k]] - price[m, k, row, col]
                    if offer > best:
                        best, which = offer, k
                if source[m, row, col] > best:
                    which = 8
                value[m, row, col] = padded[p]
                link[m, row, col] = which


@compiled
def flow_along(link, flow):
    """Add to flow [map row col] all that comes down the links: each cell passes its sum on once its own has come."""
    rows, cols = link.shape[1:]
    step_row = np.array([-1, -1, -1, 0, 0, 1, 1, 1, 0])
    step_col = np.array([-1, 0, 1, -1, 1, -1, 0, 1, 0])
    waiting = np.empty((rows, cols), np.int8)
    for m in range(len(link)):
        waiting[:] = 0
        for row in range(rows):
            for col in range(cols):
                k = link[m, row, col]
                if k < 8:
                    waiting[row + step_row[k], col + step_col[k]] += 1
        for i in range(rows):
            for j in range(cols):
                row, col = i, j
                while waiting[row, col] == 0:
                    waiting[row, col] = -1
                    k = link[m, row, col]
                    if k == 8:
                        break
                    after_row, after_col = row + step_row[k], col + step_col[k]
                    flow[m, after_row, after_col] += flow[m, row, col]
                    waiting[after_row, after_col] -= 1
                    row, col = after_row, after_col
