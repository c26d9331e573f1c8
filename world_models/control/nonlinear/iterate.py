"""From one iterate to the next, as a function without memory: iterate(problem, now) -> next.

A full step is taken where it brings the residuals down; elsewhere, it is halved until cost, barriers and what is
missed, at a price that makes the step one downhill, have come down (Nocedal and Wright, "Numerical optimization", 2006,
chapter 19). Where no share of it does that, the item stays and is damped.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from world_models.control.nonlinear.merit import Distance, barrier_along, distance, merit, missed, slope_along
from world_models.control.nonlinear.newton import factors_of, force_of, newton
from world_models.control.nonlinear.point import Point
from world_models.control.nonlinear.task import Problem
from world_models.control.nonlinear.view import Values, View, look, values_at

NEAREST = 0.99
"""Least share of the way to the boundary that a step may go; nearer the optimum, all but mu."""
LESS = 0.9
"""Residuals that fall by this factor are progress enough."""
DOWNHILL = 1e-4
"""Share of the decrease that the slope promises."""
HALVINGS = 12
FIRST_DAMPING, LAST_DAMPING = 1e-2, 1e8
ROUNDING = 30.0
HIGHEST = 1e12
"""Price of what is missed."""


class Now(NamedTuple):
    """An iterate, what is seen there, and where it is heading."""

    point: Point
    view: View
    far: Distance
    mu: Tensor  # [batch]: the products it is heading for
    price: Tensor  # [batch]: of what is missed
    damping: Tensor  # [batch]: of controls, after steps that led nowhere
    shift: Tensor  # [batch]: of their second derivatives, when it was last needed

    def items(self, chosen: Tensor) -> "Now":
        """Of some items."""
        parts = (part[chosen] for part in self[3:])
        return Now(self.point.items(chosen), self.view.items(chosen), Distance(*(p[chosen] for p in self.far)), *parts)


def iterate(problem: Problem, now: Now, *, graph: bool = False) -> Now:
    """One Newton step of every item; with `graph` it can be differentiated, its length apart."""
    point, view = now.point, now.view
    force = force_of(problem.rows, point, view.values.h, now.mu)
    factors, shift = factors_of(problem, view, force, now.damping, now.shift)
    step, dh = newton(problem, point, view, now.mu, factors)
    with torch.no_grad():
        full, dual = lengths(problem, now, step)
    trial, primal = point.moved(step, full, dual), full
    seen = look(problem, trial, graph=graph)
    with torch.no_grad():
        far = distance(problem, trial, seen)
        fine, price = far.size(now.mu) <= LESS * now.far.size(now.mu), now.price
        if not fine.all():
            primal, fine, price = _searched(problem, now, (step, dh), (full, dual), (fine, seen.values))
    if not torch.equal(primal, full):
        trial = _kept(point, point.moved(step, primal, dual), fine)
        seen = look(problem, trial, graph=graph)
        far = distance(problem, trial, seen)
    damping = torch.where(fine, 0.1 * now.damping, (10.0 * now.damping).clamp(min=FIRST_DAMPING))
    damping = torch.where(damping < 1e-3 * FIRST_DAMPING, 0.0, damping)
    return Now(trial, seen, far, now.mu, price, damping, shift)


def lengths(problem: Problem, now: Now, step: Point) -> tuple[Tensor, Tensor]:
    """Of the longest steps, at most 1, that keep slacks, and multipliers, positive [batch]."""
    if not problem.rows.mask.numel():
        return torch.ones_like(now.mu), torch.ones_like(now.mu)
    point, most, tiny = now.point, (1.0 - now.mu).clamp(min=NEAREST), torch.finfo(now.mu.dtype).tiny
    primal = torch.maximum(-step.s / point.s, -step.e / point.e).flatten(1).amax(1)
    dual = torch.maximum(-step.z / point.z.clamp(min=tiny), -step.y / point.y).flatten(1).amax(1)
    return (most / primal.clamp(min=tiny)).clamp(max=1.0), (most / dual.clamp(min=tiny)).clamp(max=1.0)


def _searched(
    problem: Problem,
    now: Now,
    step: tuple[Point, Tensor],
    length: tuple[Tensor, Tensor],
    full: tuple[Tensor, Values],
) -> tuple[Tensor, Tensor, Tensor]:
    """Shares of a step that go downhill, for which items there is one, and the price of what is missed [batch].

    `full` are the items that a step of full `length` is good enough for anyway, and its values.
    """
    (primal, dual), (fine, values) = length, full
    price, slope = _priced_slope(problem, now, *step)
    before = merit(problem, now.point, now.view.values, now.mu, price)
    before = before + ROUNDING * torch.finfo(before.dtype).eps * before.abs()
    trial = now.point.moved(step[0], primal, dual)
    for _ in range(HALVINGS):
        after = merit(problem, trial, values, now.mu, price)
        fine = fine | (after <= before + DOWNHILL * (primal * slope).clamp(max=0.0))
        if fine.all():
            break
        primal = torch.where(fine, primal, 0.5 * primal)
        trial = now.point.moved(step[0], primal, dual)
        values = values_at(problem, trial)
    return torch.where(fine, primal, 0.0), fine, price


def _priced_slope(problem: Problem, now: Now, step: Point, dh: Tensor) -> tuple[Tensor, Tensor]:
    """The price of what is missed that makes the step one downhill, and how steep that is [batch]."""
    along = slope_along(problem, now.point, now.view, step, dh)
    along = along + barrier_along(problem.rows, now.point, step, now.mu)
    off = missed(problem, now.point, now.view.values)
    enough = along / (0.9 * off).clamp(min=torch.finfo(off.dtype).tiny)
    price = torch.where((off > 0.0) & (enough > now.price), 2.0 * enough.clamp(max=HIGHEST), now.price)
    return price, along - price * off


def _kept(old: Point, new: Point, fine: Tensor) -> Point:
    """The new one, of items that are fine."""
    return Point(*(torch.where(fine[:, None, None], after, before) for after, before in zip(new, old, strict=True)))
