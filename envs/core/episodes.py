"""Pieces of an episode that the three faces share: seeds, chosen levels, metrics."""

from typing import Any

import numpy as np
from jaxtyping import Int64

from envs.core.naming import check_known
from envs.core.worlds import Worlds


def fresh_seed() -> int:
    """A seed from the system's entropy, for a first reset without one."""
    return int(np.random.SeedSequence().generate_state(1, np.uint64)[0] >> np.uint64(1))


def read_level(options: dict[str, Any] | None, shape: tuple[int, ...]) -> Int64[np.ndarray, "..."]:
    """``options["level"]`` as an array of `shape` (one number serves all), -1 where none is asked for.

    Raises:
        ValueError: another option, or levels that are not whole numbers >= 0.
    """
    for name in options or {}:
        check_known("reset option", name, ("level", "reset_mask"))
    level = (options or {}).get("level")
    if level is None:
        return np.full(shape, -1, np.int64)
    array = np.asarray(level)
    if array.dtype.kind not in "iu" or (array < 0).any() or array.shape not in ((), shape):
        raise ValueError(f"Option 'level': expected whole numbers >= 0 of shape () or {shape}, got {level!r}.")
    return np.broadcast_to(array, shape).astype(np.int64)


def episode_metrics(worlds: Worlds, world: int, agent: int) -> dict[str, float]:
    """Metrics of an agent's finished episode."""
    return dict(zip(worlds.metric_names, worlds.output.metrics[world, agent].tolist(), strict=True))
