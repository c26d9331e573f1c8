"""What every family of policies is to the agent: a loss on chunks of actions, and a way to propose one."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Float
from torch import Tensor, nn

from agents.policies.noise import Noise

Chunk = Float[Tensor, "batch time number"]
"""Numbers in [-1, 1], as an `ActionCodec` writes them: one row an action."""
Features = Float[Tensor, "batch feature"]
Weight = Float[Tensor, "batch time"]


class Head(nn.Module, ABC):
    """What a policy learns of chunks, given features of what was seen.

    It holds no sampler, and a sampler holds no weights: any sampler that fits may be handed to `propose`.

    Args:
        features: Numbers that a decision is made from.
        horizon: Actions in a chunk.
        size: Numbers of one action.
    """

    samplers: ClassVar[tuple[str, ...]] = ()
    """Names in `SAMPLERS` that fit; empty where nothing is sampled."""
    passes: ClassVar[int] = 1
    """Network evaluations of a proposal where no sampler counts them."""

    def __init__(self, features: int, horizon: int, size: int) -> None:
        super().__init__()
        self.features, self.horizon, self.size = features, horizon, size

    @abstractmethod
    def loss(self, features: Features, chunk: Chunk, weight: Weight, noise: Noise) -> Float[Tensor, ""]:
        """How far the policy is from chunks that the expert played; `weight` is 0 on what pads a chunk."""

    @abstractmethod
    def propose(self, features: Features, noise: Noise, *, sampler: Any = None, deterministic: bool = False) -> Chunk:
        """A chunk for each row.

        Args:
            features: Of what was seen.
            noise: All randomness there is.
            sampler: One of `samplers`, or None where there are none.
            deterministic: Prefer the likeliest, where that can be told; noise is a pure function of the row's
                counters in any case.
        """

    def explain(self, features: Features, noise: Noise, sampler: Any) -> dict[str, np.ndarray]:
        """What there is to show of a decision, beside the chunk; nothing by default."""
        return {}


def weighted_mean(error: Float[Tensor, "batch time"], weight: Weight) -> Float[Tensor, ""]:
    """The mean over what is no padding."""
    return (error * weight).sum() / weight.sum().clamp_min(1.0)
