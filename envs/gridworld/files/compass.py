"""Actions as compass names: each data set numbers the same eight moves in its own order."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int32

# The labels 0..7 of VIN files, and the order of every action axis that these readers return.
ACTIONS = ("N", "S", "E", "W", "NE", "NW", "SE", "SW")


def moves_of(names: Sequence[str] = ACTIONS) -> Int32[np.ndarray, "action 2"]:
    """(row, col) offsets, row down: north is (-1, 0), east is (0, 1).

    >>> moves_of(["N", "SW"]).tolist()
    [[-1, 0], [1, -1]]
    """
    offsets = [(name.count("S") - name.count("N"), name.count("E") - name.count("W")) for name in names]
    return np.array(offsets, np.int32).reshape(-1, 2)
