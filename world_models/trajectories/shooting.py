"""The bicycle driven by constant wishes, which are approached as fast as jerk and steering rate allow."""

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.bicycle import Bicycle
from world_models.trajectories.limits import Start, curvature_of, steering_of
from world_models.trajectories.trajectory_set import Motion


def shoot(bicycle: Bicycle, start: Start, wishes: Float[Tensor, "batch candidate 2"], steps: int) -> Motion:
    """Motions, columns [batch candidate time], every `bicycle.dt` under constant wishes: acceleration, steering angle.

    Speeds up to `bicycle.max_speed`: a wish that would exceed it is kept all the same, and is infeasible.
    """
    count = torch.arange(1, steps + 1, dtype=wishes.dtype, device=wishes.device)
    times = bicycle.dt * count
    acceleration = _towards(start.acceleration, wishes[..., 0], bicycle.max_jerk * times, bicycle.max_acceleration)
    steering = _towards(
        steering_of(start.curvature, bicycle.wheelbase),
        *(wishes[..., 1], bicycle.max_steering_rate * times, bicycle.max_steering),
    )
    controls = torch.stack([acceleration, steering], -1)
    begin = start.motion(bicycle.wheelbase)[:, None].expand(-1, wishes.shape[1], -1)
    x, y, heading, speed, really, angle = bicycle.follow(begin, controls).unbind(-1)
    return Motion(x, y, heading, speed, really, curvature_of(angle, bicycle.wheelbase))


def _towards(now: Tensor, wanted: Tensor, reach: Tensor, limit: float) -> Tensor:
    """From `now` [batch] towards `wanted` [batch candidate], at most `reach` [time] away from where it was."""
    change = wanted.clamp(-limit, limit) - now[:, None]
    change = torch.minimum(torch.maximum(change[..., None], -reach), reach)
    return now[:, None, None] + change
