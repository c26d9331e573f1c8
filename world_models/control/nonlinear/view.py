"""All that is to be known of an iterate: values, and first and second derivatives.

Functions that work on many stages at once are differentiated by reverse over reverse: with one replica of tau for each
row of the Hessian, the sum of the k-th derivative of the k-th replica has all rows for its gradient.
"""

# ruff: noqa: N803, N806 - matrices have the names that they have in the literature

from typing import NamedTuple

import torch
from torch import Tensor

from world_models.control.nonlinear.calls import call, fitted
from world_models.control.nonlinear.point import Point
from world_models.control.nonlinear.task import Problem


class Values(NamedTuple):
    """Of the functions alone."""

    cost: Tensor  # [batch]
    defect: Tensor  # [batch time-1 x]: dynamics less the next state
    start: Tensor  # [batch x]: x0 less the first state
    h: Tensor  # [batch time row]

    def items(self, chosen: Tensor) -> "Values":
        """Of some items."""
        return Values(*(part[chosen] for part in self))


class View(NamedTuple):
    """Values and derivatives; the Lagrangian is cost + lam_{t+1}' (dynamics - x_{t+1}) + lam_0' (x0 - x_0) - z' h."""

    values: Values
    by_tau: Tensor  # [batch time tau]: of the Lagrangian
    H: Tensor  # [batch time tau tau]: of the Lagrangian
    F: Tensor  # [batch time-1 x tau]: of the dynamics
    J: Tensor  # [batch time row tau]: of the rows

    def items(self, chosen: Tensor) -> "View":
        """Of some items."""
        return View(self.values.items(chosen), *(part[chosen] for part in self[1:]))


def values_at(problem: Problem, point: Point) -> Values:
    """Without derivatives."""
    return _values(problem, point, *functions_at(problem, problem.task.seen(point.tau)))


def functions_at(problem: Problem, seen: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Costs [... batch time], next states [... batch time-1 x] and constraints [... batch time k].

    Raises:
        ValueError: results of another shape.
    """
    task, lead = problem.task, seen.shape[:-1]
    cost = fitted("cost", call(problem, task.cost, seen), lead)
    steps = seen[..., :-1, :]
    ahead = steps[..., : task.nx]
    if steps.shape[-2]:
        ahead = fitted("dynamics", call(problem, task.dynamics, steps), ahead.shape)
    found = [
        fitted(constraint.name or "constraint", call(problem, constraint.function, seen), (*lead, count))
        for constraint, count in zip(task.constraints, task.counts, strict=True)
    ]
    return cost, ahead, torch.cat(found, -1) if found else seen[..., :0]


def look(problem: Problem, point: Point, *, graph: bool = False) -> View:
    """Values and derivatives at an iterate; with `graph` these can be differentiated again."""
    task = problem.task
    nx, linear = task.nx, len(problem.rows.matrix)
    lam, z = point.lam[:, 1:, :nx], point.z[..., linear:]
    seen = task.seen(point.tau)
    width, count = seen.shape[-1], z.shape[-1]
    with torch.enable_grad():
        many = (seen if graph else seen.detach()).expand(max(width, nx + count), *seen.shape).clone()
        many = many if many.requires_grad else many.requires_grad_()
        cost, ahead, g = functions_at(problem, many)
        total = cost.sum() + (lam * ahead).sum() - (z * g).sum()
        (slope,) = torch.autograd.grad(total, many, create_graph=True, materialize_grads=True)
        rows = _rows(many, ahead[:nx], g[nx : nx + count], graph=graph)
        H = _rows(many, slope[:width], graph=graph)[:width]
    found = (part[0] if graph else part[0].detach() for part in (cost, ahead, g))
    by_tau = _lagrangian(problem, point, task.whole(slope[0] if graph else slope[0].detach()))
    F, J = (task.whole(part.permute(1, 2, 0, 3)) for part in (rows[:nx, :, :-1], rows[nx : nx + count]))
    matrix = problem.rows.matrix.expand(*J.shape[:2], -1, -1)
    return View(
        _values(problem, point, *found),
        by_tau,
        task.whole(task.whole(H.permute(1, 2, 0, 3)).mT),
        _with_memory(F, task.nu) if task.slewed else F,
        torch.cat([matrix, J], 2) if count else matrix,
    )


def _rows(many: Tensor, *parts: Tensor, graph: bool) -> Tensor:
    """For each replica, the gradient of its own entry: the k-th of the k-th, over the parts one after the other."""
    chosen = many.new_zeros(())
    for part in parts:
        chosen = chosen + part.diagonal(dim1=0, dim2=-1).sum()
    if not chosen.requires_grad:
        return torch.zeros_like(many)
    (found,) = torch.autograd.grad(chosen, many, create_graph=graph, retain_graph=True, materialize_grads=True)
    return found


def _values(problem: Problem, point: Point, cost: Tensor, ahead: Tensor, g: Tensor) -> Values:
    task, rows = problem.task, problem.rows
    if task.slewed:
        ahead = torch.cat([ahead, point.u[:, :-1]], -1)
    h = point.tau @ rows.matrix.mT + rows.offset
    return Values(
        cost.sum(-1),
        ahead - point.x[:, 1:],
        problem.x0 - point.x[:, 0],
        torch.cat([h, g], -1) if g.shape[-1] else h,
    )


def _lagrangian(problem: Problem, point: Point, slope: Tensor) -> Tensor:
    """Its derivative by tau, with what is linear added to that of the functions."""
    task, matrix = problem.task, problem.rows.matrix
    ahead = torch.zeros_like(point.u)
    if task.slewed:
        ahead = torch.cat([point.lam[:, 1:, task.nx :], ahead[:, :1]], 1)
    return slope - point.z[..., : len(matrix)] @ matrix + torch.cat([-point.lam, ahead], -1)


def _with_memory(F: Tensor, nu: int) -> Tensor:
    """With the rows of the control before, which is the control."""
    keep = torch.eye(F.shape[-1], dtype=F.dtype, device=F.device)[-nu:]
    return torch.cat([F, keep.expand(*F.shape[:2], -1, -1)], 2)
