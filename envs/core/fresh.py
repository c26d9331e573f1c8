"""Large arrays to hand out without copying them: a buffer is used again once nobody else holds it."""

from sys import getrefcount

import numpy as np

KEPT = 4
"""Buffers that are looked through; beyond them, new ones are made."""
_OWN_REFERENCES = 3  # the list, the loop's variable, getrefcount's argument


class FreshArrays:
    """Arrays of one shape. Pages of a new large array cost more than drawing into it, so old ones are reused."""

    def __init__(self, shape: tuple[int, ...], dtype: type) -> None:
        self.shape, self.dtype = shape, dtype
        self._buffers: list[np.ndarray] = []

    def take(self) -> np.ndarray:
        """An array that nobody else refers to; its content is left over from earlier."""
        for buffer in self._buffers:
            if getrefcount(buffer) == _OWN_REFERENCES:  # views of it count: they hold their base
                return buffer
        fresh = np.empty(self.shape, self.dtype)
        self._buffers = [fresh, *self._buffers[: KEPT - 1]]
        return fresh
