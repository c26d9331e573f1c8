"""What passes between the cells of a grid and their neighbours: nine ways, counted row by row, the fifth is to stay."""

import torch
from jaxtyping import Float, Int64
from torch import Tensor
from torch.nn import functional

WAYS = 9
STAY = 4


def near(field: Float[Tensor, "*batch row col"], outside: float = 0.0) -> Float[Tensor, "*batch 9 row*col"]:
    """Every cell's nine neighbours, itself among them; `outside` beyond the border."""
    rows, cols = field.shape[-2:]
    padded = functional.pad(field, (1, 1, 1, 1), value=outside)
    return padded.unfold(-2, rows, 1).unfold(-2, cols, 1).reshape(*field.shape[:-2], WAYS, rows * cols)


def arriving(leaving: Float[Tensor, "*batch 9 row col"]) -> Float[Tensor, "*batch 9 row col"]:
    """From shares that leave each cell by each way to shares that arrive from each neighbour.

    What arrives at x from its neighbour x + d has left there by the way -d.
    """
    rows, cols = leaving.shape[-2:]
    padded = functional.pad(leaving, (1, 1, 1, 1))
    parts = [padded[..., WAYS - 1 - way, way // 3 : way // 3 + rows, way % 3 : way % 3 + cols] for way in range(WAYS)]
    return torch.stack(parts, -3)


def advance(
    belief: Float[Tensor, "batch candidate row col"],
    gates: Float[Tensor, "batch action 9 cell"],
    actions: Int64[Tensor, "batch candidate"],
) -> Float[Tensor, "batch candidate row col"]:
    """Where one is after an action, from where one may be: every cell takes from its neighbours what comes its way.

    Args:
        belief: Probabilities of cells, or parts of them.
        gates: Of `arriving`, for every action.
        actions: One for each candidate.
    """
    rows = torch.arange(len(belief), device=belief.device)[:, None]
    moved = near(belief).mul(gates[rows, actions]).sum(-2)
    return moved.view(belief.shape)
