"""Arrays of a VIN `.mat` file, each checked for what it must be before anything is made of it."""

from math import isqrt
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Int32, Shaped

from envs.gridworld.files.errors import format_error

Order = Literal["C", "F"]

GOAL_VALUE = 10


def check_shape(path: Path, key: str, array: Any, *, shape: tuple[int | None, ...]) -> Shaped[np.ndarray, "..."]:
    """`array` if it is numeric and has `shape`, where None stands for any size but 0."""
    found = np.shape(array)
    if len(found) != len(shape) or not all(map(_fits, found, shape)):
        wanted = ", ".join("any" if size is None else str(size) for size in shape)
        raise format_error(path, f"'{key}' must have shape ({wanted}), found {found}.")
    if array.dtype.kind not in "buif":
        raise format_error(path, f"'{key}' must be numeric, found {array.dtype}.")
    return array


def side_length(path: Path, key: str, images: Shaped[np.ndarray, "map cell"]) -> int:
    """Side [cells] of the square maps that lie flat in the rows of `images`."""
    side = isqrt(images.shape[1])
    if side * side != images.shape[1]:
        raise format_error(path, f"'{key}' must hold square maps, found rows of {images.shape[1]} values.")
    return side


def read_blocked(
    path: Path, key: str, images: Shaped[np.ndarray, "map cell"], *, order: Order
) -> Bool[np.ndarray, "map row col"]:
    """Obstacles of flat images, where 1 is free and 0 is an obstacle."""
    free = images == 1
    strange = np.argwhere(~free & (images != 0))
    if len(strange):
        index, cell = strange[0].tolist()
        message = f"'{key}' must hold 0 and 1 alone, found {images[index, cell]} in image {index}."
        raise format_error(path, message)
    return np.ascontiguousarray(_unflatten(~free, side_length(path, key, images), order))


def read_goals(
    path: Path, key: str, values: Shaped[np.ndarray, "map cell"], *, order: Order
) -> Int32[np.ndarray, "map 2"]:
    """Goal cells of flat value images: 10 at the goal; elsewhere -1, which unsigned integers clip to 0."""
    is_goal = values == GOAL_VALUE
    wrong = (is_goal.sum(axis=1) != 1) | ~(is_goal | (values == 0) | (values == -1)).all(axis=1)
    if wrong.any():
        index = int(np.argmax(wrong))
        expected = f"expected {GOAL_VALUE} at one cell, 0 or -1 at the others"
        found = f"found the values {np.unique(values[index]).tolist()[:8]}, {int(is_goal[index].sum())} goals"
        raise format_error(path, f"image {index} of '{key}' has no single goal: {expected}; {found}.")
    return np.argwhere(_unflatten(is_goal, side_length(path, key, values), order))[:, 1:].astype(np.int32)


def read_integers(
    path: Path, key: str, array: Shaped[np.ndarray, "*shape"], *, low: int, high: int
) -> Int32[np.ndarray, "*shape"]:
    """`array` as int32, every entry a whole number in [low, high]."""
    wrong = ~((array >= low) & (array <= high) & (array == np.floor(array)))
    if wrong.any():
        index = tuple(np.argwhere(wrong)[0].tolist())
        message = f"'{key}' must hold whole numbers from {low} to {high}, found {array[index]} at {index}."
        raise format_error(path, message)
    return np.array(array, np.int32, order="C")


def _fits(found: int, wanted: int | None) -> bool:
    return found > 0 and wanted in (None, found)


def _unflatten(flat: np.ndarray, side: int, order: Order) -> np.ndarray:
    maps = flat.reshape(-1, side, side)
    return maps if order == "C" else maps.transpose(0, 2, 1)
