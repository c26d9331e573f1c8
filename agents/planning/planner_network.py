"""From observations to what trajectories cost, and to who will be where."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from agents.networks.normaliser import Normaliser
from agents.planning.occupancy_network import OccupancyNetwork
from agents.planning.plain_maps import MAPS, plain_maps
from agents.planning.trajectory_cost import FEATURES, Setting, TrajectoryCost
from world_models.costs.cost_volume import CostVolume

NUMBERS = ("ego", "route")
NUM_WEIGHTS = len(FEATURES) + len(MAPS)
FIRST_WEIGHT = 0.3
"""Of every feature and map, before anything is learned."""


class Judgement(NamedTuple):
    """What the network makes of a batch."""

    cost: TrajectoryCost
    occupancy: Float[Tensor, "batch time 2 row col"]
    """Logits of being occupied by a vehicle, by a pedestrian."""


class PlannerNetwork(nn.Module):
    """A volume of costs, weights of the features and of plain maps, and future occupancy.

    The volume is what the network writes + what the maps of `agents.planning.plain_maps` say at non-negative weights,
    as in Sadat et al., *Perceive, Predict, and Plan* (2020): who is foreseen in a cell makes it dear, whatever else is
    learned. What is foreseen takes no gradient from the costs: it is to be true, not what would suit a plan.

    Args:
        channels: Of the occupancy.
        highs: Bounds of the numbers `ego` and `route`, one after the other.
        times: Of a plan, `dt` apart.
        dt: [s]
        extent: Of the occupancy: ahead, behind, left, right [m].
        resolution: [m/cell]
        width: Features, see `OccupancyNetwork`.
    """

    def __init__(
        self,
        channels: int,
        highs: np.ndarray,
        *,
        times: int,
        dt: float,
        extent: tuple[float, float, float, float],
        resolution: float,
        width: int,
    ) -> None:
        super().__init__()
        self.dt, self.extent, self.resolution = dt, extent, resolution
        self.normalise = Normaliser(-highs, highs, least=1e-3)
        self.volumes = OccupancyNetwork(channels, len(highs), times=times, weights=NUM_WEIGHTS, width=width)
        first = np.log(np.expm1(FIRST_WEIGHT))
        self.weights = nn.Parameter(torch.full((NUM_WEIGHTS,), float(first)))
        self.outside = nn.Parameter(torch.tensor(1.0))

    def numbers(self, observation: Mapping[str, Tensor]) -> Float[Tensor, "batch number"]:
        """The plain features as they are observed."""
        return torch.cat([observation[key] for key in NUMBERS], dim=1)

    def forward(self, observation: Mapping[str, Tensor]) -> Judgement:
        """Of observations as `as_tensors` gives them: occupancy in 0..1."""
        ego, route = observation["ego"], observation["route"]
        seen = self.volumes(observation["occupancy"], self.normalise(self.numbers(observation)).clamp(-5.0, 5.0))
        weights, prices = functional.softplus(self.weights + seen.weights).split([len(FEATURES), len(MAPS)], dim=1)
        maps = plain_maps(observation["occupancy"], seen.occupancy.detach(), resolution=self.resolution)
        priced = [price[:, None, None, None] * map_ for price, map_ in zip(prices.unbind(1), maps, strict=True)]
        # those of now, which have one slice, are added up before those that have many
        plain = sum(sorted(priced, key=lambda map_: map_.shape[1]))
        volume = CostVolume(seen.costs + plain, self.extent, self.resolution)
        setting = Setting.of_observation(ego, route, dt=self.dt)
        return Judgement(TrajectoryCost(volume, self.outside, weights, setting), seen.occupancy)
