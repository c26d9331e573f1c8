"""What models think in: tensors by name, batch first, and how they go on under candidate actions."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int64, Shaped
from torch import Tensor


@dataclass(frozen=True)
class Latent:
    """What a model keeps of now, once for each decision of a batch."""

    parts: dict[str, Tensor]
    """The model's own, [batch ...]."""
    observation: dict[str, Tensor]
    """What was seen, [batch ...] as observed: costs look here for what does not move."""

    def __len__(self) -> int:
        return len(next(iter((self.parts or self.observation).values())))

    def rows(self, index: Int64[Tensor, " some"]) -> "Latent":
        """Of some rows of the batch."""
        return Latent(
            {name: part[index] for name, part in self.parts.items()},
            {name: part[index] for name, part in self.observation.items()},
        )


@dataclass(frozen=True)
class Before:
    """How a model with a memory came to be here: what it kept a step ago, and what was done since."""

    latent: Latent
    action: Shaped[Tensor, "batch ..."]
    begins: Bool[Tensor, " batch"]
    """Rows whose episode begins now: what was before means nothing to them."""


@dataclass(frozen=True)
class Rollout:
    """How it goes on: step t is what the first t + 1 actions lead to."""

    start: Latent
    actions: Shaped[Tensor, "batch candidate horizon ..."]
    """Continuous [batch candidate horizon number] or discrete [batch candidate horizon]."""
    parts: dict[str, Tensor]
    """The model's own, [batch candidate sample horizon ...]."""
    weights: Tensor | None = None
    """Probabilities [batch candidate sample] of sampled futures that are not equally likely; None: they are."""

    @property
    def horizon(self) -> int:
        """Steps."""
        return self.actions.shape[2]


def expand(part: Tensor, candidates: int) -> Tensor:
    """[batch ...] -> [batch candidate ...], without a copy."""
    return part.unsqueeze(1).expand(-1, candidates, *[-1] * (part.ndim - 1))


def tile(part: Tensor, candidates: int) -> Tensor:
    """[batch ...] -> [batch*candidate ...], for networks that know one batch axis."""
    return torch.repeat_interleave(part, candidates, 0)
