"""The moves of a grid as tensors: which are open, what each reaches, and what arrives by them."""

from dataclasses import dataclass
from math import sqrt

import numpy as np
import torch
from jaxtyping import Bool, Float, Shaped
from torch import Tensor
from torch.nn import functional

from envs.core.naming import check_known
from envs.gridworld.config import GridConfig
from envs.kernels.grid_moves import MOVE_COL, MOVE_ROW


@dataclass(frozen=True)
class Moves:
    """Directions in the order of the actions, N, S, E, W, NE, NW, SE, SW; `number` 4 are the straight ones."""

    number: int = 8
    diagonal_cost: float = sqrt(2.0)
    corner_cutting: str = "allow"

    def __post_init__(self) -> None:
        check_known("number of moves", self.number, (4, 8))
        check_known("corner_cutting", self.corner_cutting, ("allow", "forbid"))

    @property
    def lengths(self) -> Float[Tensor, " move"]:
        """1 of straight moves, `diagonal_cost` of the others."""
        diagonal = [self.diagonal_cost] * (self.number - 4)
        return torch.tensor([1.0] * 4 + diagonal, dtype=torch.float64)

    def open(self, blocked: Bool[Tensor, "batch row col"]) -> Bool[Tensor, "batch move row col"]:
        """Moves from free cells to free cells that the corner rule allows."""
        closed = self.reached(blocked, True)
        is_open = ~closed & ~blocked[:, None]
        if self.corner_cutting == "forbid" and self.number == 8:
            for move, (row, col) in enumerate(zip(MOVE_ROW[4:8].tolist(), MOVE_COL[4:8].tolist(), strict=True), 4):
                is_open[:, move] &= ~closed[:, 0 if row < 0 else 1] & ~closed[:, 2 if col > 0 else 3]
        return is_open

    def reached(self, values: Shaped[Tensor, "batch row col"], beyond: float) -> Shaped[Tensor, "batch move row col"]:
        """What each move leads to: `values` there, `beyond` off the map."""
        rows, cols = values.shape[1:]
        padded = functional.pad(values, (1, 1, 1, 1), value=beyond)
        shifts = zip(MOVE_ROW.tolist()[: self.number], MOVE_COL.tolist()[: self.number], strict=True)
        return torch.stack([padded[:, 1 + r : 1 + r + rows, 1 + c : 1 + c + cols] for r, c in shifts], dim=1)

    def arriving(self, flow: Float[Tensor, "batch move row col"]) -> Float[Tensor, "batch row col"]:
        """What all moves together bring into each cell, of `flow` that leaves by them; the adjoint of `reached`."""
        rows, cols = flow.shape[2:]
        padded = functional.pad(flow, (1, 1, 1, 1))
        shifts = zip(MOVE_ROW.tolist()[: self.number], MOVE_COL.tolist()[: self.number], strict=True)
        found = torch.zeros_like(flow[:, 0])
        for move, (r, c) in enumerate(shifts):
            found += padded[:, move, 1 - r : 1 - r + rows, 1 - c : 1 - c + cols]
        return found

    def rules(self, num_classes: int) -> np.record:
        """The same as the record that kernels read, on ground of so many classes."""
        config = GridConfig(
            connectivity=self.number,
            diagonal_cost=self.diagonal_cost,
            corner_cutting=self.corner_cutting,
            generator="terrain",
            terrain_costs=(1.0,) * num_classes,
        )
        return config.rules(1, 0, 1)
