"""Where the ego goes under actions of a road environment: physics that no model has to learn.

An action asks for an acceleration and a steering angle and is held for some steps of 0.1 s; both follow as fast as the
limits of the vehicle allow, and `world_models.bicycle` does the rest. Equal to the simulator but for rounding.
"""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from envs.driving.config import STEP_SECONDS, RoadConfig
from world_models.bicycle import ACCELERATION, SPEED, STEERING, Bicycle

EGO_SPEED, EGO_ACCELERATION, EGO_STEERING = range(3)
"""Columns of the observation `ego`."""


@dataclass(frozen=True)
class EgoMotion:
    """The ego of a road environment whose actions are `continuous`.

    motions = EgoMotion.of_env(env).rollout(observation["ego"], actions)
    """

    vehicle: Bicycle
    steps_per_action: int = 1
    """Steps of `vehicle.dt` that an action is held."""

    @classmethod
    def of_env(cls, env: Any) -> "EgoMotion":
        """That of an environment, single or vector.

        Raises:
            ValueError: no road environment, or other actions.
        """
        config = getattr(env, "unwrapped", env).config
        if not isinstance(config, RoadConfig):
            raise ValueError(f"Expected a road environment, got one of {type(config).__name__}.")
        if config.action != "continuous":
            raise ValueError(f"Expected action='continuous', got {config.action!r}.")
        limits = ("max_acceleration", "max_jerk", "max_steering", "max_steering_rate", "max_speed", "substeps")
        vehicle = Bicycle(dt=STEP_SECONDS, **{name: getattr(config, name) for name in limits})
        return cls(vehicle, config.steps_per_action)

    @property
    def dt(self) -> float:
        """Seconds that an action lasts."""
        return self.vehicle.dt * self.steps_per_action

    def start(self, ego: Float[Tensor, "batch number"]) -> Float[Tensor, "batch 6"]:
        """The motion now, in the frame of now, from the observation `ego`."""
        seen = ego[:, [EGO_SPEED, EGO_ACCELERATION, EGO_STEERING]]
        return torch.cat([torch.zeros_like(seen), seen], -1)

    def rollout(
        self, ego: Float[Tensor, "batch number"], actions: Float[Tensor, "batch candidate horizon 2"]
    ) -> Float[Tensor, "batch candidate horizon 6"]:
        """The motions after each action: x ahead, y to the left [m], heading, speed, acceleration, steering."""
        return self.every_step(ego, actions)[:, :, self.steps_per_action - 1 :: self.steps_per_action]

    def every_step(
        self, ego: Float[Tensor, "batch number"], actions: Float[Tensor, "batch candidate horizon 2"]
    ) -> Float[Tensor, "batch candidate step 6"]:
        """The same every 0.1 s."""
        batch, candidates = actions.shape[:2]
        start = self.start(ego).to(actions.dtype)[:, None].expand(batch, candidates, 6).reshape(-1, 6)
        motions = self.vehicle.follow(start, self._feasible(start, actions.flatten(0, 1)))
        return motions.unflatten(0, (batch, candidates))

    def _feasible(
        self, start: Float[Tensor, "plan 6"], actions: Float[Tensor, "plan horizon 2"]
    ) -> Float[Tensor, "plan step 2"]:
        """The (acceleration, steering) of every step: `Bicycle.feasible` for controls that are held."""
        pressed = self._pressed(start, actions[..., 0] * self.vehicle.max_acceleration)
        angle = self._angle(start[:, STEERING, None], actions[..., 1] * self.vehicle.max_steering)
        return torch.stack([pressed, angle], -1)

    def _angle(
        self, angle: Float[Tensor, "plan 1"], wanted: Float[Tensor, "plan horizon"]
    ) -> Float[Tensor, "plan step"]:
        """Steering: towards what is wanted at a constant rate, whole actions at once."""
        steps = torch.arange(1, self.steps_per_action + 1, device=wanted.device, dtype=wanted.dtype)
        reach = steps * (self.vehicle.max_steering_rate * self.vehicle.dt)
        done = []
        for target in wanted.unsqueeze(-1).unbind(1):
            done.append(angle + (target - angle).clamp(-reach, reach))
            angle = done[-1][:, -1:]
        return torch.cat(done, -1) if done else wanted

    def _pressed(self, start: Float[Tensor, "plan 6"], wanted: Float[Tensor, "plan horizon"]) -> Tensor:
        """Accelerations: step by step, for a stop ends them faster than the jerk's limit does.

        In metres per second gained in a step, not per second, which saves half of the arithmetic.
        """
        dt, top = self.vehicle.dt, self.vehicle.max_speed
        reach = self.vehicle.max_jerk * dt * dt
        speed, gained = start[:, SPEED], start[:, ACCELERATION] * dt
        done = []
        for target in (wanted * dt).unbind(1):
            for _ in range(self.steps_per_action):
                gained = torch.clamp(target, gained - reach, gained + reach)
                gained = torch.minimum(gained, (top - speed).clamp(min=0.0))
                done.append(gained)
                after = (speed + gained).clamp(min=0.0)
                speed, gained = after, after - speed
        return torch.stack(done, -1) / dt if done else wanted
