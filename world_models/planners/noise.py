"""Noise whose neighbours in time are alike: power falls as the frequency to some exponent."""

import functools
import math

import torch
from jaxtyping import Float
from torch import Tensor

FINEST = 2.0**-54
"""Half a step of numbers in [0, 1) with 53 bits: keeps 0 away from where the normal quantile is infinite."""


def normal(units: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Standard normal numbers from numbers in [0, 1)."""
    return torch.special.ndtri((units.double() + FINEST).clamp(max=1.0 - 2.0**-53)).float()


@functools.lru_cache(maxsize=32)
def _mixing(horizon: int, exponent: float) -> tuple[tuple[float, ...], ...]:
    """Lower triangle L such that L z has the wanted covariance, for z independent."""
    # On a circle of twice the horizon, so that a plan's end knows nothing of its beginning.
    circle = 2 * horizon
    rank = torch.arange(circle, dtype=torch.float64)
    rate = torch.minimum(rank, circle - rank).clamp(min=1.0)
    power = rate**-exponent
    angle = 2.0 * math.pi / circle * torch.outer(torch.arange(horizon, dtype=torch.float64), rank)
    correlation = (power * torch.cos(angle)).sum(-1) / power.sum()
    lag = (torch.arange(horizon)[:, None] - torch.arange(horizon)[None]).abs()
    return tuple(map(tuple, torch.linalg.cholesky(correlation[lag]).tolist()))


def coloured(
    white: Float[Tensor, "batch candidate horizon number"], exponent: float
) -> Float[Tensor, "batch candidate horizon number"]:
    """Independent normal numbers mixed over the horizon so that their power is frequency^-exponent, variance 1.

    As in iCEM (Pinneri et al., *Sample-efficient cross-entropy method for real-time planning*, CoRL 2020); 0 is white,
    2 a random walk. The noise is as loud at frequency 0 as at the lowest one above.
    """
    if exponent == 0.0:
        return white
    # Term by term: a product of matrices may round a row differently in a larger batch.
    steps = white.unbind(2)
    mixed = []
    for weights in _mixing(len(steps), exponent):
        total = weights[0] * steps[0]
        for weight, step in zip(weights[1 : len(mixed) + 1], steps[1:], strict=False):
            total = total + weight * step
        mixed.append(total)
    return torch.stack(mixed, 2)
