"""Pieces of an episode that the three faces share: seeds, chosen levels, metrics."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Int64

from envs.core.naming import check_known
from envs.core.worlds import Worlds


def fresh_seed() -> int:
    """A seed from the system's entropy, for a first reset without one."""
    return int(np.random.SeedSequence().generate_state(1, np.uint64)[0] >> np.uint64(1))


def check_seed(seed: Any) -> None:
    """Raise ``ValueError`` unless `seed` is None or a whole number in [0, 2**64)."""
    is_whole = isinstance(seed, int | np.integer) and not isinstance(seed, bool)
    if seed is not None and not (is_whole and 0 <= int(seed) < 2**64):
        raise ValueError(f"Seed: expected None or a whole number in [0, 2**64), got {seed!r}.")


def read_level(
    worlds: Worlds, options: dict[str, Any] | None, shape: tuple[int, ...], *, others: tuple[str, ...] = ()
) -> Int64[np.ndarray, "..."]:
    """``options["level"]`` as an array of `shape` (one number serves all), -1 where none is asked for.

    Raises:
        ValueError: an option that is neither ``level`` nor one of `others`, or levels that do not exist.
    """
    if not isinstance(options, Mapping | None):
        raise ValueError(f"Reset options: expected a dict or None, got {options!r}.")
    for name in options or {}:
        check_known("reset option", name, ("level", *others))
    level = (options or {}).get("level")
    if level is None:
        return np.full(shape, -1, np.int64)
    array = np.asarray(level)
    is_whole = array.dtype.kind in "iu" and array.shape in ((), shape)
    if not is_whole or (array.astype(np.int64) < 0).any():  # Beyond int64, the numbers wrap below 0.
        expected = f"whole numbers >= 0 of shape () or {shape}" if shape else "a whole number >= 0"
        raise ValueError(f"Option 'level': expected {expected}, got {level!r}.")
    for number in np.unique(array):
        worlds.check_level(int(number))
    return np.broadcast_to(array, shape).astype(np.int64)


def episode_metrics(worlds: Worlds, world: int, agent: int) -> dict[str, float]:
    """Metrics of an agent's finished episode."""
    return dict(zip(worlds.metric_names, worlds.output.metrics[world, agent].tolist(), strict=True))
