"""What is read off a map, cell by cell: where moves lead, where episodes end, what that pays, what ways cost."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional

from world_models.latents.neighbours import WAYS, near

SHARP = 10.0
"""Logits and rewards are so many times what is written: what is certain, or large, is learned sooner."""
ENDS = -0.3
"""To begin with most steps end nothing."""
PRICE = 0.054
"""To begin with a step costs ln(1 + e^(10 * 0.054)) = 1."""


class Reading(NamedTuple):
    """Of some cells of maps."""

    ways: Float[Tensor, "batch cell action 9"]
    """Logarithm of the probability that an action leads a way."""
    ends: Float[Tensor, "batch cell action 9"]
    """Logit of the probability that this ends the episode."""
    rewards: Float[Tensor, "batch cell action 9"]
    """What it pays."""


class MapReader(nn.Module):
    """Two layers over the nine cells around each; what a cell's features mean is read off them alone.

    Args:
        channels: Of the map, without what moves.
        num_actions: Choices.
        width: Features of a cell.
    """

    def __init__(self, channels: int, num_actions: int, *, width: int) -> None:
        super().__init__()
        self.num_actions = num_actions
        seen = WAYS * (channels + 1)
        self.look, self.think = nn.Linear(seen, 2 * width), nn.Linear(2 * width, width)
        width += seen  # what is read off the surroundings themselves needs no features
        self.ways, self.ends, self.rewards = (nn.Linear(width, num_actions * WAYS) for _ in range(3))
        self.prices = nn.Linear(width, num_actions)
        self.still = nn.Linear(width, channels)
        for head in (self.ways, self.ends, self.rewards, self.prices):
            nn.init.zeros_(head.weight)
        nn.init.constant_(self.ends.bias, ENDS)
        nn.init.constant_(self.prices.bias, PRICE)

    def features(self, still: Float[Tensor, "batch channel row col"]) -> Float[Tensor, "batch cell feature"]:
        """Of every cell: its surroundings, and what they make together."""
        # one more channel, of ones, tells what lies beyond the border from floor
        framed = torch.cat([still, torch.ones_like(still[:, :1])], 1)
        around = near(framed).flatten(1, 2).mT
        return torch.cat([functional.relu(self.think(functional.relu(self.look(around)))), around], -1)

    def forward(
        self, features: Float[Tensor, "batch cell feature"], is_inside: Float[Tensor, "#batch cell 9"]
    ) -> Reading:
        """Of cells by their features, and by which of their neighbours lie on the map."""
        ways, ends, rewards = (
            head(features).unflatten(-1, (self.num_actions, WAYS)) for head in (self.ways, self.ends, self.rewards)
        )
        ways = (SHARP * ways).masked_fill(is_inside.unsqueeze(-2) == 0.0, -torch.inf).log_softmax(-1)
        return Reading(ways, SHARP * ends, SHARP * rewards)

    def price(self, features: Float[Tensor, "batch cell feature"]) -> Float[Tensor, "batch action cell"]:
        """Of every action, > 0."""
        return functional.softplus(SHARP * self.prices(features)).mT


def inside(rows: int, cols: int, device: torch.device) -> Float[Tensor, "1 cell 9"]:
    """1 for neighbours on the map, 0 for those beyond its border."""
    return near(torch.ones(rows, cols, device=device)).mT.unsqueeze(0)


def at_cells(features: Float[Tensor, "#batch cell number"], cells: Int64[Tensor, "batch some"]) -> Tensor:
    """What stands at some cells [batch some number]."""
    rows = features.expand(len(cells), -1, -1)
    return rows.gather(1, cells.unsqueeze(-1).expand(-1, -1, features.shape[-1]))
