"""What a forecast of occupancy and flow is fitted by."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from world_models.flow.network import Fields
from world_models.flow.targets import Targets

TINY = 1e-4
"""Probabilities are kept so far from 0 and 1 where a logarithm is taken."""


def cross_entropy(occupancy: Float[Tensor, "batch step 2 row col"], targets: Targets) -> Float[Tensor, ""]:
    """Binary, over all cells of real frames, for each occupied one."""
    loss = functional.binary_cross_entropy(occupancy.clamp(TINY, 1.0 - TINY), targets.occupancy, reduction="none")
    real = targets.is_real[:, :, None, None, None]
    return (loss * real).sum() / (targets.occupancy * real).sum().clamp(min=1.0)


def soft_overlap(occupancy: Float[Tensor, "batch step 2 row col"], targets: Targets) -> Float[Tensor, ""]:
    """1 - soft intersection over union of real images that are not empty: what `world_models.forecasts` measures.

    Cross entropy alone leaves probabilities spread over all that may be; this draws them to where most of it lies.
    """
    both = (occupancy * targets.occupancy).sum((-2, -1))
    truth = targets.occupancy.sum((-2, -1))
    overlap = both / (occupancy.sum((-2, -1)) + truth - both).clamp(min=TINY)
    return _mean(1.0 - overlap, (truth > 0) & targets.is_real[:, :, None])


def trace_likelihood(
    fields: Fields, targets: Targets, is_known: Bool[Tensor, "batch step row col"], *, spread: float = 0.5
) -> Float[Tensor, ""]:
    """-log of how likely the true ways are: Laplace about each mode's way, mixed by the choices; in metres / `spread`.

    In place of the flow trace loss of Mahjourian et al. (2022): that learns of ways only what the picture tells. What
    was where the present is not drawn (`is_known`) must have come into view.
    """
    here = (targets.is_occupied & targets.is_real[..., None, None]).nonzero(as_tuple=True)
    batch, step, row, col = here
    ways = fields.ways[batch, step, :, :, row, col]
    away = (ways - targets.ways[batch, step, :, row, col].unsqueeze(1)).square().sum(-1).add(TINY).sqrt()
    known = fields.choices[batch, step, :, row, col].log_softmax(-1)
    scale = spread * (1.0 + 0.5 * step[:, None])
    carried = torch.logsumexp(known[:, :-1] - away / scale, -1)
    likely = torch.where(is_known[here], carried, known[:, -1])
    return -likely.sum() / max(1, len(row))


def flow_error(flow: Float[Tensor, "batch step 2 row col"], targets: Targets) -> Float[Tensor, ""]:
    """Mean length of the difference [m/s] over occupied cells of real frames."""
    error = (flow - targets.flow).square().sum(2).add(TINY).sqrt()
    return _mean(error, targets.is_occupied & targets.is_real[..., None, None])


def _mean(values: Tensor, counts: Tensor) -> Tensor:
    return torch.where(counts, values, 0.0).sum() / counts.sum().clamp(min=1)
