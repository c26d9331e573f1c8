"""How far it is from everywhere to the goal: value iteration whose moves and walls are learned.

Tamar et al., *Value iteration networks* (NeurIPS 2016), begun at what a move is: from a cell to one of its neighbours.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

WALL = 20.0
"""What it costs at first to enter a blocked cell: more than any way around it, and still with a gradient."""
TAUGHT = 4
"""Sweeps through which gradients go: a cost that is off is off for those who stand next to it, too."""


class WayMap(nn.Module):
    """Maps to costs, by sweeps over the whole of them: cost <- min over neighbours of cost there + cost of the move.

    Args:
        channels: Of the map.
        obstacle, goal: Which of them those are.
        sweeps: Steps of the longest way that is found in full.
    """

    moves: Tensor

    def __init__(self, channels: int, *, obstacle: int, goal: int, sweeps: int) -> None:
        super().__init__()
        self.goal, self.sweeps, self.longest = goal, sweeps, 1.5 * sweeps
        # a move's cost depends on what is around the cell that it leaves
        self.cost = nn.Conv2d(channels, 8, 3, padding=1)
        neighbours = [k for k in range(9) if k != 4]
        with torch.no_grad():
            self.cost.weight.mul_(0.1)
            nn.init.ones_(self.cost.bias)  # type: ignore[arg-type] - it has one
            for move, k in enumerate(neighbours):
                self.cost.weight[move, obstacle, k // 3, k % 3] = WALL
        moves = torch.zeros(8, 1, 9)
        moves[range(8), 0, neighbours] = 1.0
        self.register_buffer("moves", moves.view(8, 1, 3, 3), persistent=False)

    def forward(self, plan: Float[Tensor, "batch channel row col"]) -> Float[Tensor, "batch row col"]:
        """Costs of the ways to the goal, as far as `longest`."""
        price = functional.softplus(self.cost(plan), beta=4.0)
        ends = (1.0 - plan[:, self.goal, None]) * self.longest
        way = ends
        with torch.no_grad():
            for _ in range(self.sweeps - TAUGHT):
                way = self._sweep(way, price, ends)
        for _ in range(TAUGHT):
            way = self._sweep(way, price, ends)
        return way[:, 0]

    def _sweep(self, way: Tensor, price: Tensor, ends: Tensor) -> Float[Tensor, "batch 1 row col"]:
        beyond = functional.pad(way, (1, 1, 1, 1), value=self.longest)
        return torch.minimum((functional.conv2d(beyond, self.moves) + price).amin(1, keepdim=True), ends)
