"""Means over levels and seeds, with 95 % intervals that know of both."""

from functools import lru_cache

import numpy as np
from jaxtyping import Float

from experiments.statistics import PROPORTIONS, Interval, wilson

RESAMPLES = 4000
INTERVALS = (
    "95 %: percentiles of the bootstrap that draws levels and training seeds anew, independently of each other "
    "(Owen's pigeonhole bootstrap); where every episode had the same 0 or 1, Wilson's over the levels"
)
"""What the intervals are, for who reads the results."""

Table = Float[np.ndarray, "seed level"]


def crossed(name: str, values: Table) -> Interval:
    """Mean of all episodes; nan is no value.

    Rows are seeds, columns levels, which all seeds share: episodes on one level are no independent evidence, and
    neither are those of one seed.

    Source: Owen, *The pigeonhole bootstrap*, Annals of Applied Statistics 1 (2007).
    """
    present = values[~np.isnan(values)]
    if len(present) == 0:
        return Interval(np.nan, np.nan, np.nan)
    mean = float(present.mean())
    if np.ptp(present) == 0:
        is_share = mean in (0.0, 1.0) and (name in PROPORTIONS or name == "mode")
        levels = int((~np.isnan(values)).any(axis=0).sum())
        return wilson(int(mean) * levels, levels) if is_share else Interval(mean, mean, mean)
    return Interval(mean, *_bounds(_means(values, key=0)))


def crossed_difference(first: Table, second: Table) -> Interval:
    """Mean of `first` minus that of `second`, of two agents on the same levels: both on those drawn together."""
    if first.shape[1] != second.shape[1]:
        raise ValueError(f"A paired comparison needs the same levels, got {first.shape[1]} and {second.shape[1]}.")
    mean = float(np.nanmean(first) - np.nanmean(second))
    return Interval(mean, *_bounds(_means(first, key=0) - _means(second, key=1)))


def _means(values: Table, *, key: int) -> Float[np.ndarray, " resample"]:
    """Means of resampled tables; `key` tells the seeds of one agent from those of another."""
    seeds, levels = values.shape
    by_seed = _multiplicities(seeds, 1 + key)
    is_present = ~np.isnan(values)
    by_level = _multiplicities(levels, 0)
    totals = (by_seed * (by_level @ np.where(is_present, values, 0.0).T)).sum(axis=1)
    counts = (by_seed * (by_level @ is_present.T.astype(np.float64))).sum(axis=1)
    return totals / np.where(counts > 0, counts, np.nan)


@lru_cache(maxsize=8)
def _multiplicities(count: int, key: int) -> Float[np.ndarray, "resample item"]:
    """How often each of `count` things is drawn in each resample."""
    rng = np.random.default_rng((key, count))
    return rng.multinomial(count, np.full(count, 1.0 / count), size=RESAMPLES).astype(np.float64)


def _bounds(means: Float[np.ndarray, " resample"]) -> tuple[float, float]:
    low, high = np.nanquantile(means, [0.025, 0.975])
    return float(low), float(high)
