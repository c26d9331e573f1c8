"""Where the randomness of a policy comes from: rows that count their own, or a generator while learning."""

from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from agents.row_noise import Counts, row_uniforms

HALF_STEP = 2.0**-54
"""Half the distance of two neighbouring uniforms: keeps the normal quantile away from minus infinity at 0."""


@runtime_checkable
class Noise(Protocol):
    """Fresh numbers for a batch, each call with new ones; never the caller's global generator."""

    def normal(self, *shape: int) -> Float[Tensor, "batch ..."]:
        """Standard normal numbers [batch, *shape], float32."""
        ...

    def uniform(self, *shape: int) -> Float[Tensor, "batch ..."]:
        """Numbers [batch, *shape] in [0, 1), float32."""
        ...


class RowNoise:
    """Each row's numbers are a pure function of (seed, row, episode, step): whoever decides beside it is no matter.

    Args:
        seed: Of the agent.
        counts: Of the rows that decide.
    """

    def __init__(self, seed: int, counts: Counts) -> None:
        self.seed, self.counts = seed, counts
        self._first = 0

    def normal(self, *shape: int) -> Float[Tensor, "batch ..."]:
        # The inverse of the distribution, in double precision: one number in, one out, whatever the shape.
        unit = torch.from_numpy(self._draw(shape)).add_(HALF_STEP)
        return torch.special.ndtri(unit).float()

    def uniform(self, *shape: int) -> Float[Tensor, "batch ..."]:
        unit = torch.from_numpy(self._draw(shape)).float()
        return unit.clamp_(max=1.0 - 2.0**-24)  # rounding to single precision may give 1

    def _draw(self, shape: tuple[int, ...]) -> np.ndarray:
        count = int(np.prod(shape))
        unit = row_uniforms(self.seed, self.counts, count, first=self._first)
        self._first += count
        return unit.reshape(len(unit), *shape)


class GeneratorNoise:
    """Numbers of a generator, for learning.

    Args:
        batch: Rows.
        generator: Of the learner.
    """

    def __init__(self, batch: int, generator: torch.Generator) -> None:
        self.batch, self.generator = batch, generator

    def normal(self, *shape: int) -> Float[Tensor, "batch ..."]:
        return torch.randn(self.batch, *shape, generator=self.generator)

    def uniform(self, *shape: int) -> Float[Tensor, "batch ..."]:
        return torch.rand(self.batch, *shape, generator=self.generator)
