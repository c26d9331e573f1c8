"""Everybody goes straight on as fast as now."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from envs.kernels.road_features import ACTOR_FEATURES
from world_models.boxes import Canvas, of_owners
from world_models.rollout import expand


@dataclass(frozen=True)
class StraightOn:
    """The others of an observation and where they are at dt, 2 dt, ... if nothing changes."""

    poses: Float[Tensor, "batch time actor 3"]
    """x ahead, y left [m] and heading in the frame of now."""
    velocities: Float[Tensor, "batch actor 2"]
    """Ahead and to the left [m/s]."""
    sizes: Float[Tensor, "batch actor 2"]
    """Length and width [m]."""
    present: Bool[Tensor, "batch actor"]
    are_pedestrians: Bool[Tensor, "batch actor"]

    @classmethod
    def of_observation(
        cls, observation: dict[str, Tensor], *, dt: float, horizon: int, share: float = 1.0
    ) -> "StraightOn":
        """From the keys `actors` and `actors_mask` of the road environments; at a share of the speed."""
        actors = observation["actors"].float().unflatten(-1, (-1, len(ACTOR_FEATURES)))
        x, y, cos, sin, forward, left, length, width, vulnerable = actors.unbind(-1)
        times = share * dt * torch.arange(1, horizon + 1, dtype=x.dtype, device=x.device)[:, None]
        heading = torch.atan2(sin, cos)[:, None].expand(-1, horizon, -1)
        poses = torch.stack([x[:, None] + forward[:, None] * times, y[:, None] + left[:, None] * times, heading], -1)
        velocities, sizes = share * torch.stack([forward, left], -1), torch.stack([length, width], -1)
        return cls(poses, velocities, sizes, observation["actors_mask"] > 0.5, vulnerable > 0.5)

    def owners(
        self, canvas: Canvas, who: Bool[Tensor, "batch actor"], *, grown: float = 0.0
    ) -> Int64[Tensor, "batch time row col"]:
        """Whose box covers each cell, of some of those who are there; -1: nobody's. Boxes may be `grown` [m]."""
        batch, times = self.poses.shape[:2]
        sizes, present = expand(self.sizes + grown, times), expand(self.present & who, times)
        found = canvas.owners(self.poses.flatten(0, 1), sizes.flatten(0, 1), present.flatten(0, 1))
        return found.unflatten(0, (batch, times))

    def occupancy(self, canvas: Canvas) -> Float[Tensor, "batch time 2 row col"]:
        """1 where vehicles, and where pedestrians are."""
        kinds = (~self.are_pedestrians, self.are_pedestrians)
        return torch.stack([(self.owners(canvas, kind) >= 0).float() for kind in kinds], 2)

    def flow(self, canvas: Canvas) -> Float[Tensor, "batch time 2 row col"]:
        """Velocity of who is there, ahead and to the left [m/s]; 0 where nobody is."""
        return self.of_owners(self.owners(canvas, self.present), self.velocities)

    @staticmethod
    def of_owners(
        owner: Int64[Tensor, "batch time row col"], values: Float[Tensor, "batch actor number"]
    ) -> Float[Tensor, "batch time number row col"]:
        """What each cell's owner has; 0 where there is none."""
        return of_owners(owner, expand(values, owner.shape[1]))
