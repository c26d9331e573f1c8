"""How each item of a batch ended."""

import torch
from torch import Tensor

from world_models.control.problem import Problem

SOLVED, WEAKLY_ACTIVE, UNCONVERGED, INDEFINITE, NON_FINITE, INFEASIBLE_BOUNDS, INFEASIBLE = range(7)
"""Solved; solved where a bound is only just touched, so that derivatives are one-sided; residual above the tolerance;
some Quu is not positive definite; an input is infinite or NaN; u_min > u_max somewhere; nothing was found that keeps
dynamics and hard constraints (of `mpc` alone)."""
SOLVED_ANYHOW = WEAKLY_ACTIVE
"""Up to here an item counts as solved."""
NO_SOLUTION = INDEFINITE
"""From here on there is nothing to return."""


def status_of(
    problem: Problem,
    bounds: tuple[Tensor | None, Tensor | None],
    broken: Tensor,
    size: Tensor,
    margin: Tensor,
    tolerance: Tensor,
) -> Tensor:
    """Of each item, the last of the above that holds; [batch] all but the first two."""
    status = torch.where(margin <= tolerance, WEAKLY_ACTIVE, SOLVED)
    fine = size <= tolerance
    if bool(fine.all()) and not bool(broken.any()) and (bounds[0] is None or not _crossed(bounds).any()):
        return status
    status = status.where(fine, UNCONVERGED).where(broken == 0, INDEFINITE)
    for part in problem:
        status = status.where(torch.isfinite(part).flatten(1).all(1), NON_FINITE)
    for bound in bounds:
        if bound is not None:
            status = status.where(~torch.isnan(bound).flatten(1).any(1), NON_FINITE)
    return status if bounds[0] is None else status.where(~_crossed(bounds), INFEASIBLE_BOUNDS)


def _crossed(bounds: tuple[Tensor | None, Tensor | None]) -> Tensor:
    low, high = bounds
    if low is None or high is None:
        raise TypeError("Expected both bounds or none.")
    crossed = (low > high) | (low == torch.inf) | (high == -torch.inf)
    return crossed.flatten(1).any(1)
