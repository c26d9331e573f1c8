"""What really happened to the others of some windows, as images in the ego's frame of the first frame."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from world_models.boxes import Canvas
from world_models.experience import Windows


class Targets(NamedTuple):
    """After some steps: of those who were there at frame 0, the ego left out."""

    occupancy: Float[Tensor, "batch step 2 row col"]
    """1 where vehicles, where pedestrians are."""
    flow: Float[Tensor, "batch step 2 row col"]
    """How fast what is in a cell came there in the last step [m/s]; 0 where nothing is."""
    ways: Float[Tensor, "batch step 2 row col"]
    """How far it has come since frame 0 [m]."""
    is_occupied: Bool[Tensor, "batch step row col"]
    is_real: Bool[Tensor, "batch step"]
    """The frame is not behind the end of the episode."""


def targets_of(windows: Windows, canvas: Canvas, *, dt: float, steps: Int64[Tensor, " some"]) -> Targets:
    """Of some steps, 0 the first.

    Equal to `world_models.labels`, on whatever device the windows are.

    Raises:
        ValueError: windows without tracks.
    """
    tracks = windows.tracks
    if tracks is None:
        raise ValueError("Expected windows with tracks: the labels of a flow are drawn from where everybody was.")
    poses, present = tracks.seen_from()[:, :, 1:], tracks.present[:, steps + 1, 1:]
    walks = tracks.are_pedestrians[:, None, 1:]
    lead, now = present.shape[:2], poses[:, steps + 1].flatten(0, 1)
    sizes = tracks.sizes[:, None, 1:].float().expand(-1, len(steps), -1, -1).flatten(0, 1)

    def owners(who: Tensor) -> Tensor:
        return canvas.owners(now, sizes, (present & who).flatten(0, 1))

    def came(before: Tensor) -> Tensor:
        return canvas.came(owner, now, before.flatten(0, 1)).unflatten(0, lead)

    owner = owners(torch.ones_like(walks))
    pedestrian = owners(walks) >= 0
    occupancy = torch.stack([owners(~walks) >= 0, pedestrian], 1).unflatten(0, lead)
    flow, ways = came(poses[:, steps]) / dt, came(poses[:, :1].expand(-1, len(steps), -1, -1))
    is_real = windows.is_real.cumprod(1).bool()[:, steps]
    return Targets(occupancy.float(), flow, ways, (owner >= 0).unflatten(0, lead), is_real)
