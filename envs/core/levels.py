"""Splits: which levels an environment draws from. Procedural levels are integers, a billion to a split."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int64

from envs.core.naming import check_known

LEVELS_PER_SPLIT = 1_000_000_000
SPLITS = ("train", "validation", "test")


class LevelRange(NamedTuple):
    """Levels low, low + 1, ..., low + count - 1; or, where `ids` is not empty, ids[0..count-1]."""

    low: int
    count: int  # type: ignore[override]  # a tuple has a method of this name, of no use here
    ids: Int64[np.ndarray, " levels"]


def procedural_levels(split: str, num_levels: int | None) -> LevelRange:
    """The levels of a split without end, or its first `num_levels`.

    ``train`` starts at 0, ``validation`` at 10**9, ``test`` at 2 * 10**9; ``all`` is the union.
    """
    check_known("split", split, (*SPLITS, "all"))
    low = 0 if split == "all" else SPLITS.index(split) * LEVELS_PER_SPLIT
    count = LEVELS_PER_SPLIT * (len(SPLITS) if split == "all" else 1)
    return LevelRange(low, min(count, num_levels or count), np.zeros(0, np.int64))


def listed_levels(split: str, num_levels: int | None, groups: Sequence[int] | np.ndarray) -> LevelRange:
    """A finite list of levels 0..n-1, split by group: of ten groups, eight train, one validates, one tests.

    Levels of one group (states of one map, say) always fall into the same split.

    Raises:
        ValueError: the split has no level.
    """
    check_known("split", split, (*SPLITS, "all"))
    tenth = np.asarray(groups, np.int64) % 10
    share = {"train": tenth < 8, "validation": tenth == 8, "test": tenth == 9, "all": tenth >= 0}[split]
    ids = np.flatnonzero(share).astype(np.int64)[:num_levels]
    if len(ids) == 0:
        raise ValueError(
            f"Split {split!r} holds none of the {len(tenth)} levels in this file: expected at least 10 for all "
            "three splits. Use split='all'."
        )
    return LevelRange(0, len(ids), ids)
