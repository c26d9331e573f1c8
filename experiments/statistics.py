"""Means with 95 % intervals, and paired comparisons."""

from collections.abc import Mapping, Sequence
from math import comb, sqrt
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Shaped

Z = 1.959963984540054
"""Quantile of the standard normal distribution at 0.975."""
RESAMPLES = 10_000
BLOCK = 4_000_000
"""Draws of the bootstrap held in memory at once."""
PROPORTIONS = frozenset({"success", "collision", "at_fault_collision", "off_road"})
"""Metrics that are 0 or 1 by meaning, even where an evaluation saw only one of the two."""

Sample = Shaped[np.ndarray, " episode"] | Sequence[float]


class Interval(NamedTuple):
    """A mean and its 95 % interval; all nan where there was nothing to average."""

    mean: float
    low: float
    high: float


def wilson(successes: int, total: int) -> Interval:
    """Share of successes with Wilson's score interval, which holds near 0 and 1 too.

    (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n), with p = successes / n, n = total.

    Source: Wilson, *Probable inference, the law of succession, and statistical inference*, JASA 22 (1927).
    """
    if not 0 <= successes <= total:
        raise ValueError(f"Expected 0 <= successes <= total, got {successes} of {total}.")
    if total == 0:
        return Interval(np.nan, np.nan, np.nan)
    share = successes / total
    centre = share + Z**2 / (2 * total)
    half = Z * sqrt(share * (1 - share) / total + Z**2 / (4 * total**2))
    scale = 1 + Z**2 / total
    # Where all or none succeed, the bound is 1 or 0 exactly, which rounding may miss.
    low = 0.0 if successes == 0 else (centre - half) / scale
    high = 1.0 if successes == total else (centre + half) / scale
    return Interval(share, low, high)


def bootstrap(values: Sample, *, resamples: int = RESAMPLES, seed: int = 0) -> Interval:
    """Mean with the percentile bootstrap's interval; nan is no value. The same values give the same interval.

    Source: Efron and Tibshirani, *An Introduction to the Bootstrap* (1993), chapter 13.
    """
    present = _present(values)
    if len(present) == 0:
        return Interval(np.nan, np.nan, np.nan)
    mean = float(present.mean())
    if np.ptp(present) == 0:
        return Interval(mean, mean, mean)
    means = _resampled_means(present, resamples, np.random.default_rng(seed))
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(mean, float(low), float(high))


def _resampled_means(values: np.ndarray, resamples: int, rng: np.random.Generator) -> Float64[np.ndarray, " resample"]:
    rows = max(1, BLOCK // len(values))
    sizes = [min(rows, resamples - first) for first in range(0, resamples, rows)]
    drawn = (rng.integers(len(values), size=(size, len(values)), dtype=np.int32) for size in sizes)
    return np.concatenate([values[rows].mean(axis=1) for rows in drawn])


def summarise(name: str, values: Sample) -> Interval:
    """Wilson's interval for metrics that are 0 or 1, the bootstrap's for all others; nan is no value."""
    present = _present(values)
    levels = set(np.unique(present).tolist())
    if levels == {0.0, 1.0} or (name in PROPORTIONS and levels and levels <= {0.0, 1.0}):
        return wilson(int(present.sum()), len(present))
    return bootstrap(present)


def mcnemar(first: Sample, second: Sample) -> float:
    """Two-sided exact p-value that two agents succeed alike, from successes (0 or 1) on the same levels.

    Under that hypothesis, of the n levels on which they differ, either agent wins each with probability 1/2:
    p = min(1, 2 P(Binomial(n, 1/2) <= min(wins, losses))).

    Source: McNemar, *Note on the sampling error of the difference between correlated proportions*,
    Psychometrika 12 (1947), in its exact form.
    """
    a, b = _pairs(first, second)
    if not np.isin(np.concatenate([a, b]), (0.0, 1.0)).all():
        raise ValueError("McNemar's test compares successes: expected 0 or 1 everywhere.")
    wins, losses = int((a > b).sum()), int((a < b).sum())
    tail = sum(comb(wins + losses, k) for k in range(min(wins, losses) + 1))
    return min(1.0, 2 * tail / 2 ** (wins + losses))


def paired_difference(first: Sample, second: Sample, *, seed: int = 0) -> Interval:
    """Mean of first - second over the same levels, resampled in pairs; a pair with nan is no pair."""
    a, b = _pairs(first, second)
    return bootstrap(a - b, seed=seed)


def ratio(first: Sample, second: Sample, *, resamples: int = RESAMPLES, seed: int = 0) -> Interval:
    """Mean of first over mean of second, resampled in pairs; a pair with nan is no pair, and 0 / 0 is nan."""
    a, b = _pairs(first, second)
    known = ~np.isnan(a) & ~np.isnan(b)
    a, b = a[known], b[known]
    if len(a) == 0 or not b.any():
        return Interval(np.nan, np.nan, np.nan)
    weights = np.random.default_rng(seed).multinomial(len(a), np.full(len(a), 1.0 / len(a)), size=resamples)
    below = weights @ b
    low, high = np.quantile((weights @ a)[below > 0] / below[below > 0], [0.025, 0.975])
    return Interval(float(a.sum() / b.sum()), float(low), float(high))


def group_means(values: np.ndarray, groups: np.ndarray) -> Float64[np.ndarray, " group"]:
    """Means over the members of each group, the situations of a level say; nan is no value, and where all are nan."""
    _, place = np.unique(groups, return_inverse=True)
    known = ~np.isnan(values)
    count = np.bincount(place[known], minlength=place.max() + 1)
    total = np.bincount(place[known], weights=values[known], minlength=place.max() + 1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


class Comparison(NamedTuple):
    """How two agents differ on the same levels: first - second."""

    success: Interval
    success_p_value: float
    score: Interval


def compare_paired(first: Mapping[str, Sample], second: Mapping[str, Sample]) -> Comparison:
    """Compare episodes given as columns ``level``, ``success`` and ``score``.

    Raises:
        ValueError: other levels, or another order of them.
    """
    if not np.array_equal(first["level"], second["level"]):
        raise ValueError("A paired comparison needs the same levels in the same order on both sides.")
    return Comparison(
        paired_difference(first["success"], second["success"]),
        mcnemar(first["success"], second["success"]),
        paired_difference(first["score"], second["score"]),
    )


def _present(values: Sample) -> Float64[np.ndarray, " present"]:
    array = np.asarray(values, np.float64)
    return array[~np.isnan(array)]


def _pairs(first: Sample, second: Sample) -> tuple[np.ndarray, np.ndarray]:
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"Pairs need equally many values on both sides, got shapes {a.shape} and {b.shape}.")
    return a, b
