"""Bounded actions in units of half their range: -1 is the lowest, 1 the highest."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.spec import Actions


@dataclass(frozen=True)
class Units:
    """From actions to units and back."""

    low: Float[Tensor, " number"]
    high: Float[Tensor, " number"]

    @classmethod
    def of(cls, actions: Actions, device: torch.device) -> "Units":
        """Of continuous actions."""
        return cls(torch.tensor(actions.low, device=device), torch.tensor(actions.high, device=device))

    def to_actions(self, units: Float[Tensor, "*batch number"]) -> Float[Tensor, "*batch number"]:
        """Within the bounds to the last bit, whatever rounding does."""
        middle, half = 0.5 * (self.low + self.high), 0.5 * (self.high - self.low)
        return torch.minimum(torch.maximum(middle + half * units, self.low), self.high)

    def of_actions(self, actions: Float[Tensor, "*batch number"]) -> Float[Tensor, "*batch number"]:
        """Actions beyond the bounds become the bounds."""
        middle, half = 0.5 * (self.low + self.high), 0.5 * (self.high - self.low)
        return ((actions - middle) / half).clamp(-1.0, 1.0)
