"""Trajectories as what one drives them by: controls of the bicycle at every step, or plain numbers."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from agents.policies.info_nce import Candidates, Energy
from world_models.bicycle import HEADING, SPEED, STEERING, Bicycle, wrap
from world_models.trajectories.limits import Start, steering_of

Poses = Float[Tensor, "batch candidate time 3"]
Plans = Float[Tensor, "batch candidate time 2"]
"""(acceleration [m/s^2], steering [rad]) held through each step."""
Cost = Callable[[Poses], Float[Tensor, "batch candidate"]]
"""Of whole trajectories; low is good."""

PLANNING = Bicycle(dt=0.5, substeps=5)
"""The vehicle, at the steps of planned trajectories."""
HARD = 4.0
"""Acceleration along and across that numbers of size 1 stand for [m/s^2]."""
STANDING = 0.05
"""Way made in a step below which a heading says nothing about the steering [m]."""


@dataclass(frozen=True)
class PlanSpace:
    """The trajectories that a vehicle can drive from where it is.

    plans = space.invert(poses);  poses = space.drive(plans)[..., :3];  numbers = space.numbers(plans)
    """

    start: Float[Tensor, "batch 6"]
    """Its motion now, with columns as in `world_models.bicycle`."""
    bicycle: Bicycle = PLANNING

    @classmethod
    def at(cls, start: Start, bicycle: Bicycle = PLANNING) -> "PlanSpace":
        """From the origin, heading ahead."""
        return cls(start.motion(bicycle.wheelbase), bicycle)

    def drive(self, plans: Plans) -> Float[Tensor, "batch candidate time 6"]:
        """The motions after each step, within the vehicle's limits."""
        return self.bicycle.rollout(self._starts(plans), plans)

    def follow(self, plans: Plans) -> Float[Tensor, "batch candidate time 6"]:
        """The same for plans that are within the limits, and faster."""
        return self.bicycle.follow(self._starts(plans), plans)

    def feasible(self, plans: Plans) -> Plans:
        """What the limits leave of plans."""
        return self.bicycle.feasible(self._starts(plans), plans)

    def _starts(self, plans: Plans) -> Float[Tensor, "batch candidate 6"]:
        return self.start.unsqueeze(1).expand(-1, plans.shape[1], -1)

    def invert(self, poses: Poses) -> Plans:
        """Controls with which each step goes as far as between the poses, and ends with their heading.

        What `drive` gave is found again as nearly as its substeps are arcs; where one stands the wheels are held. Of
        other trajectories, what the vehicle cannot do is left to `feasible`.
        """
        dt = self.bicycle.dt
        origin = self.start[:, None, None, :3].expand(-1, poses.shape[1], 1, -1)
        step = torch.diff(torch.cat([origin, poses], 2), dim=2)
        turn = wrap(step[..., HEADING])
        # a chord under an even turn is shorter than its arc
        way = torch.linalg.vector_norm(step[..., :2], dim=-1) / torch.sinc(0.5 * turn / math.pi)
        speed, steering = self.start[:, None, SPEED], self.start[:, None, STEERING]
        plan = []
        for covered, turned in zip(way.unbind(-1), turn.unbind(-1), strict=True):
            after = (2.0 * covered / dt - speed).clamp_min(0.0)
            wanted = steering_of(turned / covered.clamp_min(STANDING), self.bicycle.wheelbase)
            steering = torch.where(covered > STANDING, wanted, steering)
            plan.append(torch.stack([(after - speed) / dt, steering], -1))
            speed = after
        return torch.stack(plan, 2)

    @property
    def units(self) -> Float[Tensor, "batch 2"]:
        """What a number of 1 stands for: hard acceleration, and the steering of a hard turn at the present speed."""
        curvature = HARD / self.start[:, SPEED].square().clamp_min(1.0)
        steering = steering_of(curvature, self.bicycle.wheelbase).clamp(max=self.bicycle.max_steering)
        return torch.stack([torch.full_like(steering, HARD), steering], -1)

    def numbers(self, plans: Plans) -> Candidates:
        """Plans as flat numbers of about unit size."""
        return (plans / self.units[:, None, None]).flatten(2)

    def plans(self, numbers: Candidates) -> Plans:
        """The inverse of `numbers`."""
        return numbers.unflatten(2, (-1, 2)) * self.units[:, None, None]

    def energy(self, cost: Cost) -> Energy:
        """The cost of the trajectory that flat numbers stand for."""
        return lambda numbers: cost(self.drive(self.plans(numbers))[..., :3])
