"""Rows of an array in a ring, as they are or, where there are two values alone, eight to a byte."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Int64, Shaped

SET = 255
"""What a set cell of an image is; the other value is 0."""
Rows = Int64[np.ndarray, "..."]


class Column:
    """Arrays of one shape and type, one in each of `capacity` rows.

    Args:
        capacity: Rows.
        like: An array [batch ...] that tells shape and type.
    """

    def __init__(self, capacity: int, like: Shaped[np.ndarray, "batch ..."]) -> None:
        self.values = np.zeros((capacity, *like.shape[1:]), like.dtype)

    def put(self, rows: Rows, array: np.ndarray) -> "Column":
        """Write some rows; returns the column that holds them."""
        self.values[rows] = array
        return self

    def take(self, rows: Rows) -> np.ndarray:
        """Copies of some rows."""
        return self.values[rows]

    def arrays(self, name: str, count: int) -> dict[str, np.ndarray]:
        """The first `count` rows, to be kept and given back to `restored`."""
        return {name: self.values[:count]}


class BitColumn(Column):
    """Images of 0 and `one` alone, packed along their last axis; the first other value turns it into a `Column`."""

    def __init__(self, capacity: int, like: Shaped[np.ndarray, "batch ... col"], *, one: int = SET) -> None:
        self.cols, self.one, self.dtype = like.shape[-1], one, like.dtype
        self.values = np.zeros((capacity, *like.shape[1:-1], -(-self.cols // 8)), np.uint8)

    def put(self, rows: Rows, array: np.ndarray) -> Column:
        if is_two_valued(array) if self.one == SET else is_binary(array):
            self.values[rows] = np.packbits(array.view(np.uint8), axis=-1)
            return self
        everyone = np.arange(len(self.values))
        plain = Column(len(everyone), array)
        for some in np.array_split(everyone, 1 + len(everyone) // 1024):
            plain.put(some, self.take(some))
        return plain.put(rows, array)

    def take(self, rows: Rows) -> np.ndarray:
        bits = np.unpackbits(self.values[rows], axis=-1, count=self.cols)
        # Of bytes: minus one is 255.
        return (np.negative(bits, out=bits) if self.one == SET else bits).view(self.dtype)

    def arrays(self, name: str, count: int) -> dict[str, np.ndarray]:
        facts = [self.cols] if self.one == SET else [self.cols, self.one]
        return {f"{name}.bits": self.values[:count].view(self.dtype), f"{name}.cols": np.array(facts)}


def new_column(capacity: int, first: np.ndarray) -> Column:
    """The column that suits a first batch."""
    is_image = first.dtype == np.uint8 and first.ndim >= 3
    return (BitColumn if is_image and is_two_valued(first) else Column)(capacity, first)


def packed_column(capacity: int, first: np.ndarray) -> Column:
    """The same, where images of 0 and 1 alone are packed too."""
    is_image = first.dtype.itemsize == 1 and first.ndim >= 3
    return BitColumn(capacity, first, one=1) if is_image and is_binary(first) else new_column(capacity, first)


def is_two_valued(array: np.ndarray) -> bool:
    """Whether a byte array holds 0 and `SET` alone."""
    # Seen as signed, plus one: 255 becomes 0 and 0 becomes 1.
    return not ((array.view(np.int8) + np.int8(1)).view(np.uint8) > 1).any()


def is_binary(array: np.ndarray) -> bool:
    """Whether an array of bytes holds 0 and 1 alone."""
    return not (array.view(np.uint8) > 1).any()


def restored(capacity: int, name: str, arrays: Mapping[str, Any]) -> Column:
    """The column that ``column.arrays(name, count)`` was of."""
    if name in arrays:
        values = np.asarray(arrays[name])
        column = Column(capacity, values)
    else:
        values = np.asarray(arrays[f"{name}.bits"])
        cols, *one = (int(fact) for fact in arrays[f"{name}.cols"])
        like = np.empty((0, *values.shape[1:-1], cols), values.dtype)
        column = BitColumn(capacity, like, one=one[0] if one else SET)
        values = values.view(np.uint8)
    column.values[: len(values)] = values
    return column
