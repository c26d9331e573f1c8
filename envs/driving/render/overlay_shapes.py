"""Which overlays there are on roads, and the axes each must have."""

from collections.abc import Mapping

import numpy as np

from envs.core.naming import check_known

OVERLAYS: Mapping[str, tuple[str, ...]] = {
    "plan": ("time", "2 or 3"),
    "samples": ("candidate", "time", "2 or 3"),
    "sample_costs": ("candidate",),
    "occupancy": ("row", "col"),
    "cost_volume": ("time", "row", "col"),
    "futures": ("actor", "sample", "time", "2 or 3"),
    "future_probabilities": ("actor", "sample"),
    "action_probabilities": ("action",),
}
"""Name -> axes.  `plan`, `samples` (of the ego) and `futures` (of others) are poses (ahead, left[, heading]) in the ego
frame of now [m]; `occupancy` (probabilities) and `cost_volume` (its mean over time on the ground, slices in the corner)
lie over the ego's view; actions are the meta actions."""

META_ACTIONS = ("lane left", "keep", "lane right", "faster", "slower")
_SIZES = {"2 or 3": (2, 3), "action": (len(META_ACTIONS),)}
_PROBABILITIES = ("action_probabilities", "future_probabilities", "occupancy")
# float32 softmaxes miss one by a little
_TOLERANCE = 1e-3


def check_overlays(overlay: Mapping[str, object]) -> None:
    """Raise ``ValueError`` for an unknown name, wrong axes, a pose that is not finite, or an improbable probability."""
    for name, value in overlay.items():
        check_known("overlay", name, OVERLAYS)
        array = np.asarray(value)
        _check_axes(name, array.shape)
        if name in _PROBABILITIES:
            _check_values(name, array, (array >= -_TOLERANCE) & (array <= 1 + _TOLERANCE), "probabilities in [0, 1]")
        if name in ("plan", "samples", "futures"):
            _check_values(name, array, np.isfinite(array), "finite metres")
    for number, lines, axes in (("sample_costs", "samples", 1), ("future_probabilities", "futures", 2)):
        if number in overlay:
            _check_pair(overlay, number, lines, axes)


def _check_axes(name: str, found: tuple[int, ...]) -> None:
    axes = OVERLAYS[name]
    fits = len(found) == len(axes) and all(
        size in _SIZES.get(axis, (size,)) for axis, size in zip(axes, found, strict=True)
    )
    if not fits:
        limits = {axis: _SIZES[axis] for axis in axes if axis in _SIZES}
        raise ValueError(f"overlay {name!r} must have axes {axes} (sizes {limits}), got shape {found}.")


def _check_values(name: str, array: np.ndarray, good: np.ndarray, expected: str) -> None:
    if not good.all():
        index = tuple(int(axis[0]) for axis in np.nonzero(~good))
        raise ValueError(f"overlay {name!r} must hold {expected}, got {array[index]} at {index}.")


def _check_pair(overlay: Mapping[str, object], number: str, lines: str, axes: int) -> None:
    found, drawn = (np.asarray(overlay.get(name, ())).shape for name in (number, lines))
    if found[:axes] != drawn[:axes]:
        raise ValueError(f"overlay {number!r} must have one number per line of {lines!r}, got {found} for {drawn}.")
