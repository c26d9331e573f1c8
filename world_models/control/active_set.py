"""From an iterate near the optimum onto it: controls at active bounds are held there, the rest is a plain LQR.

Where the choice of active bounds proves wrong it is corrected by what came of it: bounds that pull instead of pushing
are let go, and controls that went outside are held (Hintermueller, Ito and Kunisch, "The primal-dual active set
strategy as a semismooth Newton method", 2002). That mostly ends after a few corrections; where it does not, the
interior-point method goes on.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from world_models.control.box import Box, violation
from world_models.control.interior_point import begin, descend, tolerance
from world_models.control.problem import Problem, residual
from world_models.control.riccati import Factors, factorise, solve

NEAR, CLOSE, LAST = 1e-1, 1e-4, 1e-9
"""Where the interior-point method stops at first, and then for items that were not solved from there, as shares of
the mean force on the controls in the beginning, if that is less than 1."""
CORRECTIONS = 4


class Held(NamedTuple):
    """An optimum with what holds it."""

    x: Tensor
    u: Tensor
    lam: Tensor
    active: Tensor  # [batch time u]: -1, 0 or 1
    factors: Factors  # with the active controls fixed
    violation: Tensor  # [batch]
    margin: Tensor  # [batch]: least force of an active bound, least room to another

    def put(self, places: Tensor, other: "Held") -> None:
        """Take what is known of some items."""
        mine = (*self[:4], *self.factors, *self[5:])
        for kept, new in zip(mine, (*other[:4], *other.factors, *other[5:]), strict=True):
            kept.index_copy_(0, places, new)


def bounded(problem: Problem, box: Box, *, tol: float, max_iterations: int) -> Held:
    """The optimum of every item that has one; C must be symmetric, and there for every item."""
    start, force = begin(problem, box)
    force = force.clamp(max=1.0)  # systems that run away make it large without making their bounds any clearer
    near, done = descend(problem, box, start, goal=NEAR * force, max_iterations=max_iterations)
    held = hold(problem, box, near[:3], (near.z > near.s) & (box.mask > 0))
    _correct(problem, box, held, tol)
    wrong = _wrong(held, tol)
    for goal in (CLOSE * force, (LAST * force).clamp(max=tol)):
        if len(wrong):
            some, sides = problem.items(wrong), box.items(wrong)
            closer, more = descend(
                some, sides, near.items(wrong), goal=goal[wrong], max_iterations=max_iterations - done
            )
            near.put(wrong, closer)
            done += more
            last = hold(some, sides, closer[:3], (closer.z > closer.s) & (sides.mask > 0))
            _correct(some, sides, last, tol)
            held.put(wrong, _better(some, sides, closer[:3], last, tol))
            wrong = _wrong(held, tol)
    return held


def _correct(problem: Problem, box: Box, held: Held, tol: float) -> None:
    """Items that are wrong, by what came of holding them."""
    for _ in range(CORRECTIONS):
        wrong = _wrong(held, tol)
        if not len(wrong):
            return
        some, sides = problem.items(wrong), box.items(wrong)
        at = held.x[wrong], held.u[wrong], held.lam[wrong]
        wished = at[1] - residual(some, *at, symmetric=True).tau[..., -at[1].shape[-1] :]
        held.put(wrong, hold(some, sides, at, torch.stack([wished < sides.bound[0], wished > sides.bound[1]])))


def hold(problem: Problem, box: Box, at: tuple[Tensor, ...], pressed: Tensor) -> Held:
    """The optimum with controls held at the bounds that are `pressed` [side batch time u].

    A Newton step from x, u and lam, so that only their error is solved for.
    """
    x, u, lam = at
    held = pressed.any(0) | box.fixed
    u = torch.where(held, torch.where(pressed[1], box.bound[1], box.bound[0]), u)
    factors = factorise(problem.C, problem.F, free=(~held).to(u.dtype))
    found = residual(problem, x, u, lam, symmetric=True)
    step = solve(factors, problem.F, found.tau, found.f, found.x0)
    x, u, lam = x + step.x, u + step.u, lam + step.lam
    after = residual(problem, x, u, lam, symmetric=True)
    force = after.tau[..., -u.shape[-1] :]
    side = torch.where(box.fixed, force < 0.0, pressed[1])  # of two that meet, the one that pushes
    active = (held * torch.where(side, 1, -1)).to(torch.int8)
    room = torch.where(box.mask > 0, box.slack(u), torch.inf).amin(0)
    margin = torch.where(held, force.abs(), room).masked_fill(box.fixed, torch.inf).flatten(1).amin(1)
    return Held(x, u, lam, active, factors, violation(box, u, after), margin)


def _wrong(held: Held, tol: float) -> Tensor:
    """Items that are not optimal, though they could be."""
    wrong = (held.violation > tolerance(held.x, held.lam, tol)) & (held.factors.broken == 0)
    return wrong.nonzero()[:, 0]


def _better(problem: Problem, box: Box, inside: tuple[Tensor, ...], last: Held, tol: float) -> Held:
    """The iterate itself, where holding controls made it worse."""
    size = violation(box, inside[1], residual(problem, *inside, symmetric=True))
    worse = (last.violation > tolerance(last.x, last.lam, tol)) & ~(size >= last.violation)
    x, u, lam = (torch.where(worse[:, None, None], old, new) for old, new in zip(inside, last[:3], strict=True))
    return last._replace(x=x, u=u, lam=lam, violation=torch.where(worse, size, last.violation))
