"""From trajectories to what drives them."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.bicycle import HEADING, SPEED, STEERING, Bicycle, wrap
from world_models.trajectories.limits import steering_of

STANDING = 0.05
"""Way made in a step below which a heading says nothing about the steering [m]."""


def invert(
    start: Float[Tensor, "batch 6"], poses: Float[Tensor, "batch candidate time 3"], bicycle: Bicycle
) -> Float[Tensor, "batch candidate time 2"]:
    """(acceleration, steering) with which each step goes as far as between the poses, and ends with their heading.

    What `bicycle` drove is found again as nearly as its substeps are arcs; where one stands the wheels are held. Of
    other trajectories, what the vehicle cannot do is not taken away.
    """
    dt = bicycle.dt
    origin = start[:, None, None, :3].expand(-1, poses.shape[1], 1, -1)
    step = torch.diff(torch.cat([origin, poses], 2), dim=2)
    turn = wrap(step[..., HEADING])
    # a chord under an even turn is shorter than its arc
    way = torch.linalg.vector_norm(step[..., :2], dim=-1) / torch.sinc(0.5 * turn / math.pi)
    speed, steering = start[:, None, SPEED], start[:, None, STEERING]
    plan = []
    for covered, turned in zip(way.unbind(-1), turn.unbind(-1), strict=True):
        after = (2.0 * covered / dt - speed).clamp_min(0.0)
        wanted = steering_of(turned / covered.clamp_min(STANDING), bicycle.wheelbase)
        steering = torch.where(covered > STANDING, wanted, steering)
        plan.append(torch.stack([(after - speed) / dt, steering], -1))
        speed = after
    return torch.stack(plan, 2)
