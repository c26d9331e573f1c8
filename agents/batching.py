"""Observations as batches: the rank tells one observation from many, so that any grid size fits."""

from collections.abc import Mapping

import numpy as np
from gymnasium import spaces


def as_batch(observation: Mapping[str, np.ndarray], space: spaces.Dict) -> tuple[dict[str, np.ndarray], bool]:
    """The observation with a batch axis on every key, and whether that had to be added.

    Sizes may differ from the space's (an encoder may serve any), ranks may not.

    Raises:
        ValueError: not a mapping, a key is missing, or ranks and batch sizes do not fit.
    """
    if not isinstance(observation, Mapping):
        raise ValueError(f"Expected a dictionary observation with {list(space)}, got {type(observation).__name__}.")
    batch: dict[str, np.ndarray] = {}
    added = set()
    for key, subspace in space.items():
        if key not in observation:
            raise ValueError(f"The observation has no key {key!r}; it has {list(observation)}.")
        array = np.asarray(observation[key])
        rank = len(subspace.shape or ())
        if array.ndim not in (rank, rank + 1):
            raise ValueError(f"Observation {key!r}: expected {rank} axes or a batch of them, got shape {array.shape}.")
        added.add(array.ndim == rank)
        batch[key] = array[None] if array.ndim == rank else array
    sizes = {key: len(array) for key, array in batch.items()}
    if len(added) != 1 or len(set(sizes.values())) != 1:
        raise ValueError(f"Observation keys disagree on the batch: {sizes}.")
    return batch, added.pop()
