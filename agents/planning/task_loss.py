"""How bad a trajectory really is, seen afterwards: how far from the expert's, and whom it would have hit."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Shaped
from torch import Tensor

from envs.driving.config import STATIC_CHANNELS
from world_models.costs.cost_volume import CostVolume
from world_models.costs.footprint import Footprint
from world_models.costs.overlap import separation_within

EGO = Footprint(kind="box")


class Others(NamedTuple):
    """Where everybody else really went, in the ego frame of now."""

    poses: Float[Tensor, "batch actors time 3"]
    sizes: Float[Tensor, "batch actors 2"]
    """Length and width [m]."""
    known: Bool[Tensor, "batch actors time"]
    """Whether an actor was there; poses elsewhere mean nothing."""


def distances(
    poses: Float[Tensor, "batch candidate time 3"],
    expert: Float[Tensor, "batch time 3"],
    *,
    known: Bool[Tensor, "batch time"] | None = None,
) -> Float[Tensor, "batch candidate time"]:
    """From each pose to the expert's at the same time [m]; 0 where that is not known."""
    away = torch.linalg.vector_norm(poses[..., :2] - expert[:, None, :, :2], dim=-1)
    return away if known is None else torch.where(known[:, None], away, 0.0)


@torch.no_grad()
def collisions(
    poses: Float[Tensor, "batch candidate time 3"], others: Others, *, ego: Footprint = EGO, margin: float = 0.0
) -> Bool[Tensor, "batch candidate time"]:
    """Whether the ego's box would overlap another's, the ego's made longer and wider by `margin` on each side [m]."""
    size = poses.new_tensor([ego.length + 2.0 * margin, ego.width + 2.0 * margin])
    there = torch.where(others.known[..., None], others.poses, torch.nan)[:, None]
    gaps = separation_within(poses[:, :, None], size, there, others.sizes[:, None, :, None])
    return (gaps < 0.0).any(dim=2)


@torch.no_grad()
def leaves_road(
    poses: Float[Tensor, "batch candidate time 3"],
    occupancy: Shaped[Tensor, "batch channel row col"],
    *,
    extent: tuple[float, float, float, float],
    resolution: float,
    ego: Footprint = EGO,
) -> Bool[Tensor, "batch candidate time"]:
    """Whether part of the ego's box would be where no road is seen; beyond the view all is road.

    Args:
        poses: Of candidates.
        occupancy: As observed, in bytes.
        extent: Of it, ahead, behind, to the left and to the right [m].
        resolution: [m/cell]
        ego: Its box.
    """
    no_road = 1.0 - occupancy[:, STATIC_CHANNELS.index("drivable")].to(poses) / 255.0
    volume = CostVolume(no_road[:, None].expand(-1, poses.shape[2], -1, -1), extent, resolution)
    return volume.query(poses, ego, outside=0.0, over="max") > 0.5


def task_loss(
    poses: Float[Tensor, "batch candidate time 3"],
    expert: Float[Tensor, "batch time 3"],
    others: Others | None = None,
    *,
    known: Bool[Tensor, "batch time"] | None = None,
    ego: Footprint = EGO,
    margin: float = 0.0,
    collision: float = 10.0,
) -> Float[Tensor, "batch candidate time"]:
    """Distance to the expert's pose [m], and `collision` more wherever somebody would be hit.

    Args:
        poses: Of the candidates.
        expert: Where the ego really went.
        others: Where everybody else did; None: nobody to hit.
        known: Steps at which it is known where the ego went; the loss is 0 at all others.
        ego: Its box.
        margin: That it should keep on each side [m].
        collision: Price of one [m].
    """
    loss = distances(poses, expert)
    if others is not None:
        loss = loss + collision * collisions(poses, others, ego=ego, margin=margin)
    return loss if known is None else torch.where(known[:, None], loss, 0.0)
