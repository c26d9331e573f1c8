"""The way back through the iterations themselves: they are run again, from where they were, with their graph.

Lengths of steps, mu, damping and what made a Hessian convex count as given, and so does the start.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from world_models.control.nonlinear.descend import End, Trace, lowered
from world_models.control.nonlinear.iterate import Now, iterate
from world_models.control.nonlinear.merit import distance, priced
from world_models.control.nonlinear.point import Point
from world_models.control.nonlinear.rows import blocks_of
from world_models.control.nonlinear.task import Limits, Problem
from world_models.control.nonlinear.view import look
from world_models.control.ways import Truncated


class Open(NamedTuple):
    """A problem as a function of what gradients are wanted for."""

    problem: Problem
    low: Tensor | None  # [batch time u]: where controls are that are fixed


def unrolled(found: Any, asked: tuple[Tensor, ...], good: Tensor, wanted: tuple[bool, ...]) -> list[Tensor | None]:
    """Gradients of x0, limits, parameters and stages, for the loss's derivatives by x, u and cost.

    `found` is a `layer.Found`; items that are not `good` have no part in them.
    """
    problem = found.problem
    given = [problem.x0[:, : problem.task.nx], *found.limits, *problem.params.values(), *problem.stages.values()]
    leaves = [None if part is None else part.detach() for part in given]
    places = [k for k, (part, want) in enumerate(zip(leaves, wanted, strict=True)) if want and part is not None]
    chosen = [part.requires_grad_() for k in places if (part := leaves[k]) is not None]
    gradients: list[Tensor | None] = [None] * len(leaves)
    total = torch.zeros((), dtype=problem.x0.dtype, device=problem.x0.device)
    with torch.enable_grad():
        if len(good):
            outcome = ran_again(_opened(problem, leaves), found.trail, found.final.end, good)
            for part, by in zip(outcome, asked, strict=True):
                total = total + (part * by[good]).sum()
        if total.requires_grad:
            by_leaf = torch.autograd.grad(total, chosen, materialize_grads=True)
        else:
            by_leaf = [torch.zeros_like(part) for part in chosen]
    for k, gradient in zip(places, by_leaf, strict=True):
        gradients[k] = gradient
    return gradients


def ran_again(open_: Open, trail: list[Trace], end: End, good: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """States, controls and costs of the items `good`, as their last iterations make them."""
    way = open_.problem.task.options.way
    made = end.iterations[good]
    steps = made.clamp(max=way.last) if isinstance(way, Truncated) else made
    parts, order = [], []
    for count in steps.unique().tolist():
        mine = (steps == count).nonzero()[:, 0]
        begun = _begun(trail, end, good[mine], (made - steps)[mine]) if count else _ended(end, good[mine])
        some = open_.problem.items(good[mine])
        low = None if open_.low is None else open_.low[good[mine]]
        parts.append(_run(Open(some, low), begun, max(count, 1)))
        order.append(mine)
    back = torch.cat(order).argsort()
    x, u, cost = (torch.cat(part)[back] for part in zip(*parts, strict=True))
    return x, u, cost


def _opened(problem: Problem, leaves: list[Tensor | None]) -> Open:
    """With leaves in the order x0, limits, parameters, stages."""
    x0, limits, rest = leaves[0], Limits(*leaves[1:5]), iter(leaves[5:])
    params, stages = ({name: next(rest) for name in group} for group in (problem.params, problem.stages))
    blocks = [-part if name == "u_min" else part for name, part in blocks_of(limits).items()]
    rows = problem.rows
    if blocks:
        offset = torch.cat(blocks, -1)
        rows = rows._replace(offset=torch.where(torch.isfinite(offset), offset, 1.0))
    if problem.task.slewed:
        x0 = torch.cat([part for part in (x0, limits.before) if part is not None], -1)
    whole = problem._replace(params=params, stages=stages, x0=x0, rows=rows)
    return Open(whole, None if problem.free is None else limits.u_min)


def _begun(trail: list[Trace], end: End, places: Tensor, at: Tensor) -> Trace:
    """Where items were before an iteration each."""
    found = _ended(end, places)
    for iteration in at.unique().tolist():
        trace, mine = trail[iteration], (at == iteration).nonzero()[:, 0]
        where = torch.searchsorted(trace.places, places[mine])
        for kept, all_ in zip((*found.point, *found[2:]), (*trace.point, *trace[2:]), strict=True):
            kept[mine] = all_[where]
    return found


def _ended(end: End, places: Tensor) -> Trace:
    """Where items are that made no iteration."""
    mu = end.mu[places]
    none = torch.zeros_like(mu)
    return Trace(places, end.point.items(places), mu, torch.ones_like(mu), none, none)


def _run(open_: Open, begun: Trace, count: int) -> tuple[Tensor, Tensor, Tensor]:
    problem, point = open_.problem, begun.point
    if problem.free is not None and open_.low is not None:
        point = Point(point.x, torch.where(problem.free > 0.0, point.u, open_.low), *point[2:])
    view = look(problem, point, graph=True)
    with torch.no_grad():
        far = distance(problem, point, view)
    now = Now(point, view, far, begun.mu, begun.price, begun.damping, begun.shift)
    for _ in range(count):
        now = lowered(problem, iterate(problem, now, graph=True))
    cost = now.view.values.cost + priced(problem.rows, now.point)
    return now.point.x[..., : problem.task.nx], now.point.u, cost
