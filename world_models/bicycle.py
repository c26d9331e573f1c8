"""The bicycle of `envs.kernels.bicycle` in torch: the same numbers, with gradients.

v'   = max(v + a dt, 0),   v_m = (v + v') / 2,   beta = atan(tan(delta) / 2)
x'   = x + v_m cos(psi + beta) dt
y'   = y + v_m sin(psi + beta) dt
psi' = psi + v_m sin(beta) / (wheelbase / 2) dt
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

X, Y, HEADING, SPEED, ACCELERATION, STEERING = range(6)
"""Columns of a motion."""


@dataclass(frozen=True, kw_only=True)
class Bicycle:
    """A vehicle and the limits of its controls; the defaults are those of the road environments.

    motion = bicycle.step(motion, control)
    """

    wheelbase: float = 2.8
    """[m]; the reference point is midway between the axles."""
    dt: float = 0.1
    """Length of a step [s]."""
    substeps: int = 2
    max_acceleration: float = 6.0
    """Both ways [m/s^2]."""
    max_jerk: float = 20.0
    """[m/s^3]"""
    max_steering: float = 0.6
    """Angle of the front wheels [rad]."""
    max_steering_rate: float = 1.2
    """[rad/s]"""
    max_speed: float = 40.0
    """[m/s]"""

    def __post_init__(self) -> None:
        if self.substeps < 1:
            raise ValueError(f"substeps must be at least 1, got {self.substeps}")
        for name, value in vars(self).items():
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"{name} must be finite and greater than 0, got {value}")

    def step(self, motion: Float[Tensor, "*batch 6"], control: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch 6"]:
        """The motion one step later, as near to the wanted (acceleration, steering) as the limits allow.

        Columns of a motion: x, y [m], heading [rad], speed [m/s], and the last step's acceleration [m/s^2] and steering
        angle [rad]. A limit that binds stops the gradient of what it limits.
        """
        x, y, heading, speed, *_ = motion.unbind(-1)
        acceleration, steering = self.feasible(motion, control).unbind(-1)
        pose = torch.stack([x, y, heading], -1)
        after = speed
        for _ in range(self.substeps):
            pose, after = advance(
                pose, after, acceleration, steering, wheelbase=self.wheelbase, dt=self.dt / self.substeps
            )
        really = (after - speed) / self.dt
        return torch.cat([pose, torch.stack([after, really, steering], -1)], -1)

    def feasible(
        self, motion: Float[Tensor, "*batch 6"], control: Float[Tensor, "*batch 2"]
    ) -> Float[Tensor, "*batch 2"]:
        """The (acceleration, steering) nearest to `control` within the limits."""
        speed, acceleration, steering = motion[..., SPEED], motion[..., ACCELERATION], motion[..., STEERING]
        wanted = _approach(acceleration, control[..., 0], self.max_jerk * self.dt)
        wanted = wanted.clamp(-self.max_acceleration, self.max_acceleration)
        wanted = torch.minimum(wanted, (self.max_speed - speed).clamp(min=0.0) / self.dt)
        angle = _approach(steering, control[..., 1], self.max_steering_rate * self.dt)
        return torch.stack([wanted, angle.clamp(-self.max_steering, self.max_steering)], -1)

    def rollout(
        self, motion: Float[Tensor, "*batch 6"], controls: Float[Tensor, "*batch horizon 2"]
    ) -> Float[Tensor, "*batch horizon 6"]:
        """The motions after each of a plan's controls."""
        motions = []
        for control in controls.unbind(-2):
            motion = self.step(motion, control)
            motions.append(motion)
        return torch.stack(motions, -2) if motions else controls.new_zeros((*controls.shape[:-2], 0, 6))


def advance(
    pose: Float[Tensor, "*batch 3"],
    speed: Float[Tensor, "*batch"],
    acceleration: Float[Tensor, "*batch"],
    steering: Float[Tensor, "*batch"],
    *,
    wheelbase: float,
    dt: float,
) -> tuple[Float[Tensor, "*batch 3"], Float[Tensor, "*batch"]]:
    """The equations alone: (pose, speed) after `dt` under constant controls, without limits."""
    x, y, heading = pose.unbind(-1)
    after = (speed + acceleration * dt).clamp(min=0.0)
    distance = 0.5 * (speed + after) * dt
    slip = torch.atan(0.5 * torch.tan(steering))
    x = x + distance * torch.cos(heading + slip)
    y = y + distance * torch.sin(heading + slip)
    heading = wrap(heading + distance * torch.sin(slip) / (0.5 * wheelbase))
    return torch.stack([x, y, heading], -1), after


def wrap(angle: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    """The same angle in (-pi, pi] [rad]; its gradient is 1."""
    turns = torch.ceil((angle.detach() - math.pi) / (2.0 * math.pi))
    return torch.where((angle > -math.pi) & (angle <= math.pi), angle, angle - 2.0 * math.pi * turns)


def _approach(value: Tensor, wanted: Tensor, reach: float) -> Tensor:
    return torch.minimum(torch.maximum(wanted, value - reach), value + reach)
