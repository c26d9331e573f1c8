"""Where the others will be, as images: labels for a head that foresees occupancy."""

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from agents.planning.futures import FutureBatch
from envs.driving.future import FUTURE_CHANNELS, Window
from envs.kernels.road_future import fill_future
from envs.kernels.road_records import ABSENT, PEDESTRIAN, VEHICLE


def future_occupancy_labels(
    batch: FutureBatch, *, extent: tuple[float, float, float, float], resolution: float
) -> UInt8[Tensor, "batch time 2 row col"]:
    """Cells occupied by vehicles and by pedestrians at the times of the futures, 1 or 0, in the ego frame of time 0.

    Of those who were there at time 0; where `expert_known` is False the episode is over, and 0 says nothing.

    Args:
        batch: Futures.
        extent: How far the images reach ahead, behind, to the left and to the right [m].
        resolution: [m/cell]
    """
    kinds, boxes = _in_cells(batch, Window(resolution, extent))
    rows, cols = Window(resolution, extent).shape
    found = np.zeros((len(kinds), kinds.shape[1] - 1, len(FUTURE_CHANNELS), rows, cols), np.uint8)
    for occupancy, kind, box in zip(found, kinds, boxes, strict=True):
        fill_future(occupancy, kind, box)
    return torch.from_numpy(found).clamp_(max=1)


def _in_cells(batch: FutureBatch, window: Window) -> tuple[np.ndarray, np.ndarray]:
    """Kinds [batch time actors] and boxes [batch time actors 5] as `fill_future` takes them; time 0 stays empty."""
    poses = batch.actors.numpy().astype(np.float64).transpose(0, 2, 1, 3)
    known = batch.actors_known.numpy().transpose(0, 2, 1)
    kind = np.where(batch.are_pedestrians.numpy(), PEDESTRIAN, VEHICLE)[:, None]
    row = (window.extent[0] - poses[..., 0]) / window.resolution - 0.5
    col = (window.extent[2] - poses[..., 1]) / window.resolution - 0.5
    sizes = np.broadcast_to(batch.sizes.numpy()[:, None] / window.resolution, (*known.shape, 2))
    boxes = np.concatenate((np.stack((row, col, poses[..., 2]), axis=-1), sizes), axis=-1)
    none = ((0, 0), (1, 0), (0, 0))
    return np.pad(np.where(known, kind, ABSENT).astype(np.int32), none), np.pad(boxes, (*none, (0, 0)))
