"""The network that only reacts: convolutions over map and agent, as the published comparison has it."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from agents.networks.value_iteration.planning import PlanningNetwork

FEATURES, POOLS, GOAL_PRIOR = (50, 50, 100, 100, 100), (2, 1, 2, 1, 1), 10.0


class ReactiveNetwork(PlanningNetwork):
    """Five convolutions with pools, then the moves; the agent's cell is one more channel. For maps of one size."""

    def __init__(self, shape: tuple[int, int], channels: int = 2, *, num_actions: int = 8) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before, (rows, cols) = channels + 1, shape
        for features, pool in zip(FEATURES, POOLS, strict=True):
            layers += [nn.Conv2d(before, features, 3, padding=1), nn.ReLU()]
            if pool > 1:
                layers.append(nn.MaxPool2d(pool))
            before, rows, cols = features, rows // pool, cols // pool
        self.layers = nn.Sequential(*layers, nn.Flatten(), nn.Linear(before * rows * cols, num_actions))

    def forward(
        self,
        maps: Float[Tensor, "map channel row col"],
        task_map: Int64[Tensor, " task"],
        cell: Int64[Tensor, "task 2"],
    ) -> Float[Tensor, "task action"]:
        agent = torch.zeros(len(cell), 1, *maps.shape[2:])
        agent[torch.arange(len(cell)), 0, cell[:, 0], cell[:, 1]] = 1.0
        scaled = maps.clone()
        scaled[:, 1] *= GOAL_PRIOR
        return self.layers(torch.cat([scaled[task_map], agent], dim=1))

    def values(self, maps: Float[Tensor, "map channel row col"]) -> None:
        return None
