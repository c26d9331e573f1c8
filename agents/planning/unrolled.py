"""Steps of descent that can be learned through: a trajectory made cheaper, and a graph of how.

Sadat et al., *Jointly Learnable Behavior and Trajectory Planning for Self-Driving Vehicles* (2019): the trajectory by
which the ego is judged is what some gradient steps make of the chosen one, and imitation reaches the costs through
these steps. Unlike `agents.planning.refinement`, which ends in a better place, everything that a step decides is
either constant or in the graph:

    plans' = feasible(plans - size * M^-1 dcost/dplans),      size: of `SIZES` that which costs least, or 0
    poses  = given + drive(plans) - drive(plans of the given)
    cost   = what is learned + tether * squared distances from the given, those to the side times ACROSS^2

M says how far controls move positions, and is that of the plans at the beginning. Where a size is about to change, or
a limit about to bind, there is no derivative. Controls that are held through steps do not follow a smooth trajectory to
the centimetre; so that this is not taken for refinement, only the difference that descent makes counts. The tether
keeps the trajectory with the behaviour that was chosen.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from agents.planning.plan_space import Cost, Plans, PlanSpace, Poses
from agents.planning.refinement import Metric
from world_models.bicycle import HEADING, SPEED, wrap

SIZES = (0.0, 0.05, 0.2, 0.8, 3.2)
"""Of steps, of which each takes the best."""
ACROSS = 10.0
"""By how much shorter the tether is to the sides, where a lane has no room, than ahead."""


class Unrolled(NamedTuple):
    """What `unroll` finds; of a graph where one was asked for."""

    plans: Plans
    change: Float[Tensor, "batch candidate time 6"]
    """Of the motions, with columns as in `world_models.bicycle`; 0 where no step helps."""
    poses: Poses
    """Where the steps lead."""


def unroll(
    poses: Poses, cost: Cost, space: PlanSpace, *, steps: int, tether: float = 0.0, keep_graph: bool = False
) -> Unrolled:
    """Some steps of descent from given trajectories, none of which makes them dearer.

    Args:
        poses: Trajectories to begin at; they get no gradient.
        cost: Of trajectories, differentiable in the poses: twice, if a graph is to be kept.
        space: In which they are driven.
        steps: Of descent.
        tether: Price of leaving what is given, for each pose [1/m^2].
        keep_graph: Let losses of what comes out reach what the cost depends on.
    """
    with torch.no_grad():
        plans = space.feasible(space.invert(poses))
        begun = space.follow(plans)
        metric = Metric(begun, space)

    def reached(plans: Plans) -> tuple[Tensor, Tensor]:
        """Changes and poses; of several plans for each trajectory, one after the other."""
        each = plans.shape[1] // poses.shape[1]
        change = space.follow(plans) - begun.repeat_interleave(each, 1)
        change = torch.cat([change[..., :HEADING], wrap(change[..., HEADING, None]), change[..., SPEED:]], -1)
        return change, poses.detach().repeat_interleave(each, 1) + change[..., : HEADING + 1]

    def paid(plans: Plans) -> Tensor:
        change, there = reached(plans)
        return cost(there) + tether * _away(change, there)

    cut = torch.zeros_like(plans)
    for _ in range(steps):
        direction = _direction(plans, cut, paid, metric, keep_graph=keep_graph)
        size = _best_size(plans.detach(), direction.detach(), paid, space)
        with torch.set_grad_enabled(keep_graph):
            wanted = plans - size[..., None, None] * direction
            plans = space.feasible(wanted)
        cut = (wanted - plans).detach()
    with torch.set_grad_enabled(keep_graph):
        return Unrolled(plans, *reached(plans))


def _away(change: Float[Tensor, "batch candidate time 6"], there: Poses) -> Float[Tensor, "batch candidate"]:
    """Squared distances [m^2], where a metre to the side counts as `ACROSS` ahead."""
    dx, dy = change[..., :HEADING].unbind(-1)
    cos, sin = torch.cos(there[..., HEADING]).detach(), torch.sin(there[..., HEADING]).detach()
    along, across = dx * cos + dy * sin, dy * cos - dx * sin
    return (along.square() + (ACROSS * across).square()).sum(-1)


def _direction(plans: Plans, cut: Plans, paid: Cost, metric: Metric, *, keep_graph: bool) -> Plans:
    """Of the fastest rise of what is paid for plans."""
    with torch.enable_grad():
        leaf = plans if keep_graph and plans.requires_grad else plans.detach().requires_grad_()
        (slope,) = torch.autograd.grad(paid(leaf).sum(), leaf, create_graph=keep_graph)
    with torch.set_grad_enabled(keep_graph):
        return metric.steepest(slope, cut)[0]


@torch.no_grad()
def _best_size(plans: Plans, direction: Plans, paid: Cost, space: PlanSpace) -> Float[Tensor, "batch candidate"]:
    """That of `SIZES` after which each trajectory costs least."""
    sizes = torch.tensor(SIZES, dtype=plans.dtype, device=plans.device)
    tried = plans[:, :, None] - sizes[:, None, None] * direction[:, :, None]
    costs = paid(space.feasible(tried.flatten(1, 2))).view(tried.shape[:3])
    return sizes[costs.argmin(-1)]
