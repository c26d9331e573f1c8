"""A trajectory made cheaper: down the slope of its cost, in what one drives it by.

Sadat et al., *Jointly Learnable Behavior and Trajectory Planning for Self-Driving Vehicles* (2019), take gradient
steps on the cost by which the trajectory was chosen. Here a step is one of the controls, so that what comes out can
be driven, and is kept only where the cost falls.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from agents.planning.plan_space import Cost, Plans, PlanSpace, Poses
from world_models.bicycle import SPEED, STEERING
from world_models.trajectories.limits import curvature_of

STIFFNESS = (1.0, 20.0)
"""Way [m] that changing a step's acceleration by 1 m/s^2, or its steering by 1 rad, is as dear as."""
GROWTH, SHRINKAGE = 2.0, 0.25
"""Of a trajectory's steps, after one that made it cheaper and one that did not."""


class Refined(NamedTuple):
    """What `refine` finds; nothing of it hangs on any graph."""

    poses: Poses
    cost: Float[Tensor, "batch candidate"]
    is_better: Bool[Tensor, "batch candidate"]
    """Where it is not what was given."""
    plans: Plans
    """By which the poses are driven, where better."""


def refine(poses: Poses, cost: Cost, space: PlanSpace, *, steps: int = 10, lr: float = 0.5) -> Refined:
    """The cheapest met in some steps of descent; never one that costs more than what was given.

    Args:
        poses: Trajectories to begin at.
        cost: Of trajectories, differentiable in the poses; each is refined for itself.
        space: In which they are driven.
        steps: Of descent, each with one evaluation of the cost and its gradient.
        lr: Length of the first step [m], as a way in the space of all positions; later ones are as long as helps.

    Whether the cost is in large or small units is no matter.
    """
    with torch.no_grad():
        given = cost(poses)
        plans = space.invert(poses)
    best = _evaluate(plans, cost, space)
    metric = Metric(best.motions, space)
    direction, length = metric.steepest(best.slope, best.cut)
    size = lr / length.clamp_min(1e-12)
    for _ in range(steps):
        tried = _evaluate(best.plans - size[..., None, None] * direction, cost, space)
        is_better = tried.cost < best.cost
        best = _Visit(*(_pick(is_better, new, old) for new, old in zip(tried, best, strict=True)))
        direction, _ = metric.steepest(best.slope, best.cut)
        size = size * torch.where(is_better, GROWTH, SHRINKAGE)
    is_better = best.cost < given
    found = _pick(is_better, best.motions[..., :3], poses.detach())
    return Refined(found, torch.where(is_better, best.cost, given), is_better, best.plans)


def refined(
    states: Float[Tensor, "batch time 7"], cost: Cost, space: PlanSpace, *, steps: int
) -> Float[Tensor, "batch time 7"]:
    """`refine` for one trajectory a row, with columns as in a `TrajectorySet`; as given where nothing is cheaper."""
    found = refine(states[:, None, :, :3], cost, space, steps=steps)
    motions = space.follow(found.plans)[:, 0]
    curvature = curvature_of(motions[..., STEERING], space.bicycle.wheelbase)
    better = torch.cat([motions[..., :STEERING], curvature[..., None], states[..., 6:]], -1)
    return torch.where(found.is_better[:, :, None], better, states)


class _Visit(NamedTuple):
    plans: Tensor
    cut: Tensor
    """What limits took from the controls wanted."""
    motions: Tensor
    cost: Tensor
    slope: Tensor
    """In the controls."""


def _evaluate(plans: Plans, cost: Cost, space: PlanSpace) -> _Visit:
    """What is paid for plans, as far as they can be driven."""
    with torch.no_grad():
        done = space.feasible(plans)
    with torch.enable_grad():
        # Beyond a limit there is no slope: it is taken at what can be driven.
        leaf = done.detach().requires_grad_()
        motions = space.follow(leaf)
        costs = cost(motions[..., :3])
        (slope,) = torch.autograd.grad(costs.sum(), leaf)
    return _Visit(done, plans - done, motions.detach(), costs.detach(), slope)


class Metric:
    """How far controls move the positions of a trajectory, to first order, as if it went straight on.

    An acceleration moves what comes after it along, a steering angle across. Steps that are short in this metric
    instead of in that of the controls need no small rate for the first controls' sake, which move everything.
    """

    def __init__(self, motions: Float[Tensor, "batch candidate time 6"], space: PlanSpace) -> None:
        dt, time = space.bicycle.dt, motions.shape[2]
        begin = space.start[:, None, None, SPEED].expand(-1, motions.shape[1], 1)
        speed = torch.cat([begin, motions[..., SPEED]], 2)
        way = 0.5 * dt * (speed[..., 1:] + speed[..., :-1])
        end = way.cumsum(-1)
        after = end.unsqueeze(-1) - (end - 0.5 * way).unsqueeze(-2)
        rank = torch.arange(time, dtype=motions.dtype, device=motions.device)
        steps = dt**2 * (rank[:, None] - rank + 0.5)
        across = way.unsqueeze(-2) * (after / space.bicycle.wheelbase + 0.5)
        moves = torch.stack([steps.expand_as(across), across], 2).tril()
        stiffness = torch.tensor(STIFFNESS, dtype=motions.dtype, device=motions.device).square()
        self.eye = torch.eye(time, dtype=motions.dtype, device=motions.device)
        self.form = moves.mT @ moves + self.eye * stiffness[:, None, None]

    def steepest(self, slope: Plans, cut: Plans) -> tuple[Plans, Float[Tensor, "batch candidate"]]:
        """The direction of the fastest rise, and how far it goes.

        Controls at a limit that the descent would leave stay there, and the others are chosen knowing that
        (Bertsekas, *Projected Newton Methods for Optimization Problems with Simple Constraints*, 1982).
        """
        free = (slope * cut >= 0.0).mT
        both = free.unsqueeze(-1) & free.unsqueeze(-2)
        factor = torch.linalg.cholesky(torch.where(both, self.form, self.eye))
        slope = slope * free.mT
        direction = torch.cholesky_solve(slope.mT.unsqueeze(-1), factor).squeeze(-1).mT
        return direction, (slope * direction).sum((-2, -1)).clamp_min(0.0).sqrt()


def _pick(is_better: Tensor, new: Tensor, old: Tensor) -> Tensor:
    return torch.where(is_better.view(*is_better.shape, *[1] * (new.dim() - 2)), new, old)
