"""Straight steps along a velocity."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float, Float64
from torch import Tensor

from agents.config import check_at_least_one
from agents.policies.head import Chunk

Velocity = Callable[[Chunk, Float[Tensor, " batch"]], Chunk]
"""Where a chunk moves to at the time of every row, from 0 (noise) to 1 (actions)."""


@dataclass(frozen=True, kw_only=True)
class Euler:
    """x' = x + v(x, t) / steps; first order."""

    steps: int = 10
    """Of equal length, from time 0 to 1."""

    def __post_init__(self) -> None:
        check_at_least_one(self, "steps")

    @property
    def evaluations(self) -> int:
        """Network evaluations of one chunk."""
        return self.steps

    @property
    def times(self) -> Float64[Tensor, " step"]:
        """At which the network is asked, rising."""
        return even_times(self.steps)

    def sample(self, velocity: Velocity, start: Chunk) -> Chunk:
        """The chunk at time 1 that has been `start` at time 0."""
        chunk = start
        for time in for_rows(self.times, start):
            chunk = chunk.add(velocity(chunk, time), alpha=1.0 / self.steps)
        return chunk


def even_times(count: int) -> Float64[Tensor, " count"]:
    """From 0 on, evenly spaced, the last a space below 1."""
    return torch.arange(count, dtype=torch.float64) / count


def for_rows(times: Float64[Tensor, " step"], like: Chunk) -> tuple[Tensor, ...]:
    """Each time [batch], for every row of a chunk and in its precision."""
    return times.to(like.dtype)[:, None].expand(-1, len(like)).unbind(0)
