"""Trajectories as what one drives them by: controls of the bicycle at every step, or plain numbers."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from agents.policies.info_nce import Candidates, Energy
from world_models.bicycle import SPEED, Bicycle
from world_models.trajectories.inversion import invert
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
        return invert(self.start, poses, self.bicycle)

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
