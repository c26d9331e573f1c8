"""From what is seen to what it costs to be where and when, and to who will be there: a small U-net.

The shape of Zeng et al., *End-to-end Interpretable Neural Motion Planner* (2019), at a scale for one core: the view
is read at half its resolution, understood at an eighth, and written at half, four cells at once.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

SIDE = 8
"""Rows and columns are padded to a multiple of it."""
NUM_KINDS = 2
"""Of others: vehicles, pedestrians."""
RARE = -5.0
"""Logit of being occupied, before anything is learned: most cells are empty."""


class Foresight(NamedTuple):
    """What the network says of a batch."""

    costs: Float[Tensor, "batch time row col"]
    occupancy: Float[Tensor, "batch time 2 row col"]
    """Logits: of vehicles, and of pedestrians."""
    weights: Float[Tensor, "batch weight"]
    """Any numbers that the scene as a whole decides."""


class OccupancyNetwork(nn.Module):
    """Occupancy and numbers to volumes over the same cells.

    Args:
        channels: Of the occupancy.
        numbers: Plain features.
        times: Slices of the volumes.
        weights: Numbers about the scene as a whole.
        width: Features at half resolution; an eighth of it has three times as many.
    """

    def __init__(self, channels: int, numbers: int, *, times: int, weights: int, width: int = 24) -> None:
        super().__init__()
        half, quarter, eighth = width, 2 * width, 3 * width
        self.times = times
        self.about = nn.Sequential(nn.Linear(numbers, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU())
        self.read = nn.Conv2d(channels, half, 4, stride=2, padding=1)
        self.first = nn.Conv2d(half, quarter, 3, stride=2, padding=1)
        self.second = nn.Conv2d(quarter, eighth, 3, stride=2, padding=1)
        self.modulate = nn.Linear(64, 2 * eighth)
        self.deep = nn.ModuleList(nn.Conv2d(eighth, eighth, 3, padding=k, dilation=k) for k in (1, 2, 1))
        self.spread = nn.Linear(2 * eighth, eighth)
        self.rise = nn.ConvTranspose2d(eighth, quarter, 2, stride=2)
        self.join = nn.Conv2d(2 * quarter, quarter, 3, padding=1)
        self.rise_again = nn.ConvTranspose2d(quarter, half, 2, stride=2)
        self.join_again = nn.Conv2d(2 * half, half, 3, padding=1)
        # four cells of the view to one of the last map, each with volumes of its own
        self.write = nn.Conv2d(half, 4 * times * (1 + NUM_KINDS), 1)
        with torch.no_grad():
            self.write.bias.view(-1, 4)[times:] = RARE  # type: ignore[union-attr] - it has one
        self.weigh = nn.Sequential(nn.Linear(2 * eighth + 64, 64), nn.ReLU(), nn.Linear(64, weights))

    def forward(
        self, occupancy: Float[Tensor, "batch channel row col"], numbers: Float[Tensor, "batch number"]
    ) -> Foresight:
        """Volumes over the cells of an occupancy in 0..1."""
        rows, cols = occupancy.shape[-2:]
        padded = functional.pad(occupancy, (0, -cols % SIDE, 0, -rows % SIDE))
        about = self.about(numbers)
        half = torch.relu(self.read(padded))
        quarter = torch.relu(self.first(half))
        scale, shift = self.modulate(about)[..., None, None].chunk(2, dim=1)
        deep = torch.relu(self.second(quarter) * (1.0 + scale) + shift)
        for layer in self.deep:
            deep = deep + torch.relu(layer(deep))
        whole = torch.cat([deep.mean((2, 3)), deep.amax((2, 3))], dim=1)
        deep = torch.relu(deep + self.spread(whole)[..., None, None])
        quarter = torch.relu(self.join(torch.cat([self.rise(deep), quarter], dim=1)))
        half = torch.relu(self.join_again(torch.cat([self.rise_again(quarter), half], dim=1)))
        written = functional.pixel_shuffle(self.write(half), 2)[..., :rows, :cols]
        costs, foreseen = written.split([self.times, NUM_KINDS * self.times], dim=1)
        foreseen = foreseen.unflatten(1, (self.times, NUM_KINDS))
        return Foresight(costs, foreseen, self.weigh(torch.cat([whole, about], dim=1)))
