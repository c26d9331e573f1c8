"""The bicycle driven by constant wishes: the motions of `world_models.bicycle`, all times at once.

The wishes are approached as fast as jerk and steering rate allow, so every speed is a sum of known accelerations kept
from falling below 0, and every position a sum of known steps: `Bicycle.rollout` without its loop.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.bicycle import Bicycle, wrap
from world_models.trajectories.limits import Start
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
    small = bicycle.dt / bicycle.substeps
    pushes = (acceleration * small).repeat_interleave(bicycle.substeps, -1)
    free = start.speed[:, None, None] + pushes.cumsum(-1)
    after = free - free.cummin(-1).values.clamp(max=0.0)  # what was cut off at 0 so far is given back
    before = torch.cat([start.speed[:, None, None].expand_as(after[..., :1]), after[..., :-1]], -1)
    way = 0.5 * (before + after) * small
    slip = torch.atan(0.5 * torch.tan(steering)).repeat_interleave(bicycle.substeps, -1)
    turns = (way * torch.sin(slip) / (0.5 * bicycle.wheelbase)).cumsum(-1)
    course = torch.cat([torch.zeros_like(turns[..., :1]), turns[..., :-1]], -1) + slip
    x, y = (way * torch.cos(course)).cumsum(-1), (way * torch.sin(course)).cumsum(-1)
    x, y, heading, speed = (value[..., bicycle.substeps - 1 :: bicycle.substeps] for value in (x, y, turns, after))
    old = torch.cat([start.speed[:, None, None].expand_as(speed[..., :1]), speed[..., :-1]], -1)
    curvature = torch.sin(slip[..., bicycle.substeps - 1 :: bicycle.substeps]) / (0.5 * bicycle.wheelbase)
    return Motion(x, y, wrap(heading), speed, (speed - old) / bicycle.dt, curvature)


def steering_of(curvature: Float[Tensor, "*batch"], wheelbase: float) -> Float[Tensor, "*batch"]:
    """The steering angle under which the heading turns by `curvature` per metre [rad]."""
    return torch.atan(2.0 * torch.tan(torch.asin((0.5 * wheelbase * curvature).clamp(-0.98, 0.98))))


def _towards(now: Tensor, wanted: Tensor, reach: Tensor, limit: float) -> Tensor:
    """From `now` [batch] towards `wanted` [batch candidate], at most `reach` [time] away from where it was."""
    change = wanted.clamp(-limit, limit) - now[:, None]
    change = torch.minimum(torch.maximum(change[..., None], -reach), reach)
    return now[:, None, None] + change
