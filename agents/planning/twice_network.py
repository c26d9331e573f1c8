"""The planner's network where descent is learned through: of its costs there are second derivatives."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from jaxtyping import Float
from torch import Tensor

from agents.planning.planner_network import Judgement, PlannerNetwork
from world_models.costs.gathered import GatheredVolume

ROUNDING = 0.05
"""Lengths in the features have no corners, so that steps of descent have slopes of moderate size [m]."""
MOTION, WAITED = slice(0, 4), 9
"""Columns of the key `ego`: how the ego moves, and for how long it has stood [s]."""
PATIENCE = 3.0
"""Longer waits look like this one [s]."""


class TwiceNetwork(PlannerNetwork):
    """As the planner's, but twice differentiable, and blind to the ego's own motion where it is to be.

    Args:
        is_blind: Whether it is not told how the ego moves.
        others: As the planner's.
    """

    def __init__(self, *others: Any, is_blind: bool, **sizes: Any) -> None:
        super().__init__(*others, **sizes)
        self.is_blind = is_blind

    def numbers(self, observation: Mapping[str, Tensor]) -> Float[Tensor, "batch number"]:
        """As the planner's; nothing of the motion for the blind."""
        if not self.is_blind:
            return super().numbers(observation)
        ego = observation["ego"].clone()
        ego[:, MOTION] = 0.0
        ego[:, WAITED] = ego[:, WAITED].clamp(max=PATIENCE)
        return super().numbers({**observation, "ego": ego})

    def forward(self, observation: Mapping[str, Tensor]) -> Judgement:
        """As the planner's."""
        judged = super().forward(observation)
        cost, volume = judged.cost, judged.cost.volume
        gathered = GatheredVolume(volume.values, volume.extent, volume.resolution)
        setting = replace(cost.setting, rounding=ROUNDING)
        return Judgement(replace(cost, volume=gathered, setting=setting), judged.occupancy)
