"""One Newton step on the conditions of optimality: one Riccati factorisation.

What is linear in a row leaves dz = w - W dh, with D = z / s and, for soft rows, E = quadratic + y / e:

    W = D / (1 + D / E)                            (E infinite for hard rows)
    a = mu / s - z - D (h + e - s),   b = mu / e - linear - quadratic e + z,   w = a - D (a + b) / (E + D)

so that H + J' W J and the Lagrangian's derivative less J' w make an LQR for the rest (Rao, Wright and Rawlings, 1998).
"""

# ruff: noqa: N803, N806 - matrices have the names that they have in the literature

from typing import NamedTuple

import torch
from torch import Tensor

from world_models.control.nonlinear.point import Point
from world_models.control.nonlinear.task import Problem, Rows
from world_models.control.nonlinear.view import View
from world_models.control.riccati import Factors, factorise, solve, times

LEAST, AGAIN, GROWTH, TRIES = 1e-3, 0.3, 8.0, 5
"""Of shifts: the first ever, as a share of the controls' largest second derivative, and the first later, of the last;
what it grows by; and how often."""
FLOOR = 1e-6
"""Least curvature of a stage's Hessian that had to be made convex, as a share of the largest."""


class Force(NamedTuple):
    """What rows do to a Newton step, [batch time row] all."""

    W: Tensor
    w: Tensor
    a: Tensor
    b: Tensor
    D: Tensor
    give: Tensor  # 1 / E


def force_of(rows: Rows, point: Point, h: Tensor, mu: Tensor) -> Force:
    """Of all rows, on the way to products mu [batch]."""
    mu = mu[:, None, None]
    D = rows.mask * point.z / point.s
    give = rows.soft / (rows.quadratic + point.y / point.e)
    a = rows.mask * (mu / point.s - point.z - D * gap(rows, point, h))
    b = rows.mask * rows.soft * (mu / point.e - rows.linear - rows.quadratic * point.e + point.z)
    share = D * give / (1.0 + D * give)
    return Force(D / (1.0 + D * give), a - share * (a + b), a, b, D, give)


def gap(rows: Rows, point: Point, h: Tensor) -> Tensor:
    """H + e - s, zero where there is no row [batch time row]."""
    return rows.mask * (h + rows.soft * point.e - point.s)


def matrices(view: View, force: Force) -> Tensor:
    """The Hessian with what rows add to it [batch time tau tau]."""
    return view.H + view.J.mT @ (force.W[..., None] * view.J)


def factors_of(problem: Problem, view: View, force: Force, damping: Tensor, shift: Tensor) -> tuple[Factors, Tensor]:
    """And the `shift` [batch] of Quu's diagonal, damping aside, that they needed, or that the last such step did.

    The exact Hessian where it is positive definite in the controls; else as little more as makes it that; and where
    that is much, every stage's Hessian made convex.
    """
    C = matrices(view, force)
    factors = factorised(problem, C, view, damping)
    broken = (factors.broken > 0).nonzero()[:, 0]
    if not len(broken):
        return factors, shift
    tried = torch.maximum(
        AGAIN * shift, LEAST * view.H[..., -problem.task.nu :, -problem.task.nu :].abs().amax((1, 2, 3))
    )
    tried = tried.clamp(min=LEAST**2)
    for _ in range(TRIES):
        some = factorised(problem.items(broken), C[broken], view.items(broken), (damping + tried)[broken])
        factors = _put(factors, broken, some)
        shift = shift.index_copy(0, broken, tried[broken])
        broken = broken[some.broken > 0]
        if not len(broken):
            return factors, shift
        tried = GROWTH * tried
    convex = _convex(view.H[broken]) + (C - view.H)[broken]
    some = factorised(problem.items(broken), convex, view.items(broken), damping[broken])
    return _put(factors, broken, some), shift


def factorised(problem: Problem, C: Tensor, view: View, shift: Tensor) -> Factors:
    """With `shift` [batch] on the diagonal of Quu."""
    weight = shift[:, None, None].expand(*C.shape[:2], problem.task.nu)
    return factorise(C, view.F, weight=weight, free=problem.free)


def _put(factors: Factors, places: Tensor, other: Factors) -> Factors:
    return Factors(*(old.index_copy(0, places, new) for old, new in zip(factors, other, strict=True)))


def _convex(H: Tensor) -> Tensor:
    """With negative curvature turned round."""
    if not torch.isfinite(H).all():
        return H
    values, vectors = torch.linalg.eigh(0.5 * (H + H.mT))
    values = values.abs()
    floor = FLOOR * values.amax((1, 2), keepdim=True).clamp(min=1.0)
    return (vectors * torch.maximum(values, floor)[..., None, :]) @ vectors.mT


def newton(problem: Problem, point: Point, view: View, mu: Tensor, factors: Factors) -> tuple[Point, Tensor]:
    """The step to products mu [batch], and the change of h that goes with it."""
    rows, values = problem.rows, view.values
    force = force_of(rows, point, values.h, mu)
    linear = view.by_tau - times(view.J.mT, force.w)
    way = solve(factors, view.F, linear, values.defect, values.start)
    dh = times(view.J, torch.cat([way.x, way.u], -1))
    de = force.give * (force.a + force.b - force.D * dh) / (1.0 + force.give * force.D) * rows.mask
    ds = rows.mask * (dh + de) + gap(rows, point, values.h)
    dz = force.a - force.D * (dh + de)
    dy = rows.mask * rows.soft * ((mu[:, None, None] - point.y * de) / point.e - point.y)
    return Point(way.x, way.u, way.lam, ds, dz, de, dy), dh
