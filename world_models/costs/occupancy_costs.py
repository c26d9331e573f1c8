"""What it costs to be where others are, or where no road is: looked up under the ego's footprint at its poses."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from envs.driving.config import STATIC_CHANNELS
from world_models.costs.cost import StepCost
from world_models.costs.footprint import Footprint
from world_models.costs.occupancy_lookup import by_future
from world_models.rollout import Latent, Rollout

DRIVABLE = STATIC_CHANNELS.index("drivable")
NOWHERE = 1e6
"""Off every map [m]."""
WIDER = Footprint(5.8, 2.6, "box", 1.0)
"""Points that reach to the corners of a body of 4.8 m x 2 m: each is the middle of a piece of a larger box."""


@dataclass(frozen=True, kw_only=True)
class OccupancyCollision(StepCost):
    """The probability that the ego's footprint meets somebody at a step: the highest of its points.

    A point's is 1 - prod over channels (1 - occupancy). Off the map nobody is known to be.
    """

    heads: ClassVar[tuple[str, ...]] = ("occupancy", "ego")
    extent: tuple[float, float, float, float]
    """Of the occupancy [m]."""
    footprint: Footprint = WIDER

    def by_step(
        self, found: dict[str, Tensor], rollout: Rollout, goal: Latent | None = None
    ) -> Float[Tensor, "batch candidate sample horizon"]:
        """A probability."""
        return self._met(found["occupancy"], found["ego"][..., None, :3])[..., 0]

    def _met(self, occupancy: Tensor, poses: Tensor) -> Tensor:
        """[batch candidate sample horizon pose] at each of several poses [.. pose 3] of a step."""
        points = self.footprint.points(poses)
        met = by_future(occupancy.to(poses.dtype), points.flatten(4, 5), self.extent)
        return (1.0 - (1.0 - met).prod(-2)).unflatten(-1, points.shape[4:6]).amax(-1)


@dataclass(frozen=True, kw_only=True)
class TimeToCollision(OccupancyCollision):
    """The probability of meeting somebody a step later, if the ego then went on straight at its speed.

    Keeps a distance that grows with speed: the score's time to collision asks for 0.95 s.
    """

    dt: float
    """Length of a step [s]."""
    ahead: int = 2
    """Steps that are looked ahead, each in the occupancy of its own time."""

    def by_step(
        self, found: dict[str, Tensor], rollout: Rollout, goal: Latent | None = None
    ) -> Float[Tensor, "batch candidate sample horizon"]:
        """The highest probability of the steps ahead; 0 where the horizon ends before."""
        ego = found["ego"]
        count = min(self.ahead, ego.shape[-2])
        way = ego[..., 3, None] * (self.dt * torch.arange(1, count + 1, device=ego.device))
        turn = ego[..., 2, None].expand_as(way)
        poses = torch.stack([ego[..., 0, None] + way * turn.cos(), ego[..., 1, None] + way * turn.sin(), turn], -1)
        # Poses go to the maps of their times, not maps to poses: a part of all maps would be a copy.
        late = torch.stack([_later(poses[..., k, :], k + 1) for k in range(count)], -2)
        met = self._met(found["occupancy"], late)
        return torch.stack([_sooner(met[..., k], k + 1) for k in range(count)]).amax(0)


@dataclass(frozen=True, kw_only=True)
class OnRoad(StepCost):
    """How much of the footprint is off the drivable area that was seen; beyond the view all is road.

    A point counts as far as more than half of its surroundings, a cell wide, is no road: just inside it pays nothing.
    """

    heads: ClassVar[tuple[str, ...]] = ("ego",)
    extent: tuple[float, float, float, float]
    """Of the occupancy [m]."""
    footprint: Footprint = WIDER

    def by_step(
        self, found: dict[str, Tensor], rollout: Rollout, goal: Latent | None = None
    ) -> Float[Tensor, "batch candidate sample horizon"]:
        """The share of its points, the worst one counting as much as all the others."""
        poses = found["ego"][..., :3]
        drivable = rollout.start.observation["occupancy"][:, DRIVABLE, None]
        most = 1.0 if drivable.is_floating_point() else 255.0
        blocked = (1.0 - drivable.to(poses.dtype) / most).view(len(drivable), 1, 1, 1, *drivable.shape[1:])
        points = self.footprint.points(poses)
        # one map for all steps: they become points of it
        folded = points.flatten(3, 4).unsqueeze(3)
        off = by_future(blocked, folded, self.extent)[..., 0, 0, :].unflatten(-1, points.shape[3:5])
        off = (2.0 * off - 1.0).clamp(min=0.0)
        return 0.5 * (off.mean(-1) + off.amax(-1))


def _later(poses: Tensor, steps: int) -> Tensor:
    """Poses [... horizon 3] so many steps later in the array, and nowhere before."""
    nowhere = torch.full_like(poses[..., :steps, :], NOWHERE)
    return torch.cat([nowhere, poses], -2)[..., : poses.shape[-2], :]


def _sooner(met: Tensor, steps: int) -> Tensor:
    """Values [... horizon] put back, and 0 where the horizon ends before."""
    return torch.cat([met, torch.zeros_like(met[..., :steps])], -1)[..., steps:]
