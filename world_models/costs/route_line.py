"""Where on the route a pose is: the reference path by places close together, which many poses are compared with."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.bicycle import wrap
from world_models.costs.remembered import once_for
from world_models.rollout import Latent
from world_models.trajectories.reference_path import ReferencePath

PIECE = 2.0
"""Between places on the path [m]."""
POINTS = 12
"""Of the key `route`: equally spaced as far as the view reaches ahead."""


class Foot(NamedTuple):
    """The nearest point of the path."""

    s: Tensor
    """Along it, from the ego's foot of now [m]."""
    d: Tensor
    """How far to the left of it the pose is [m]."""
    turn: Tensor
    """The heading as seen from the path's [rad]."""


@dataclass(frozen=True)
class RouteLine:
    """Places on the route, `PIECE` metres apart, in the ego frame of now; about each the path is a parabola."""

    places: Float[Tensor, "batch place 2"]
    headings: Float[Tensor, "batch place"]
    curvatures: Float[Tensor, "batch place"]

    @classmethod
    def of(cls, latent: Latent, extent: tuple[float, float, float, float]) -> "RouteLine":
        """`of_observation` of what a latent was encoded from, made once while that is kept."""
        return once_for(latent, (cls, extent), lambda: cls.of_observation(latent.observation, extent))

    @classmethod
    def of_observation(cls, observation: dict[str, Tensor], extent: tuple[float, float, float, float]) -> "RouteLine":
        """From the keys `ego` and `route` of the road environments.

        Before its first and behind its last point the path goes straight on, however far.
        """
        path = ReferencePath.of_observation(observation["ego"], observation["route"], extent[0] / POINTS)
        # one place on either straight end
        s = torch.arange(-PIECE, extent[0] + 2.0 * PIECE, PIECE).to(path.corners)
        points = path.at(s.expand(len(path.corners), -1))
        return cls(torch.stack([points.x, points.y], -1), points.heading, points.curvature)

    def locate(self, poses: Float[Tensor, "batch *places 3"]) -> Foot:
        """The foot of each pose; differentiable but where two places are equally near."""
        flat = poses.flatten(1, -2)
        index = torch.cdist(flat[..., :2].detach(), self.places, compute_mode="donot_use_mm_for_euclid_dist").argmin(-1)
        place = self.places.gather(1, index[..., None].expand(-1, -1, 2))
        heading, curvature = self.headings.gather(1, index), self.curvatures.gather(1, index)
        dx, dy = (flat[..., :2] - place).unbind(-1)
        cos, sin = torch.cos(heading), torch.sin(heading)
        along, left = dx * cos + dy * sin, dy * cos - dx * sin
        along = along / (1.0 - curvature * left).clamp(min=0.2)
        d = left - 0.5 * curvature * along.square()
        s = along + PIECE * (index.to(along.dtype) - 1.0)
        turn = wrap(flat[..., 2] - heading - curvature * along)
        return Foot(*(value.reshape(poses.shape[:-1]) for value in (s, d, turn)))
