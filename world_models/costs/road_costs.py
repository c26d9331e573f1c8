"""What driving costs besides collisions: time, the limit, the lane, and those who sit in the car.

All but progress are 0 where nothing is wrong and of the order of 1 where something clearly is, at each step.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.bicycle import ACCELERATION, SPEED, STEERING
from world_models.costs.cost import Cost, StepCost
from world_models.costs.route_line import RouteLine
from world_models.rollout import Latent, Rollout

EGO_SPEED, EGO_ACCELERATION, EGO_YAW_RATE, LIMIT, TO_GOAL = 0, 1, 3, 6, 7
"""Columns of the key `ego`."""
TINY = 1e-9
"""Keeps a square root differentiable."""


@dataclass(frozen=True, kw_only=True)
class Progress(Cost):
    """Minus the metres gained along the route, as a share of what the speed limit allows in the horizon.

    Nothing is gained behind the goal.
    """

    heads: ClassVar[tuple[str, ...]] = ("ego",)
    extent: tuple[float, float, float, float]
    """Of the occupancy: the points of `route` reach as far ahead [m]."""
    dt: float
    """Length of a step [s]."""

    def __call__(
        self, found: dict[str, Tensor], rollout: Rollout, goal: Latent | None = None
    ) -> Float[Tensor, "batch candidate sample"]:
        """-1 is all that the limit allows."""
        ego = rollout.start.observation["ego"]
        last = found["ego"][..., -1, :3]
        allowed = ego[:, LIMIT].clamp(min=1.0) * (self.dt * rollout.horizon)
        line = RouteLine.of(rollout.start, self.extent)
        gained = torch.minimum(line.locate(last).s, ego[:, TO_GOAL].view(-1, 1, 1))
        return -gained / allowed.view(-1, 1, 1)


@dataclass(frozen=True, kw_only=True)
class CentreLine(StepCost):
    """How far the ego is from the middle of its route, and how far it looks aside.

    d^2 / (d^2 + half^2) + 1 - cos(turn): who is in another lane altogether pays no more for the next one.
    """

    heads: ClassVar[tuple[str, ...]] = ("ego",)
    extent: tuple[float, float, float, float]
    """Of the occupancy: the points of `route` reach as far ahead [m]."""
    half: float = 1.75
    """Distance at which half of it is paid: half a lane's width [m]."""

    def by_step(
        self, found: dict[str, Tensor], rollout: Rollout, goal: Latent | None = None
    ) -> Float[Tensor, "batch candidate sample horizon"]:
        """From 0 to 3."""
        foot = RouteLine.of(rollout.start, self.extent).locate(found["ego"][..., :3])
        aside = foot.d.square()
        return aside / (aside + self.half**2) + 1.0 - torch.cos(foot.turn)


@dataclass(frozen=True, kw_only=True)
class SpeedLimit(StepCost):
    """By how much the limit of now is exceeded, as a share of it."""

    heads: ClassVar[tuple[str, ...]] = ("ego",)

    def by_step(
        self, found: dict[str, Tensor], rollout: Rollout, goal: Latent | None = None
    ) -> Float[Tensor, "batch candidate sample horizon"]:
        """max(0, speed / limit - 1)"""
        limit = rollout.start.observation["ego"][:, LIMIT].clamp(min=1.0).view(-1, 1, 1, 1)
        return (found["ego"][..., SPEED] / limit - 1.0).clamp(min=0.0)


@dataclass(frozen=True, kw_only=True)
class Comfort(StepCost):
    """By how much accelerations, jerks and yaw rate come too near nuPlan's bounds, as shares of these.

    sum over quantities of max(0, |q| / bound - near) + effort * (q / bound)^2. The bounds are those of
    `envs.kernels.road_comfort`, which smooths what it judges over 0.8 s: two changes a step apart count together there.
    """

    heads: ClassVar[tuple[str, ...]] = ("ego",)
    dt: float
    """Length of a step [s]."""
    wheelbase: float = 2.8
    """[m]"""
    braking: float = 4.05
    acceleration: float = 2.40
    lateral: float = 4.89
    """[m/s^2]"""
    jerk: float = 4.13
    """Longitudinal, from step to step [m/s^3]."""
    jerk_vector: float = 8.37
    yaw_rate: float = 0.95
    """[rad/s]"""
    yaw_acceleration: float = 1.93
    """From step to step [rad/s^2]."""
    near: float = 0.7
    """Share of a bound from which on it is paid."""
    effort: float = 0.02
    """Price of what stays below that."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not (math.isfinite(value) and (value > 0 or (name == "effort" and value == 0))):
                raise ValueError(f"Comfort.{name}: expected a finite number > 0, got {value}.")

    def by_step(
        self, found: dict[str, Tensor], rollout: Rollout, goal: Latent | None = None
    ) -> Float[Tensor, "batch candidate sample horizon"]:
        """In shares of the bounds."""
        speed, pressed = found["ego"][..., SPEED], found["ego"][..., ACCELERATION]
        yaw = yaw_rate(speed, found["ego"][..., STEERING], self.wheelbase)
        aside = speed * yaw
        now = rollout.start.observation["ego"]
        jerk = self._change(now[:, EGO_ACCELERATION], pressed)
        jerk_aside = self._change(now[:, EGO_SPEED] * now[:, EGO_YAW_RATE], aside)
        quantities = (
            torch.where(pressed < 0.0, pressed / self.braking, pressed / self.acceleration),
            aside / self.lateral,
            jerk / self.jerk,
            (jerk.square() + jerk_aside.square() + TINY).sqrt() / self.jerk_vector,
            yaw / self.yaw_rate,
            self._change(now[:, EGO_YAW_RATE], yaw) / self.yaw_acceleration,
        )
        shares = torch.stack(quantities).abs()
        return ((shares - self.near).clamp(min=0.0) + self.effort * shares.square()).sum(0)

    def _change(self, now: Tensor, value: Tensor) -> Tensor:
        before = now.view(-1, 1, 1, 1).expand_as(value[..., :1])
        return torch.diff(torch.cat([before, value], -1), dim=-1) / self.dt


def yaw_rate(
    speed: Float[Tensor, "*batch"], steering: Float[Tensor, "*batch"], wheelbase: float
) -> Float[Tensor, "*batch"]:
    """Of the bicycle of `world_models.bicycle` [rad/s]."""
    return speed * torch.sin(torch.atan(0.5 * torch.tan(steering))) / (0.5 * wheelbase)
