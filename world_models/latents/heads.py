"""What a vector means: plain readings of it."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn


class NumberHead(nn.Module):
    """A number read off a latent by one hidden layer, in the units of what it was measured on.

    Args:
        size: Of the latent.
        hidden: Of the layer.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, size: int, hidden: int = 64) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(size, hidden), nn.GELU(), nn.Linear(hidden, 1))
        self.register_buffer("mean", torch.zeros(()))
        self.register_buffer("spread", torch.ones(()))

    def forward(self, latent: Float[Tensor, "*batch size"]) -> Float[Tensor, "*batch"]:
        """In units."""
        return self.mean + self.spread * self.layers(latent).squeeze(-1)

    def off(self, latent: Float[Tensor, "*batch size"], wanted: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
        """How far it misses, in spreads; a distance far out counts as such, not squared (Huber)."""
        missed = ((self(latent) - wanted) / self.spread).abs()
        return torch.where(missed < 1.0, 0.5 * missed.square(), missed - 0.5)

    @torch.no_grad()
    def measure(self, values: Float[Tensor, "*batch"], counts: Bool[Tensor, "*batch"]) -> None:
        """Take mean and spread from values that count."""
        seen = values[counts].double()
        if len(seen) > 1:
            self.mean.copy_(seen.mean())
            self.spread.copy_(seen.std(correction=0).clamp(min=1e-3))
