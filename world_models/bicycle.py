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
        return self.rollout(motion, control.unsqueeze(-2)).squeeze(-2)

    def rollout(
        self, motion: Float[Tensor, "*batch 6"], controls: Float[Tensor, "*batch horizon 2"]
    ) -> Float[Tensor, "*batch horizon 6"]:
        """The motions after each of a plan's controls."""
        return self.follow(motion, self.feasible(motion, controls))

    def feasible(
        self, motion: Float[Tensor, "*batch 6"], controls: Float[Tensor, "*batch horizon 2"]
    ) -> Float[Tensor, "*batch horizon 2"]:
        """The (acceleration, steering) nearest to those of a plan within the limits, one after the other."""
        speed, acceleration, angle = motion[..., SPEED:].unbind(-1)
        done = []
        for control in controls.unbind(-2):
            pressed, turned = control.unbind(-1)
            pressed = _approach(acceleration, pressed, self.max_jerk * self.dt)
            pressed = pressed.clamp(-self.max_acceleration, self.max_acceleration)
            pressed = torch.minimum(pressed, (self.max_speed - speed).clamp(min=0.0) / self.dt)
            angle = _approach(angle, turned, self.max_steering_rate * self.dt)
            angle = angle.clamp(-self.max_steering, self.max_steering)
            done.append(torch.stack([pressed, angle], -1))
            after = (speed + pressed * self.dt).clamp(min=0.0)
            speed, acceleration = after, (after - speed) / self.dt
        return torch.stack(done, -2) if done else controls

    def follow(
        self, motion: Float[Tensor, "*batch 6"], controls: Float[Tensor, "*batch horizon 2"]
    ) -> Float[Tensor, "*batch horizon 6"]:
        """The motions under controls that are within the limits: `rollout` without its loop."""
        pressed, angle = controls.unbind(-1)
        speed = motion[..., SPEED, None]
        after = _never_below_zero(speed + (pressed * self.dt).cumsum(-1))
        before = torch.cat([speed, after], -1)[..., :-1]
        rank = torch.arange(self.substeps + 1, dtype=pressed.dtype, device=pressed.device)
        speeds = before.unsqueeze(-1) + pressed.unsqueeze(-1) * (rank * (self.dt / self.substeps))
        speeds = speeds.clamp(min=0.0)
        way = (speeds[..., 1:] + speeds[..., :-1]) * (0.5 * self.dt / self.substeps)
        poses = self._poses(motion, way, angle)
        return torch.cat([poses, torch.stack([after, (after - before) / self.dt, angle], -1)], -1)

    def _poses(self, motion: Tensor, way: Tensor, steering: Tensor) -> Tensor:
        """Where one is after each step of ways [... horizon substep]."""
        slip = torch.atan(0.5 * torch.tan(steering))
        turns = way * (torch.sin(slip) / (0.5 * self.wheelbase)).unsqueeze(-1)
        heading = turns.flatten(-2).cumsum(-1).view_as(turns) + motion[..., HEADING, None, None]
        course = heading - turns + slip.unsqueeze(-1)
        x = (way * torch.cos(course)).sum(-1).cumsum(-1) + motion[..., X, None]
        y = (way * torch.sin(course)).sum(-1).cumsum(-1) + motion[..., Y, None]
        return torch.stack([x, y, wrap(heading[..., -1])], -1)


def _never_below_zero(free: Float[Tensor, "*batch time"]) -> Float[Tensor, "*batch time"]:
    """What is left of a running sum that is cut off at 0 after every summand.

    It is the sum less its lowest value so far, if that is below 0. What came after the lowest value keeps its
    gradient, so that who stands is drawn to drive on.
    """
    sums = free.detach()
    lowest = torch.cat([torch.zeros_like(sums[..., :1]), sums], -1).cummin(-1).values[..., :-1]
    rank = torch.arange(sums.shape[-1], device=sums.device)
    index = torch.where(sums < lowest, rank, -1).cummax(-1).values
    return free - torch.where(index < 0, 0.0, free.gather(-1, index.clamp(min=0)))


def wrap(angle: Float[Tensor, "*batch"]) -> Float[Tensor, "*batch"]:
    """The same angle in (-pi, pi] [rad]; its gradient is 1."""
    turns = torch.ceil((angle.detach() - math.pi) / (2.0 * math.pi))
    return torch.where((angle > -math.pi) & (angle <= math.pi), angle, angle - 2.0 * math.pi * turns)


def _approach(value: Tensor, wanted: Tensor, reach: float) -> Tensor:
    return torch.minimum(torch.maximum(wanted, value - reach), value + reach)
