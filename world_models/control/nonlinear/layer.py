"""The optimum as a differentiable function of all tensors of the problem."""

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from world_models.control.nonlinear.adjoint import Adjoint, adjoint, pulled_back
from world_models.control.nonlinear.descend import Trace
from world_models.control.nonlinear.final import Final
from world_models.control.nonlinear.point import Point
from world_models.control.nonlinear.task import Limits, Problem
from world_models.control.nonlinear.unrolled import unrolled
from world_models.control.status import NO_SOLUTION, SOLVED_ANYHOW
from world_models.control.ways import Truncated, Unrolled


class Found(NamedTuple):
    """A problem, without gradients, and its optimum."""

    problem: Problem
    limits: Limits
    final: Final
    trail: list[Trace]
    """Where iterations began, if these are to be differentiated."""


class Optimum(torch.autograd.Function):
    """x [batch time x], u [batch time u] and cost [batch] of what was found, attached to what it was found for."""

    @staticmethod
    def forward(ctx: Any, found: Found, *inputs: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        ctx.found, ctx.count = found, len(inputs)
        ctx.set_materialize_grads(False)
        return outputs(found)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride] - it is decorated
        problem, final = ctx.found.problem, ctx.found.final
        r, by_cost = _asked(gradients, final.end.point, problem.task.nx)
        heard = (r.flatten(1) != 0.0).any(1) | (by_cost != 0.0)
        failed = final.status > SOLVED_ANYHOW
        good = (heard & ~failed).nonzero()[:, 0]
        if isinstance(problem.task.options.way, Unrolled | Truncated):
            found = unrolled(
                ctx.found,
                (r[..., : problem.task.nx], r[..., -problem.task.nu :], by_cost),
                good,
                ctx.needs_input_grad[1:],
            )
            return None, *(_all_told(part, heard & failed) for part in found)
        return None, *_gradients(ctx.found, r, by_cost, (good, heard & failed), ctx.needs_input_grad[1:])


def outputs(found: Found) -> tuple[Tensor, Tensor, Tensor]:
    """Without what has no solution."""
    point, task, lost = found.final.end.point, found.problem.task, found.final.status >= NO_SOLUTION
    x, u = (part.masked_fill(lost[:, None, None], torch.nan) for part in (point.x[..., : task.nx], point.u))
    return x, u, found.final.cost.masked_fill(lost, torch.nan)


def _asked(gradients: tuple[Tensor | None, ...], point: Point, nx: int) -> tuple[Tensor, Tensor]:
    """The loss's derivatives by tau and by cost."""
    by_x, by_u, by_cost = gradients
    r = torch.zeros_like(point.tau)
    if by_x is not None:
        r[..., :nx] = by_x
    if by_u is not None:
        r[..., point.x.shape[-1] :] = by_u
    return r, point.x.new_zeros(len(point.x)) if by_cost is None else by_cost


def _gradients(
    found: Found, r: Tensor, by_cost: Tensor, items: tuple[Tensor, Tensor], wanted: tuple[bool, ...]
) -> list[Tensor | None]:
    """Of items that are good the true ones, NaN of those that are lost, and zero where nothing was asked."""
    good, lost = items
    every = len(good) == len(lost)
    some, final = found.problem, found.final
    if not every:
        some, final = some.items(good), _items(final, good)
    asked = adjoint(some, final, r[good])
    whole = _linear(found, some, final, asked, by_cost[good])
    gradients = [None if part is None else _spread(part, good, lost) for part in whole]
    given = [*found.problem.params.values(), *found.problem.stages.values()]
    chosen = [k for k, part in enumerate(given) if wanted[5 + k]]
    leaves = [given[k].detach().requires_grad_() for k in chosen]
    by_name = dict(zip(chosen, leaves, strict=True))
    names = [*found.problem.params, *found.problem.stages]
    with torch.enable_grad():
        parts = [by_name.get(k, part) for k, part in enumerate(given)]
        picked = [part if every or len(part) == 1 else part[good] for part in parts]
        count = len(found.problem.params)
        open_problem = some._replace(
            params=dict(zip(names[:count], picked[:count], strict=True)),
            stages=dict(zip(names[count:], picked[count:], strict=True)),
        )
    by_leaf = dict(zip(chosen, pulled_back(open_problem, final, asked, by_cost[good], leaves), strict=True))
    for k in range(len(given)):
        gradient = by_leaf.get(k)
        gradients.append(_all_told(gradient, lost))
    return gradients


def _linear(found: Found, some: Problem, final: Final, asked: Adjoint, by_cost: Tensor) -> list[Tensor | None]:
    """Of x0 and of the limits, which rows and dynamics are linear in."""
    task, limits, point = some.task, found.limits, final.end.point
    share, nx, nu = by_cost[:, None, None], task.nx, task.nu
    start = asked.dlam[:, 0] + by_cost[:, None] * point.lam[:, 0]
    rows = (asked.rows - share * point.z)[..., : len(some.rows.matrix)].split(nu, -1)
    blocks = iter(rows)
    low = None if limits.u_min is None else -next(blocks)
    high = None if limits.u_max is None else next(blocks)
    slew = None if limits.slew is None else next(blocks) + next(blocks)
    if some.free is not None and low is not None:
        low = torch.where(some.free > 0.0, low, asked.force + share * _pull(some, final))
    return [start[:, :nx], low, high, slew, start[:, nx:] if task.slewed else None]


def _pull(some: Problem, final: Final) -> Tensor:
    """Derivative of the optimal cost by controls that are fixed."""
    return final.end.view.by_tau[..., -some.task.nu :]


def _spread(part: Tensor, good: Tensor, lost: Tensor) -> Tensor:
    whole = part.new_zeros(len(lost), *part.shape[1:]).index_copy(0, good, part)
    return _told(whole, lost) if lost.any() else whole


def _all_told(gradient: Tensor | None, lost: Tensor) -> Tensor | None:
    """Also what items share."""
    if gradient is None or not lost.any():
        return gradient
    return torch.full_like(gradient, torch.nan) if len(gradient) == 1 else _told(gradient, lost)


def _told(gradient: Tensor, lost: Tensor) -> Tensor:
    return gradient.masked_fill(lost.reshape(-1, *[1] * (gradient.ndim - 1)), torch.nan)


def _items(final: Any, chosen: Tensor) -> Any:
    """Of a tuple of tensors, or of such, those of some items."""
    if isinstance(final, Tensor):
        return final[chosen]
    return type(final)(*(_items(part, chosen) for part in final))
