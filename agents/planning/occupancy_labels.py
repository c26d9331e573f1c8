"""Where the others will be, as images: labels for a head that foresees occupancy."""

import numpy as np
import torch
from jaxtyping import UInt8
from torch import Tensor

from agents.planning.futures import FutureBatch
from envs.driving.future import Window
from envs.kernels.road_records import ABSENT, PEDESTRIAN, VEHICLE
from world_models.labels import drawn, in_cells


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
    poses = batch.actors.numpy().astype(np.float64).transpose(0, 2, 1, 3)
    known = batch.actors_known.numpy().transpose(0, 2, 1)
    kinds = np.where(batch.are_pedestrians.numpy(), PEDESTRIAN, VEHICLE)[:, None]
    boxes = in_cells(poses, batch.sizes.numpy(), extent=extent, resolution=resolution)
    # before the first time of a future nobody is drawn
    none = ((0, 0), (1, 0), (0, 0))
    kinds = np.pad(np.where(known, kinds, ABSENT).astype(np.int32), none)
    return torch.from_numpy(drawn(kinds, np.pad(boxes, (*none, (0, 0))), Window(resolution, extent).shape))
