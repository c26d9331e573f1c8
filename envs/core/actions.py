"""Actions checked before the world changes."""

from collections.abc import Callable
from functools import cache
from reprlib import repr as brief
from typing import Any

import numpy as np
from gymnasium import spaces


def check_discrete(actions: Any, shape: tuple[int, ...], num_actions: int) -> Any:
    """Actions as int64 of `shape`; a plain number comes back as it is.

    Raises:
        ValueError: another shape, a dtype that is not integer, or a value outside [0, num_actions).
    """
    if (type(actions) is int or type(actions) is np.int64) and shape == () and 0 <= actions < num_actions:
        return actions  # the single env's every step: no array is made for it
    try:
        array = np.asarray(actions)
    except ValueError as error:  # lists of several lengths
        raise ValueError(f"Actions: expected integers of shape {shape}, got {brief(actions)}.") from error
    if array.shape != shape:
        raise ValueError(f"Actions: expected shape {shape}, got {array.shape}: {brief(actions)}.")
    if array.dtype.kind not in "iu":
        found = f"dtype {array.dtype}: {brief(actions)}"
        raise ValueError(f"Actions: expected integers in [0, {num_actions}), got {found}.")
    if array.size and (array.min() < 0 or array.max() >= num_actions):
        where = np.unravel_index(int(np.flatnonzero((array < 0) | (array >= num_actions))[0]), shape or (1,))
        value = array.flat[int(np.flatnonzero((array < 0) | (array >= num_actions))[0])]
        place = f" at {tuple(int(i) for i in where)}" if shape else ""
        raise ValueError(f"Action {value}{place} is out of range: expected an integer in [0, {num_actions}).")
    return array.astype(np.int64, order="C", copy=False)  # kernels read it as one block


def check_box(actions: Any, shape: tuple[int, ...], space: spaces.Box) -> np.ndarray:
    """Actions as an array of the space's dtype, of `shape`, whose last axes are the space's.

    Raises:
        ValueError: another shape, a dtype that is not a number, NaN, or a value outside the space's bounds.
    """
    try:
        array = np.asarray(actions)
    except ValueError as error:  # lists of several lengths
        raise ValueError(f"Actions: expected numbers of shape {shape}, got {brief(actions)}.") from error
    if array.shape != shape:
        raise ValueError(f"Actions: expected shape {shape}, got {array.shape}: {brief(actions)}.")
    if array.dtype.kind not in "fiu":
        raise ValueError(f"Actions: expected numbers, got dtype {array.dtype}: {brief(actions)}.")
    if array.dtype == np.float32 == space.dtype and array.flags.c_contiguous:
        if _is_within()(array.ravel(), space.low.ravel(), space.high.ravel()):
            return array
    elif ((array >= space.low) & (array <= space.high)).all():  # False for NaN
        return array.astype(space.dtype, copy=False)
    first = tuple(int(i) for i in np.argwhere(~((array >= space.low) & (array <= space.high)))[0])
    low, high = (np.broadcast_to(bound, shape)[first] for bound in (space.low, space.high))
    place = f" at {first}" if first else ""
    raise ValueError(f"Action {array[first]}{place} is out of range: expected a number in [{low:g}, {high:g}].")


@cache
def _is_within() -> Callable[..., bool]:
    """Compiled, and the compiler loaded, when first needed."""
    from envs.kernels.bounds import is_within
    from envs.kernels.compilation import bind

    some = np.zeros(1, np.float32)
    return bind(is_within, some, some, some)
