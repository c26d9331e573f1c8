"""Where the search begins: well inside, or where a former solution left off."""

import torch
from torch import Tensor

from world_models.control.nonlinear.calls import call, fitted
from world_models.control.nonlinear.point import Point
from world_models.control.nonlinear.rows import blocks_of
from world_models.control.nonlinear.solution import MPCSolution
from world_models.control.nonlinear.task import Limits, Problem, Rows
from world_models.control.nonlinear.view import values_at

SLACK = 1e-2
"""Least slack of a cold start."""
WIDTH = 0.25
"""Share of the room between two bounds that controls keep away from them in the beginning."""


def started(problem: Problem, limits: Limits, start: Tensor | MPCSolution | None, horizon: int) -> tuple[Point, Tensor]:
    """The first iterate, and the products mu [batch] to head for."""
    options, x0 = problem.task.options, problem.x0
    mu = torch.full_like(x0[:, 0], max(options.first_smoothing, options.smoothing))
    near = torch.full_like(mu, max(options.warm_smoothing, options.smoothing))
    if isinstance(start, MPCSolution):
        warm = _warm(problem, limits, start, near)
        if start.solved.all():
            return warm, near
        cold = _cold(problem, _well_inside(limits, start.u.detach().nan_to_num(0.0)), mu)
        known = start.solved[:, None, None]
        parts = (torch.where(known, one, other) for one, other in zip(warm, cold, strict=True))
        return Point(*parts), torch.where(start.solved, near, mu)
    u = x0.new_zeros(len(x0), horizon, problem.task.nu) if start is None else start.detach()
    return _cold(problem, _well_inside(limits, u), mu), mu


def rolled_out(problem: Problem, u: Tensor) -> Tensor:
    """States [batch time x] under controls, without gradients."""
    task, states = problem.task, [problem.x0]
    with torch.no_grad():
        for t in range(u.shape[1] - 1):
            now = torch.cat([states[-1], u[:, t]], -1)[:, None]
            here = problem._replace(stages={name: part[:, t : t + 1] for name, part in problem.stages.items()})
            ahead = fitted("dynamics", call(here, task.dynamics, task.seen(now)), (len(u), 1, task.nx))[:, 0]
            states.append(torch.cat([ahead, u[:, t]], -1) if task.slewed else ahead)
    return torch.stack(states, 1)


def _well_inside(limits: Limits, u: Tensor) -> Tensor:
    low = torch.full_like(u, -torch.inf) if limits.u_min is None else limits.u_min.detach()
    high = torch.full_like(u, torch.inf) if limits.u_max is None else limits.u_max.detach()
    margin = torch.clamp(WIDTH * (high - low), 0.0, 1.0).nan_to_num(0.0)
    return torch.minimum(torch.maximum(u, low + margin), high - margin)


def _cold(problem: Problem, u: Tensor, mu: Tensor) -> Point:
    """From controls alone; costates are zero, so that the first Hessian is that of the cost."""
    x = rolled_out(problem, u)
    h = _rows_at(problem, x, u)
    s = h.clamp(min=SLACK)
    return _pointed(problem.rows, (x, u, torch.zeros_like(x)), (h, s, mu[:, None, None] / s), mu)


def _warm(problem: Problem, limits: Limits, start: MPCSolution, mu: Tensor) -> Point:
    """Slacks and multipliers keep their difference and get products mu: active rows stay near and others far."""
    x, u, lam = start.x.detach(), start.u.detach(), start.lam
    if problem.free is not None and limits.u_min is not None:
        u = torch.where(problem.free > 0.0, u, limits.u_min.detach())
    if problem.task.slewed and limits.before is not None:
        x = torch.cat([x, torch.cat([limits.before.detach()[:, None], u[:, :-1]], 1)], -1)
    names = [*blocks_of(limits), *problem.task.names]
    if names != list(start.multipliers) or lam.shape != x.shape:
        raise ValueError(f"Expected a start from a problem with {names}, got one with {list(start.multipliers)}.")
    h = _rows_at(problem, x, u)
    z = torch.cat([*(start.multipliers[name] for name in names), h[..., :0]], -1)
    s, z = _with_product(h - z, mu)
    return _pointed(problem.rows, (x, u, lam), (h, s, z), mu)


def _with_product(difference: Tensor, mu: Tensor) -> tuple[Tensor, Tensor]:
    """Positive numbers with this difference and the product mu [batch]."""
    mu = mu[:, None, None]
    large = 0.5 * (difference.abs() + (difference.square() + 4.0 * mu).sqrt())
    small = mu / large
    return torch.where(difference > 0.0, large, small), torch.where(difference > 0.0, small, large)


def _pointed(rows: Rows, known: tuple[Tensor, Tensor, Tensor], row: tuple[Tensor, Tensor, Tensor], mu: Tensor) -> Point:
    """With violations that fit; rows that are not there out of the way."""
    h, s, z = row
    there, soft = rows.mask > 0, rows.soft * rows.mask > 0
    z = torch.where(soft, torch.minimum(z, 0.9 * rows.linear), z)
    e = torch.maximum(s - h, mu[:, None, None] / rows.linear)
    y = rows.linear + rows.quadratic * e - z
    inside = s.where(there, 1.0), z.where(there, 0.0), e.where(soft, 1.0), y.where(soft, 1.0)
    return Point(*known, *inside)


def _rows_at(problem: Problem, x: Tensor, u: Tensor) -> Tensor:
    ones = torch.ones_like(problem.rows.mask)
    with torch.no_grad():
        return values_at(problem, Point(x, u, torch.zeros_like(x), ones, ones, ones, ones)).h
