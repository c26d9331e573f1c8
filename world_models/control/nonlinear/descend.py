"""All the way: mu falls as residuals do, and items leave as they are done."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from world_models.control.nonlinear.iterate import LAST_DAMPING, ROUNDING, Now, iterate
from world_models.control.nonlinear.merit import distance
from world_models.control.nonlinear.newton import gap
from world_models.control.nonlinear.point import Point
from world_models.control.nonlinear.task import Problem
from world_models.control.nonlinear.view import View, look

CENTRED = 10.0
"""Residuals below this many mu let mu fall."""
FALL, POWER = 0.1, 1.8
"""mu falls to the lesser of FALL mu and mu^POWER (Waechter and Biegler, 2006)."""
HOPELESS = 1e14
"""Residuals above come of multipliers that grow without end, as where constraints cannot be met."""
EXACT = 1e-4
"""Of mu: how far products may be off in the end. Where a row is nearly weakly active, so much of its weight is off too,
and gradients with it: by percents at 0.1, for which half an iteration less is needed."""


class End(NamedTuple):
    """Where every item ended."""

    point: Point
    view: View
    mu: Tensor  # [batch]
    size: Tensor  # [batch]: largest residual
    missed: Tensor  # [batch]: the largest of those of dynamics and rows
    solved: Tensor  # [batch]
    iterations: Tensor  # [batch]


class Trace(NamedTuple):
    """Where the items that went on were before an iteration."""

    places: Tensor  # [item]: rising
    point: Point
    mu: Tensor  # [item]
    price: Tensor  # [item]
    damping: Tensor  # [item]
    shift: Tensor  # [item]


def first(problem: Problem, point: Point, mu: Tensor) -> Now:
    """At an iterate, without a past."""
    view, none = look(problem, point), torch.zeros_like(mu)
    return lowered(problem, Now(point, view, distance(problem, point, view), mu, torch.ones_like(mu), none, none))


def descend(problem: Problem, now: Now, trail: list[Trace] | None = None) -> End:
    """Until residuals are within the tolerance, or nothing more is gained; `trail` takes where iterations began."""
    options, count = problem.task.options, len(now.mu)
    end = None
    places = torch.arange(count, device=now.mu.device)
    for iteration in range(options.max_iterations + 1):
        solved = is_solved(problem, now)
        left = solved | (now.damping > LAST_DAMPING) | ~(now.far.rest < HOPELESS)
        if iteration == options.max_iterations:
            left = torch.ones_like(left)
        if left.any():
            here = _end(problem, now, solved, iteration)
            end = here if end is None else _put(end, places, here)  # of those that go on, again later
            if left.all():
                return end
            places, now, problem = places[~left], now.items(~left), problem.items(~left)
        if trail is not None:
            trail.append(Trace(places, now.point, now.mu, now.price, now.damping, now.shift))
        now = lowered(problem, iterate(problem, now))
    raise AssertionError("unreachable")


def is_solved(problem: Problem, now: Now) -> Tensor:
    """Whether residuals are within the tolerance, or what rounding leaves, at the last mu [batch]."""
    options = problem.task.options
    off = now.far.off(now.mu) <= torch.maximum((EXACT * now.mu).clamp(max=options.tol), _rounding(now.point))
    return (now.mu <= options.smoothing) & (now.far.rest <= tolerance(now.point, options.tol)) & off


def tolerance(point: Point, tol: float) -> Tensor:
    """For the residuals of each item [batch]."""
    return _rounding(point).clamp(min=tol)


def _rounding(point: Point) -> Tensor:
    largest = torch.stack([part.flatten(1).abs().amax(1) for part in (point.x, point.lam)]).amax(0).clamp(min=1.0)
    return ROUNDING * torch.finfo(largest.dtype).eps * largest


def lowered(problem: Problem, now: Now) -> Now:
    """With mu as low as the residuals let it be."""
    options, mu = problem.task.options, now.mu
    while True:
        fall = (now.far.size(mu) <= (CENTRED * mu).clamp(min=options.tol)) & (mu > options.smoothing)
        if not fall.any():
            return now._replace(mu=mu)
        mu = torch.where(fall, torch.minimum(FALL * mu, mu**POWER).clamp(min=options.smoothing), mu)


def _end(problem: Problem, now: Now, solved: Tensor, iteration: int) -> End:
    values = now.view.values
    off = values.defect, values.start, gap(problem.rows, now.point, values.h)
    missed = torch.stack([part.flatten(1).abs().amax(1) for part in off if part.numel()]).amax(0)
    iterations = torch.full_like(now.mu, iteration, dtype=torch.int64)
    return End(now.point, now.view, now.mu, now.far.size(now.mu), missed, solved, iterations)


def _put(end: Any, places: Tensor, here: Any) -> Any:
    """A tuple of tensors, or of such, with those of some items."""
    if isinstance(end, Tensor):
        return end.index_copy(0, places, here)
    return type(end)(*(_put(old, places, new) for old, new in zip(end, here, strict=True)))
