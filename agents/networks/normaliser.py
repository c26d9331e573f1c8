"""Numbers brought to about unit size, with what that takes kept among the weights."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

UNBOUNDED = 1e6
"""Bounds so far out say nothing of what is usual."""


class Normaliser(nn.Module):
    """(x - mean) / scale. Mean and scale are those of the bounds until `measure` has seen data.

    Args:
        low, high: Bounds of every number.
        least: A spread below this share of half the bounds' distance counts as this much, so that what hardly
            varies is not blown up.
    """

    mean: Tensor
    scale: Tensor
    floor: Tensor

    def __init__(self, low: np.ndarray, high: np.ndarray, *, least: float) -> None:
        super().__init__()
        low, high = (np.asarray(bound, np.float64).ravel().clip(-UNBOUNDED, UNBOUNDED) for bound in (low, high))
        is_bounded = (low > -UNBOUNDED) & (high < UNBOUNDED)
        middle = np.where(is_bounded, (low + high) / 2, 0.0)
        half = np.where(is_bounded & (high > low), (high - low) / 2, 1.0)
        self.register_buffer("mean", torch.tensor(middle, dtype=torch.float32))
        self.register_buffer("scale", torch.tensor(half, dtype=torch.float32))
        self.register_buffer("floor", torch.tensor(least * half, dtype=torch.float32))

    def measure(self, values: Float[Tensor, "batch size"]) -> None:
        """Take mean and spread from data."""
        exact = values.double()
        self.mean.copy_(exact.mean(dim=0))
        self.scale.copy_(exact.std(dim=0, correction=0))
        self.scale.copy_(torch.maximum(self.scale, self.floor))

    def forward(self, values: Float[Tensor, "batch size"]) -> Float[Tensor, "batch size"]:
        """Normalised."""
        return (values - self.mean) / self.scale

    def inverse(self, values: Float[Tensor, "batch size"]) -> Float[Tensor, "batch size"]:
        """What `forward` had been given."""
        return values * self.scale + self.mean
