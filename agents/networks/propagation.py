"""An encoder for occupancy of any size: values spread from the goal cell by cell, at prices read off the map."""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

AGENT_CHANNEL = 2
NEIGHBOURS = 9
FAR = 1e3
"""Value beyond the border: nothing comes from there."""


class Spread(NamedTuple):
    """What the encoder found out about a batch of maps."""

    value: Tensor  # [batch map row col]
    advantage: Tensor  # [batch map neighbour row col], <= 0: what going there loses against the best neighbour
    feature: Tensor  # [batch width row col]


class ValuePropagation(nn.Module):
    """Weight-tied max-plus propagation, so that depth grows with the map and not with the weights.

    A small convolutional stem reads a price p_k >= 0 for entering each of a cell's nine neighbours k (itself
    included) and a source s from the occupancy; then, `iterations` times, for each of a few value maps

        v <- max(s, max_k (v_k - p_k))

    This is value iteration (Tamar et al., *Value Iteration Networks*, 2016) in its max-plus form: rewards are
    state-dependent prices, and a discount is not needed since values saturate. The advantage of neighbour k is
    (v_k - p_k) - max_j (v_j - p_j).

    Args:
        channels: Of the occupancy.
        width: Features of each cell.
        maps: Value maps.
        iterations: Rounds of spreading; None: three quarters of (rows + cols) of what is shown.
        scale: Height of the sources: how far values reach at first, at prices near ln 2 a cell.
    """

    def __init__(self, channels: int, *, width: int, maps: int, iterations: int | None, scale: float = 20.0) -> None:
        super().__init__()
        self.maps, self.iterations, self.scale = maps, iterations, scale
        # One more channel, of ones, tells the padding beyond the border from floor.
        self.stem = nn.Sequential(
            nn.Conv2d(channels + 1, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 1), nn.ReLU()
        )
        self.price = nn.Conv2d(width, NEIGHBOURS * maps, 1)
        self.source = nn.Conv2d(channels, maps, 1)
        with torch.no_grad():
            self.source.weight.abs_()  # the goal attracts from the first update on

    def forward(self, occupancy: Float[Tensor, "batch channel row col"]) -> Spread:
        """Values, advantages and features of every cell."""
        batch, _, rows, cols = occupancy.shape
        feature = self.stem(torch.cat([occupancy, torch.ones_like(occupancy[:, :1])], dim=1))
        price = functional.softplus(self.price(feature)).view(batch, self.maps, NEIGHBOURS, rows, cols)
        source = self.scale * self.source(occupancy)
        value = source
        for _ in range(self.iterations or round(0.75 * (rows + cols))):
            value = torch.maximum((look_around(value) - price).amax(dim=2), source)
        through = look_around(value) - price
        return Spread(value, through - through.amax(dim=2, keepdim=True), feature)


def look_around(value: Float[Tensor, "batch map row col"]) -> Float[Tensor, "batch map 9 row col"]:
    """Every cell's nine neighbours' values, row by row from the upper left; -FAR beyond the border."""
    batch, maps, rows, cols = value.shape
    padded = functional.pad(value, (1, 1, 1, 1), value=-FAR)
    return functional.unfold(padded, 3).view(batch, maps, NEIGHBOURS, rows, cols)


def at_agent(
    field: Float[Tensor, "batch *feature row col"], occupancy: Float[Tensor, "batch channel row col"]
) -> Float[Tensor, "batch features"]:
    """What a field holds at the agent's cell, flat."""
    cell = occupancy[:, AGENT_CHANNEL].flatten(1).argmax(dim=1)
    flat = field.flatten(-2).flatten(1, -2)
    return flat.gather(2, cell[:, None, None].expand(-1, flat.shape[1], 1)).squeeze(2)
