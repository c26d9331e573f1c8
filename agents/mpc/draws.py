"""Random numbers for planners, row by row: a pure function of (seed, row, episode, step), as for every agent."""

from math import prod

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor

from agents.row_noise import Counts, row_uniforms

FINEST = 2**24
"""Steps from 0 to 1 that a float32 has for certain; rounding to nearest would reach 1."""


class RowDraws:
    """`world_models.model.Draws` of one decision: every call goes on where the last one of the same row ended.

    Args:
        seed: Of the agent.
        counts: Of the rows.
        device: Where the numbers are wanted.
    """

    def __init__(self, seed: int, counts: Counts, device: torch.device | str = "cpu") -> None:
        self.seed, self.counts, self.device = seed, counts, device
        self._first = 0

    def __call__(self, shape: tuple[int, ...]) -> Float32[Tensor, "batch ..."]:
        """In [0, 1)."""
        count = prod(shape)
        unit = row_uniforms(self.seed, self.counts, count, first=self._first)
        self._first += count
        exact = (np.floor(unit * FINEST) / FINEST).astype(np.float32)
        return torch.from_numpy(exact.reshape(-1, *shape)).to(self.device)


def alike(counts: Counts) -> Counts:
    """The same numbers for every row and episode: a decision is then a function of what the row has seen, alone."""
    zero = np.zeros_like(counts.row)
    return Counts(zero, zero, counts.step)
