"""The way back through the smoothed optimum.

For a loss with the derivative r by tau, d and dlam solve the LQR whose matrices are those of the last Newton step, with
r for its linear terms; multipliers follow rows by dz = -W dh. Then, for any parameter, at tau, lam and z as found,

    dl/dparameter = d' d/dtau (cost + lam' dynamics - z' g) + dlam' dynamics + (W J d)' g,   differentiated once.

(Amos et al., 2018, for the LQR; Amos and Kolter, "OptNet", 2017, for inequalities; signs and indices worked out again.)
"""

# ruff: noqa: N806 - matrices have the names that they have in the literature

from typing import NamedTuple

import torch
from torch import Tensor

from world_models.control.implicit.reduced import solve_reduced
from world_models.control.nonlinear.final import Final
from world_models.control.nonlinear.newton import matrices
from world_models.control.nonlinear.task import Problem
from world_models.control.nonlinear.view import View, functions_at, look
from world_models.control.riccati import Factors, factorise, solve, times
from world_models.control.ways import Direct, Truncated, Unrolled


class Adjoint(NamedTuple):
    """What a loss asks of the optimum."""

    d: Tensor  # [batch time tau]
    dlam: Tensor  # [batch time x]
    rows: Tensor  # [batch time row]: W J d
    force: Tensor  # [batch time u]: the loss's derivative by controls that are fixed


def system(problem: Problem, final: Final) -> tuple[Tensor, View, Factors]:
    """Matrices of the way back: those of the last Newton step, or without the curvature of the dynamics."""
    view, point = final.end.view, final.end.point
    if problem.task.options.hessian_backward == "exact":
        return matrices(view, final.force), view, final.factors
    view = look(problem, point._replace(lam=torch.zeros_like(point.lam)))
    C = matrices(view, final.force)
    return C, view, factorise(C, view.F, free=problem.free)


def adjoint(problem: Problem, final: Final, r: Tensor) -> Adjoint:
    """For the derivative r [batch time tau] of a loss."""
    (C, view, factors), options = system(problem, final), problem.task.options
    if isinstance(options.way, Direct | Unrolled | Truncated):
        way = solve(factors, view.F, r, torch.zeros_like(view.values.defect), torch.zeros_like(problem.x0))
    else:
        barrier = (C - view.H).diagonal(dim1=2, dim2=3)[..., -problem.task.nu :]
        way = solve_reduced(C, view.F, r, options.way, free=problem.free, barrier=barrier)
    d = torch.cat([way.x, way.u], -1)
    by_tau = r + times(C, d)
    by_tau = torch.cat([by_tau[:, :-1] + times(view.F.mT, way.lam[:, 1:]), by_tau[:, -1:]], 1)
    return Adjoint(d, way.lam, final.force.W * times(view.J, d), by_tau[..., -problem.task.nu :])


def pulled_back(problem: Problem, final: Final, asked: Adjoint, by_cost: Tensor, leaves: list[Tensor]) -> list[Tensor]:
    """Gradients of all leaves among the parameters; by_cost [batch] is the loss's derivative by the optimal cost."""
    if not leaves or not len(by_cost):
        return [torch.zeros_like(leaf) for leaf in leaves]
    task, point = problem.task, final.end.point
    nx, linear = task.nx, len(problem.rows.matrix)
    lam, z = point.lam[:, 1:, :nx], point.z[..., linear:]
    with torch.enable_grad():
        seen = task.seen(point.tau).detach().requires_grad_()
        cost, ahead, g = functions_at(problem, seen)
        inner = cost.sum() - (z * g).sum()
        if task.options.hessian_backward != "linearised":
            inner = inner + (lam * ahead).sum()
        (slope,) = torch.autograd.grad(inner, seen, create_graph=True, materialize_grads=True)
        share = by_cost[:, None, None]
        total = (task.seen(asked.d) * slope).sum() + (share[..., 0] * cost).sum()
        total = total + ((asked.dlam[:, 1:, :nx] + share * lam) * ahead).sum()
        total = total + ((asked.rows[..., linear:] - share * z) * g).sum()
    if not total.requires_grad:
        return [torch.zeros_like(leaf) for leaf in leaves]
    return list(torch.autograd.grad(total, leaves, materialize_grads=True))
