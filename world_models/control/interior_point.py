"""Bounds on controls by a primal-dual interior-point method: each Newton step is one Riccati factorisation.

Slacks s = +-(u - bound) > 0 with multipliers z > 0 turn the conditions of optimality into equations with s z = 0, which
are followed down s z = mu. What is linear in a Newton step leaves diag(z / s) on Quu (Rao, Wright and Rawlings, 1998);
predictor, centring and step lengths are Mehrotra's ("On the implementation of a primal-dual interior point method",
1992), item by item. The iterates end inside; `active_set` goes the rest of the way.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from world_models.control.box import Box
from world_models.control.problem import Problem, Residual, residual
from world_models.control.riccati import Factors, factorise, rolled, solve

NEAREST = 0.995
"""Share of the way to the boundary that a step may go."""
PUSH = 0.03
"""Multipliers at the beginning, as a share of the mean force on the controls."""
ROUNDING = 30.0
"""Residuals this many times the rounding of the largest state or costate are as small as they get."""
TINY = 1e-300


class Inside(NamedTuple):
    """An iterate; slacks and multipliers are [side batch time u]."""

    x: Tensor
    u: Tensor
    lam: Tensor
    s: Tensor
    z: Tensor

    def items(self, chosen: Tensor) -> "Inside":
        """Of some items."""
        return Inside(*(part[chosen] for part in self[:3]), *(part[:, chosen] for part in self[3:]))

    def put(self, places: Tensor, other: "Inside") -> None:
        """Take the iterates of some items."""
        for kept, new, axis in zip(self, other, (0, 0, 0, 1, 1), strict=True):
            kept.index_copy_(axis, places, new)


class System(NamedTuple):
    """One iterate's Newton step, for any products s z."""

    factors: Factors
    found: Residual
    pull: Tensor  # z / s
    pushed: Tensor  # mask / s
    short: Tensor  # what the slack misses of the room


def descend(problem: Problem, box: Box, now: Inside, *, goal: Tensor, max_iterations: int) -> tuple[Inside, int]:
    """Until residuals and products s z are at most `goal` [batch], or rounding; and the iterations that took."""
    result = Inside(*(part.clone() for part in now))
    remaining = torch.arange(len(now.x), device=now.x.device)
    for iteration in range(max_iterations):
        found = _forces(problem, box, now)
        going = _distance(box, now, found) > tolerance(now.x, now.lam, goal)
        if not going.any():
            return result, iteration
        if 5 * int(going.sum()) <= 4 * len(going):  # the others' matrices are not factorised again
            problem, box, now = problem.items(going), box.items(going), now.items(going)
            found = Residual(*(part[going] for part in found))
            remaining, goal, going = remaining[going], goal[going], going[going]
        now = _iterate(problem, box, now, _system(problem, box, now, found), going)
        result.put(remaining, now)
    return result, max_iterations


def tolerance(x: Tensor, lam: Tensor, tol: Tensor | float) -> Tensor:
    """For the residuals of each item [batch]: `tol`, or what rounding leaves."""
    largest = torch.maximum(x.flatten(1).abs().amax(1), lam.flatten(1).abs().amax(1)).clamp(min=1.0)
    rounding = ROUNDING * torch.finfo(lam.dtype).eps * largest
    return torch.maximum(rounding, torch.as_tensor(tol, dtype=lam.dtype, device=lam.device))


def begin(problem: Problem, box: Box) -> tuple[Inside, Tensor]:
    """Well inside, with states that follow; and the mean force there [batch], which the multipliers are a share of."""
    u = box.well_inside(torch.zeros_like(box.bound[0]))
    x, lam = rolled(problem.C, problem.c, problem.F, problem.f, problem.x0, u)
    force = residual(problem, x, u, lam).tau[..., -u.shape[-1] :]
    mean = force.abs().mean((1, 2)).clamp(min=1e-9)
    s = box.slack(u)
    return Inside(x, u, lam, s, torch.ones_like(s) * (PUSH * mean)[:, None, None]), mean


def _forces(problem: Problem, box: Box, now: Inside) -> Residual:
    """Derivatives of the Lagrangian, that of the bounds included."""
    found = residual(problem, now.x, now.u, now.lam, symmetric=True)
    found.tau[..., now.x.shape[-1] :] -= (box.sign * box.mask * now.z).sum(0)
    return found


def _system(problem: Problem, box: Box, now: Inside, found: Residual) -> System:
    pushed = box.mask / now.s
    pull, fixed = now.z * pushed, box.fixed
    free = (~fixed).to(now.u.dtype) if fixed.any() else None
    factors = factorise(problem.C, problem.F, weight=pull.sum(0), free=free)
    return System(factors, found, pull, pushed, (box.slack(now.u) - now.s) * box.mask)


def _distance(box: Box, now: Inside, found: Residual) -> Tensor:
    """From the optimum, in the conditions [batch]."""
    return torch.maximum(found.size(), (now.s * now.z * box.mask).amax((0, 2, 3)))


def _iterate(problem: Problem, box: Box, now: Inside, system: System, going: Tensor) -> Inside:
    product = now.s * now.z
    guess = _newton(problem, box, now, system, product)
    length = _length(guess, now, 1.0)
    mu = box.mean(product)
    after = box.mean((now.s + length * guess.s) * (now.z + length * guess.z))
    centre = (mu * (after / mu.clamp(min=TINY)).clamp(0.0, 1.0) ** 3)[:, None, None]
    step = _newton(problem, box, now, system, product + guess.s * guess.z - centre)
    length = _length(step, now, NEAREST) * going[:, None, None]
    return Inside(*(torch.addcmul(old, length, new) for old, new in zip(now, step, strict=True)))


def _newton(problem: Problem, box: Box, now: Inside, system: System, product: Tensor) -> Inside:
    """The step that takes `product` off s z, to first order, and all residuals to zero."""
    linear, asked = system.found.tau.clone(), product * system.pushed
    linear[..., now.x.shape[-1] :] += (box.sign * (asked + system.pull * system.short)).sum(0)
    way = solve(system.factors, problem.F, linear, system.found.f, system.found.x0)
    ds = (box.sign * way.u + system.short) * box.mask
    return Inside(way.x, way.u, way.lam, ds, -(asked + system.pull * ds))


def _length(step: Inside, now: Inside, nearest: float) -> Tensor:
    """Of the longest step, at most 1, that keeps slacks and multipliers positive [batch 1 1]."""
    fall = torch.maximum(-step.s / now.s, -step.z / now.z).amax((0, 2, 3))
    return (nearest / fall.clamp(min=TINY)).clamp(max=1.0)[:, None, None]
