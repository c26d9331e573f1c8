"""The loops behind `settled`, compiled: value iteration in place, in the four orders of going over a map.

A sweep in one order carries a value as far as that order goes (Gauss-Seidel), so that a few dozen settle what takes
hundreds of rounds that look at all cells at once.
"""

from collections.abc import Callable
from inspect import unwrap
from typing import Any

import numba

import envs.kernels  # noqa: F401 - chooses the folder that compiled code is cached in

HOPELESS = 1e-3
"""An action that leaves a cell more seldom than this leaves it never."""


def compiled(function: Callable[..., Any]) -> Any:
    """Numba's, of a function that checkers of annotations may have wrapped."""
    return numba.njit(cache=True, nogil=True, error_model="numpy")(unwrap(function))


@compiled
def settle(price, gates, rows, cols, far, limit, close, value, chosen):
    """Fill `value` [map cell] and `chosen` [map cell], the action that it hangs on, -1 where `far` is less.

    V(x) = min_a [price(a, x) + sum_d gate(x, a, d) V(x + d)], each offer solved for V(x) itself where it may stay.

    Args:
        price: [map action cell]
        gates: [map cell action 9]
        rows, cols: Of a map.
        far: Costs to go at most.
        limit: Sweeps at most.
        close: Changes below this are none.
        value, chosen: To be filled.
    """
    for m in range(len(price)):
        value[m, :] = far
        chosen[m, :] = -1
        still = 0
        for sweep in range(limit):
            change = 0.0
            for i in range(rows):
                row = i if sweep & 1 else rows - 1 - i
                for j in range(cols):
                    col = j if sweep & 2 else cols - 1 - j
                    x = row * cols + col
                    best, taken = far, -1
                    for a in range(price.shape[1]):
                        offer = price[m, a, x]
                        for way in range(9):
                            gate = gates[m, x, a, way]
                            if way != 4 and gate > 0.0:
                                offer += gate * value[m, x + (way // 3 - 1) * cols + way % 3 - 1]
                        leaves = 1.0 - gates[m, x, a, 4]
                        if leaves > HOPELESS and offer < best * leaves:
                            best, taken = offer / leaves, a
                    change = max(change, abs(value[m, x] - best))
                    value[m, x], chosen[m, x] = best, taken
            still = still + 1 if change < close else 0
            if still == 4:
                break


@compiled
def flow(gates, chosen, rows, cols, limit, close, given, found):
    """Fill `found` [map cell] with how often the chosen actions come by, from where it is `given` [map cell].

    F(y) = given(y) + sum_d gate(y - d, chosen, d) F(y - d): the transpose of what `settle` solved.
    """
    for m in range(len(given)):
        found[m, :] = given[m]
        still, size = 0, 0.0
        for x in range(given.shape[1]):
            size = max(size, abs(given[m, x]))
        for sweep in range(limit):
            change = 0.0
            for i in range(rows):
                row = i if sweep & 1 else rows - 1 - i
                for j in range(cols):
                    col = j if sweep & 2 else cols - 1 - j
                    y = row * cols + col
                    total = given[m, y]
                    for way in range(9):
                        from_row, from_col = row - way // 3 + 1, col - way % 3 + 1
                        if way == 4 or not (0 <= from_row < rows and 0 <= from_col < cols):
                            continue
                        x = from_row * cols + from_col
                        if chosen[m, x] >= 0:
                            total += gates[m, x, chosen[m, x], way] * found[m, x]
                    if chosen[m, y] >= 0:
                        total /= 1.0 - gates[m, y, chosen[m, y], 4]
                    change = max(change, abs(found[m, y] - total))
                    found[m, y] = total
            still = still + 1 if change <= close * size else 0
            if still == 4:
                break
