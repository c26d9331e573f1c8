"""How far it is to the goal from every cell of a map."""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

STEPS = ((-1, 0), (1, 0), (0, 1), (0, -1), (-1, 1), (-1, -1), (1, 1), (1, -1))
"""(rows, cols); the first four are straight."""


def map_distances(
    blocked: Bool[Tensor, "batch row col"], goal: Bool[Tensor, "batch row col"], *, moves: int = 8
) -> Float[Tensor, "batch row col"]:
    """Length of the shortest way to the goal, diagonals sqrt(2), between blocked corners too; inf where there is none.

    Bellman and Ford's relaxation of all cells at once. `moves`: 4 or 8.
    """
    rows, cols = blocked.shape[1:]
    distance = torch.where(goal & ~blocked, 0.0, torch.inf)
    while True:
        around = functional.pad(distance, (1, 1, 1, 1), value=torch.inf)
        reached = distance
        for row, col in STEPS[:moves]:
            there = around[:, 1 + row : 1 + row + rows, 1 + col : 1 + col + cols]
            reached = torch.minimum(reached, there + math.hypot(row, col))
        reached = torch.where(blocked, torch.inf, reached)
        if torch.equal(reached, distance):
            return distance
        distance = reached
