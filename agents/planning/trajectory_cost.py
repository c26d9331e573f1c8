"""What a trajectory costs: a learned volume under its footprint, and a few features at weights that the scene decides.

    cost[t] = volume[t] under the footprint at pose t + sum_f weight_f * feature_f[t],   weight_f >= 0

The features are plain, so that every weight can be read: none is negative, each counts something unwanted.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.bicycle import wrap
from world_models.costs.cost_volume import CostVolume
from world_models.costs.footprint import Footprint

FEATURES = ("acceleration", "lateral", "overspeed", "slowness", "offset", "jerk")
"""acceleration: (a / 3)^2; lateral: (v * yaw rate / 3)^2; overspeed: by how much the limit is exceeded, as a share of
it; slowness: by how much it is not reached; offset: distance to the path [m], at most 4; jerk: (change of a in a step
/ 3)^2. In SI units."""
HARD = 3.0
FAR = 4.0
"""Who is so far from the path is not on it [m]."""
SHARP = 1e-3
"""Lengths have a slope everywhere, and are else as good as exact [m]."""
EGO = Footprint(kind="circles")


@dataclass(frozen=True)
class Setting:
    """What trajectories are judged by besides the volume."""

    speed: Float[Tensor, " batch"]
    acceleration: Float[Tensor, " batch"]
    limit: Float[Tensor, " batch"]
    path: Float[Tensor, "batch point 2"]
    """Corners of a line: the foot of the ego on its path, and the points of `route`."""
    dt: float
    rounding: float = SHARP
    """What is shorter than this is rounded off where a length has a corner: on the path, and at a standstill [m]."""

    @classmethod
    def of_observation(
        cls,
        ego: Float[Tensor, "batch feature"],
        route: Float[Tensor, "batch number"],
        *,
        dt: float,
        rounding: float = SHARP,
    ) -> "Setting":
        """From the keys `ego` and `route` of the road environments."""
        offset, error = ego[:, 4], ego[:, 5]
        foot = torch.stack([-offset * torch.sin(error), -offset * torch.cos(error)], -1)
        points = route.unflatten(1, (-1, 3))[..., :2]
        path = torch.cat([foot[:, None], points], 1)
        return cls(ego[:, 0], ego[:, 1], ego[:, 6].clamp(min=1.0), path, dt, rounding)

    def features(self, poses: Float[Tensor, "batch candidate time 3"]) -> Float[Tensor, "batch candidate time feature"]:
        """Those of `FEATURES`, differentiable in the poses."""
        before = torch.cat([torch.zeros_like(poses[:, :, :1]), poses[:, :, :-1]], 2)
        step = poses - before
        turn = wrap(step[..., 2])
        # smooth at a standstill, where a norm has no slope
        speed = (step[..., :2].square().sum(-1) + self.rounding**2).sqrt() / self.dt
        now = self.speed[:, None, None].expand_as(speed[..., :1])
        # the first speed is that of a quarter of a second from now, the others of half a second after the one before
        change = torch.diff(torch.cat([now, speed], -1), dim=-1)
        acceleration = torch.cat([2.0 * change[..., :1], change[..., 1:]], -1) / self.dt
        present = self.acceleration[:, None, None].expand_as(now)
        jerk = torch.diff(torch.cat([present, acceleration], -1), dim=-1)
        limit = self.limit[:, None, None]
        columns = (
            (acceleration / HARD).square(),
            (speed * turn / (self.dt * HARD)).square(),
            (speed / limit - 1.0).clamp(min=0.0),
            (1.0 - speed / limit).clamp(min=0.0),
            distance_to_line(poses[..., :2].flatten(1, 2), self.path, self.rounding).view(speed.shape).clamp(max=FAR),
            (jerk / HARD).square(),
        )
        return torch.stack(columns, -1)


def distance_to_line(
    points: Float[Tensor, "batch place 2"], corners: Float[Tensor, "batch corner 2"], rounding: float = SHARP
) -> Float[Tensor, "batch place"]:
    """From each point to a line through corners, `rounding` on it [m]."""
    # by columns, which are contiguous
    begin_x, begin_y = corners[:, None, :-1].unbind(-1)
    way_x, way_y = torch.diff(corners, dim=1)[:, None].unbind(-1)
    x, y = points[..., :1] - begin_x, points[..., 1:] - begin_y
    share = (x * way_x + y * way_y) / (way_x.square() + way_y.square()).clamp(min=1e-6)
    share = share.clamp(0.0, 1.0)
    away = (x - share * way_x).square() + (y - share * way_y).square()
    return (away.amin(-1) + rounding**2).sqrt()


@dataclass(frozen=True)
class TrajectoryCost:
    """The cost of trajectories in a batch of scenes."""

    volume: CostVolume
    outside: Float[Tensor, ""]
    """What being beyond the volume costs."""
    weights: Float[Tensor, "batch feature"]
    setting: Setting
    footprint: Footprint = EGO

    def by_time(
        self, poses: Float[Tensor, "batch candidate time 3"], features: Tensor | None = None
    ) -> Float[Tensor, "batch candidate time"]:
        """At each time; `features` of the poses, where they are known already."""
        features = self.setting.features(poses) if features is None else features
        met = self.volume.query(poses, self.footprint, outside=self.outside)
        return met + (features @ self.weights[:, None, :, None]).squeeze(-1)

    def __call__(self, poses: Float[Tensor, "batch candidate time 3"]) -> Float[Tensor, "batch candidate"]:
        """Of whole trajectories."""
        return self.by_time(poses).sum(-1)
