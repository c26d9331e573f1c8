"""What the samplers of a diffusion chain share."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from jaxtyping import Int64
from torch import Tensor

from agents.config import check_at_least_one
from agents.policies.head import Chunk
from agents.policies.noise_schedule import SPACINGS, NoiseSchedule
from envs.core.naming import check_known

ErrorPredictor = Callable[[Chunk, Int64[Tensor, " batch"]], Chunk]
"""The error in a chunk, told the step of every row."""


class Link(NamedTuple):
    """One step of a chain: where it starts, and what the levels are before and after it."""

    step: Tensor
    """int64 [batch], the same for every row."""
    signal: float
    spread: float
    next_signal: float
    next_spread: float


def links(sampler: Any, schedule: NoiseSchedule, batch: int) -> Iterator[Link]:
    """The steps that a sampler visits, to the chain's clean end."""
    visits = sampler.visits(schedule)
    levels = [*map(schedule.levels, visits.tolist()), (1.0, 0.0)]
    steps = torch.from_numpy(visits)[:, None].expand(-1, batch).unbind(0)
    for i, step in enumerate(steps):
        yield Link(step, *levels[i], *levels[i + 1])


def check_chain(sampler: Any) -> None:
    """Raise ``ValueError`` for fields of a sampler that no chain can have."""
    check_at_least_one(sampler, "steps")
    check_known("spacing", sampler.spacing, SPACINGS)
    if not sampler.clip > 0:
        raise ValueError(f"{type(sampler).__name__}.clip: expected > 0, got {sampler.clip}.")


def clean_chunk(chunk: Chunk, error: Chunk, link: Link, clip: float) -> Chunk:
    """The action (x - spread e) / signal that the error leaves, cut off at `clip`; a new tensor."""
    # In this order: where signal is almost nothing, x - spread e is a small difference of large numbers.
    return chunk.sub(error, alpha=link.spread).div_(link.signal).clamp_(-clip, clip)
