"""Cost volumes whose look-up can be differentiated twice, as learning through steps of descent on a cost asks for.

    c(u, v) = (1-a)(1-b) V[i,j] + a(1-b) V[i+1,j] + (1-a)b V[i,j+1] + ab V[i+1,j+1],      i = floor(u), a = u - i, ...

Of second derivatives there are d2c/du dv within a cell, and those in the volume and a place: what one more or less in
a cell does to the slope. Those along u or v alone are 0.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.costs.cost_volume import CostVolume, check_times


class GatheredVolume(CostVolume):
    """The same costs as a `CostVolume`'s, picked cell by cell."""

    def at(
        self, points: Float[Tensor, "batch time point 2"], *, outside: float | Float[Tensor, ""]
    ) -> Float[Tensor, "batch time point"]:
        """As of a `CostVolume`, with derivatives of every order in the volume and in the points off the edges of cells.

        Where points are on an edge, their derivatives are those of the cells behind and to the left of it.
        """
        check_times(self.values, points)
        ahead, _, left, _ = self.extent
        row = (ahead - points[..., 0]) / self.resolution - 0.5
        col = (left - points[..., 1]) / self.resolution - 0.5
        first_row, first_col = torch.floor(row.detach()), torch.floor(col.detach())
        down, right = row - first_row, col - first_col
        # four corners in one look-up: its gradient in the volume is one image, not four
        rows = torch.stack([first_row, first_row + 1.0, first_row, first_row + 1.0], -1)
        cols = torch.stack([first_col, first_col, first_col + 1.0, first_col + 1.0], -1)
        shares = torch.stack(
            [(1.0 - down) * (1.0 - right), down * (1.0 - right), (1.0 - down) * right, down * right], -1
        )
        return (shares * self._cells(rows, cols, outside)).sum(-1)

    def _cells(self, rows: Tensor, cols: Tensor, outside: float | Tensor) -> Tensor:
        """What cells [batch time point corner] cost, those beyond the volume `outside`."""
        num_rows, num_cols = self.values.shape[2:]
        is_inside = (rows >= 0) & (rows < num_rows) & (cols >= 0) & (cols < num_cols)
        # nan stays nan by its share; as an index it is the first cell
        index = torch.where(is_inside, rows * num_cols + cols, 0.0).long()
        found = self.values.flatten(2).gather(2, index.flatten(2)).view(index.shape)
        return torch.where(is_inside, found, outside)
