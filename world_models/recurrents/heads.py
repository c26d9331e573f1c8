"""What else comes of a step: its reward, and whether the episode goes on."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional

SPREAD = 0.1
"""Standard deviation of a reward round what is expected of it, symlog scale."""


class Outcome(NamedTuple):
    """Of steps."""

    reward: Float[Tensor, "*batch"]
    """On a symlog scale."""
    goes_on: Float[Tensor, "*batch"]
    """Logit."""


class Heads(nn.Module):
    """A layer, and a number for each head.

    Args:
        features: Numbers of a state, and what it reads of the context.
    """

    def __init__(self, features: int, hidden: int = 128) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(features, hidden), nn.SiLU(), nn.Linear(hidden, 2))
        with torch.no_grad():
            self.layers[-1].weight.mul_(0.1)  # type: ignore[union-attr, operator]
            self.layers[-1].bias.copy_(torch.tensor([0.0, 2.0]))  # type: ignore[union-attr, operator]

    def forward(self, features: Float[Tensor, "*batch number"]) -> Outcome:
        """Of the steps that led to these features."""
        return Outcome(*self.layers(features).unbind(-1))


def symlog(value: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    """sign(x) log(1 + |x|): itself near 0, a logarithm far out (Hafner et al. 2023)."""
    return torch.sign(value) * torch.log1p(value.abs())


def symexp(value: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    """The inverse of `symlog`."""
    return torch.sign(value) * torch.expm1(value.abs())


def outcome_nats(
    outcome: Outcome, rewards: Float[Tensor, "*batch"], terminated: Bool[Tensor, "*batch"]
) -> tuple[Float[Tensor, "*batch"], Float[Tensor, "*batch"]]:
    """How surprising rewards and ends are, up to a constant."""
    reward = 0.5 * ((outcome.reward - symlog(rewards)) / SPREAD).square()
    going_on = functional.binary_cross_entropy_with_logits(outcome.goes_on, (~terminated).float(), reduction="none")
    return reward, going_on
