"""What every network that plans on maps is: one map, many agents on it."""

from abc import ABC, abstractmethod

from jaxtyping import Float, Int64
from torch import Tensor, nn

BLOCKED, GOAL = 0, 1
"""Channels of the maps; more may follow."""


class PlanningNetwork(nn.Module, ABC):
    """Decides for agents on maps; agents on the same map share its values."""

    @abstractmethod
    def forward(
        self,
        maps: Float[Tensor, "map channel row col"],
        task_map: Int64[Tensor, " task"],
        cell: Int64[Tensor, "task 2"],
    ) -> Float[Tensor, "task action"]:
        """Logits of the moves of an agent at `cell` (row, col) of map `task_map`."""

    @abstractmethod
    def values(self, maps: Float[Tensor, "map channel row col"]) -> Float[Tensor, "map row col"] | None:
        """What each cell is worth; None where the network does not think in values."""
