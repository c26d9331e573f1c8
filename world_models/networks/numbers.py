"""Plain numbers of an observation, brought to about unit size by what was measured before the first update."""

from collections.abc import Iterable, Mapping
from math import prod

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

LEAST = 1e-3
"""A spread below this counts as this much: what hardly varies is not blown up."""


class Numbers(nn.Module):
    """asinh((x - mean) / spread) of all numbers of some keys, side by side.

    The inverse hyperbolic sine is x near 0 and a logarithm far out, where the data may never have been.

    Args:
        shapes: Of an observation, by key.
        keys: Those that are taken, in this order.
    """

    mean: Tensor
    spread: Tensor

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], keys: Iterable[str] = ("ego", "route")) -> None:
        super().__init__()
        self.keys = tuple(key for key in keys if key in shapes)
        self.size = sum(prod(shapes[key]) for key in self.keys)
        """How many numbers there are."""
        self.register_buffer("mean", torch.zeros(self.size))
        self.register_buffer("spread", torch.ones(self.size))

    def flat(self, observation: Mapping[str, Tensor]) -> Float[Tensor, "*batch number"]:
        """The numbers as they are; axes before those of one observation are kept."""
        if not self.keys:
            raise ValueError("No key of the observation holds plain numbers.")
        return torch.cat([observation[key].float() for key in self.keys], -1)

    def forward(self, observation: Mapping[str, Tensor]) -> Float[Tensor, "*batch number"]:
        """Normalised."""
        return torch.asinh((self.flat(observation) - self.mean) / self.spread)

    @torch.no_grad()
    def measure(self, observation: Mapping[str, Tensor], is_real: Bool[Tensor, "*batch"] | None = None) -> None:
        """Take mean and spread from observations [*batch ...], of those that are real."""
        if not self.keys:
            return
        flat = self.flat(observation)
        seen = (flat.flatten(0, -2) if is_real is None else flat[is_real]).double()
        self.mean.copy_(seen.mean(0))
        self.spread.copy_(seen.std(0, correction=0).clamp(min=LEAST))
