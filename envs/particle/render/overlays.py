"""Which overlays there are, and the axes each must have."""

from collections.abc import Mapping

import numpy as np

from envs.core.naming import check_known

OVERLAYS: Mapping[str, tuple[str, ...]] = {"plan": ("time", "dim"), "samples": ("candidate", "time", "dim")}
"""Name -> axes. Both are set-points, the next one first."""


def check_overlays(overlay: Mapping[str, object], dims: int) -> None:
    """Raise ``ValueError`` for an unknown name, other axes, or a set-point that is nowhere."""
    for name, value in overlay.items():
        check_known("overlay", name, OVERLAYS)
        array, axes = np.asarray(value), OVERLAYS[name]
        if array.ndim != len(axes) or array.shape[-1] != dims:
            raise ValueError(f"overlay {name!r} must have axes {axes} with {dims} dims, got shape {array.shape}.")
        if not np.isfinite(array).all():
            where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            raise ValueError(f"overlay {name!r} must hold finite set-points, got {array[where]} at {where}.")
