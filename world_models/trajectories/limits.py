"""What a vehicle can do, and where every candidate starts."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from world_models.trajectories.trajectory_set import Motion

ROUNDING = 1e-4
"""What a limit may be exceeded by, as a share of it."""
STANDING = 0.1
"""Slower than this, steering moves nothing [m/s]."""


@dataclass(frozen=True)
class Start:
    """How the ego moves now; its pose is the origin."""

    speed: Float[Tensor, " batch"]
    """[m/s], at least 0"""
    acceleration: Float[Tensor, " batch"]
    """[m/s^2]"""
    curvature: Float[Tensor, " batch"]
    """By how much the heading turns per metre, to the left [1/m]."""

    @classmethod
    def of_observation(cls, ego: Float[Tensor, "batch feature"], wheelbase: float = 2.8) -> "Start":
        """From the key `ego` of the road environments: speed, acceleration, steering angle, ..."""
        return cls(ego[:, 0].clamp(min=0.0), ego[:, 1], curvature_of(ego[:, 2], wheelbase))

    def slip(self, wheelbase: float) -> Float[Tensor, " batch"]:
        """The way the ego's centre goes, seen from its heading [rad]; a wheelbase of 0 goes where it looks."""
        return slip_of(self.curvature, wheelbase)

    def motion(self, wheelbase: float = 2.8) -> Float[Tensor, "batch 6"]:
        """The same with the columns of `world_models.bicycle`."""
        zero = torch.zeros_like(self.speed)
        steering = steering_of(self.curvature, wheelbase)
        return torch.stack([zero, zero, zero, self.speed, self.acceleration, steering], -1)


def slip_of(curvature: Tensor, wheelbase: float) -> Tensor:
    """The slip of a vehicle that follows `curvature`: sin(slip) = curvature * wheelbase / 2 [rad]."""
    return torch.asin((0.5 * wheelbase * curvature).clamp(-0.9, 0.9))


def steering_of(curvature: Float[Tensor, "*batch"], wheelbase: float) -> Float[Tensor, "*batch"]:
    """The steering angle under which the heading turns by `curvature` per metre [rad]."""
    return torch.atan(2.0 * torch.tan(torch.asin((0.5 * wheelbase * curvature).clamp(-0.98, 0.98))))


def curvature_of(steering: Float[Tensor, "*batch"], wheelbase: float) -> Float[Tensor, "*batch"]:
    """By how much the heading turns per metre under a steering angle [1/m]."""
    return torch.sin(torch.atan(0.5 * torch.tan(steering))) / (0.5 * wheelbase)


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Of a feasible candidate; the defaults are those of the road environments."""

    speed: float = 40.0
    """[m/s]"""
    acceleration: float = 6.0
    """Both ways [m/s^2]."""
    curvature: float = 0.23
    """[1/m]; 0.6 rad at the front wheels of a wheelbase of 2.8 m."""
    lateral_acceleration: float = 5.0
    """[m/s^2]"""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} must be finite and greater than 0, got {value}")

    def admit(self, motion: Motion) -> Bool[Tensor, "*batch"]:
        """Which trajectories [*batch time] keep all limits at all times, and never go backwards."""
        x, y, heading, speed, acceleration, curvature = (column.detach() for column in motion)
        bend, slack = curvature.abs(), 1.0 + ROUNDING
        kept = (speed.amin(-1) >= -1e-6) & (speed.amax(-1) <= self.speed * slack)
        kept &= acceleration.abs().amax(-1) <= self.acceleration * slack
        # Who stands turns no wheel, whatever curvature the formula says.
        kept &= (bend * (speed >= STANDING)).amax(-1) <= self.curvature * slack
        kept &= (bend * speed * speed).amax(-1) <= self.lateral_acceleration * slack
        return kept & (x + y + heading).sum(-1).isfinite()
