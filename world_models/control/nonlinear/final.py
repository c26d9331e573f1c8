"""The optimum that was found, with its matrices and a word on every item."""

from typing import NamedTuple

import torch
from torch import Tensor

from world_models.control.nonlinear.descend import End
from world_models.control.nonlinear.merit import priced
from world_models.control.nonlinear.newton import Force, force_of, matrices
from world_models.control.nonlinear.task import Limits, Problem
from world_models.control.riccati import Factors, factorise, times
from world_models.control.status import INDEFINITE, INFEASIBLE, INFEASIBLE_BOUNDS, NON_FINITE, SOLVED, UNCONVERGED

FAR_OFF = 1e3
"""Hard rows that are off by this many tolerances cannot be met."""


class Final(NamedTuple):
    """All that a solution and the way back need."""

    end: End
    force: Force
    factors: Factors  # of the Hessian with what rows add to it
    cost: Tensor  # [batch]
    k: Tensor  # [batch time u]
    status: Tensor  # [batch]


def final(problem: Problem, limits: Limits, end: End) -> Final:
    """Of the point where the search ended."""
    point, view = end.point, end.view
    force = force_of(problem.rows, point, view.values.h, end.mu)
    factors = factorise(matrices(view, force), view.F, free=problem.free)
    k = point.u - times(factors.K, point.x)
    return Final(
        end, force, factors, view.values.cost + priced(problem.rows, point), k, _status(problem, limits, end, factors)
    )


def _status(problem: Problem, limits: Limits, end: End, factors: Factors) -> Tensor:
    """Of each item [batch], the last that holds."""
    status = torch.where(end.solved, SOLVED, UNCONVERGED)
    bounds = problem.task.nu * sum(bound is not None for bound in limits[:2])  # which alone can always be met
    hard = bool((problem.rows.soft[bounds:] == 0.0).any())
    allowed = FAR_OFF * problem.task.options.tol
    status = status.where(~(hard & ~end.solved & (end.missed > allowed)), INFEASIBLE)
    status = status.where(~(end.solved & (factors.broken > 0)), INDEFINITE)
    status = status.where(torch.isfinite(end.size), NON_FINITE)
    given = [problem.x0, *(part for group in (problem.params, problem.stages) for part in group.values())]
    for part in given:
        if part.is_floating_point():
            status = status.where(torch.isfinite(part).reshape(len(part), -1).all(1), NON_FINITE)
    low, high = limits.u_min, limits.u_max
    for bound in limits:
        if bound is not None:
            status = status.where(~torch.isnan(bound).flatten(1).any(1), NON_FINITE)
    if low is not None and high is not None:
        crossed = (low > high) | (low == torch.inf) | (high == -torch.inf)
        status = status.where(~crossed.flatten(1).any(1), INFEASIBLE_BOUNDS)
    return status
