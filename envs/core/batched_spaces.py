"""Spaces of batches whose bounds take no more memory than those of one."""

import numpy as np
from gymnasium import spaces
from gymnasium.vector.utils import batch_space


def batch_of(space: spaces.Space, num_envs: int) -> spaces.Space:
    """Gymnasium's `batch_space`, with the bounds of one env seen `num_envs` times instead of copied.

    A box keeps four arrays of its own shape, more than the observations of a batch need themselves: for 1024 views of
    11 x 64 x 64 they are 176 MiB.
    """
    batch = batch_space(space, num_envs)
    for box in batch.spaces.values() if isinstance(batch, spaces.Dict) else (batch,):
        if isinstance(box, spaces.Box):
            for name in ("low", "high", "bounded_below", "bounded_above"):
                of_one = getattr(box, name)[:1].copy()
                setattr(box, name, np.broadcast_to(of_one, box.shape))
    return batch
