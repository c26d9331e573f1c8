"""Which level comes next: a pure function of a world's seed and how many episodes it has begun."""

import numpy as np

from envs.kernels.compilation import kernel
from envs.kernels.counter_random import bits, fold, mix

SPLIT_SALT = np.uint64(0x5EED)


@kernel
def next_level(seed, episode, rules, level_ids):
    """The level of a seed's `episode`-th episode, uniform over the split."""
    word = bits(fold(mix(np.uint64(seed)), SPLIT_SALT), episode)
    index = np.int64(word % np.uint64(rules.level_count))
    return level_ids[index] if level_ids.shape[0] > 0 else rules.level_low + index
