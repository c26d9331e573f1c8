"""Which overlays there are, and the axes each must have."""

from collections.abc import Mapping

import numpy as np

from envs.core.naming import check_known

OVERLAYS: Mapping[str, tuple[str, ...]] = {
    "action_probabilities": ("action",),
    "plan": ("time", "2"),
    "candidates": ("candidate", "time", "2"),
    "value_map": ("row", "col"),
    "occupancy_probability": ("row", "col"),
}
"""Name -> axes.  Actions come in the order N, S, E, W (then NE, NW, SE, SW; then wait, if there is one)."""

NUM_ACTIONS = (4, 5, 8, 9)
_PROBABILITIES = ("action_probabilities", "occupancy_probability")
# float32 softmaxes miss one by a little
_TOLERANCE = 1e-3


def check_overlays(overlay: Mapping[str, object], grid: tuple[int, ...]) -> None:
    """Raise ``ValueError`` for an unknown name, wrong axes, or a probability outside [0, 1]."""
    for name, value in overlay.items():
        check_known("overlay", name, OVERLAYS)
        array = np.asarray(value)
        _check_axes(name, array.shape, grid)
        if name in _PROBABILITIES:
            _check_probability(name, array)


def _check_axes(name: str, found: tuple[int, ...], grid: tuple[int, ...]) -> None:
    sizes = {"row": (grid[0],), "col": (grid[1],), "2": (2,), "action": NUM_ACTIONS}
    axes = OVERLAYS[name]
    fits = len(found) == len(axes) and all(
        size in sizes.get(axis, (size,)) for axis, size in zip(axes, found, strict=True)
    )
    if not fits:
        limits = {axis: sizes[axis] for axis in axes if axis in sizes and axis != "2"}
        raise ValueError(f"overlay {name!r} must have axes {axes} (sizes {limits}), got shape {found}.")


def _check_probability(name: str, array: np.ndarray) -> None:
    wrong = ~((array >= -_TOLERANCE) & (array <= 1 + _TOLERANCE))
    if wrong.any():
        index = tuple(int(axis[0]) for axis in np.nonzero(wrong))
        raise ValueError(f"overlay {name!r} must hold probabilities in [0, 1], got {array[index]} at {index}.")
