"""Who stays the same body from frame to frame, out of what states tell of actors."""

import numpy as np
import torch
from jaxtyping import Float32, Float64, Integer

from envs.kernels.road_records import ABSENT, PEDESTRIAN
from world_models.experience import Tracks


def tracks_of(
    poses: Float64[np.ndarray, "batch time actor 3"],
    kinds: Integer[np.ndarray, "batch time actor"],
    lives: Integer[np.ndarray, "batch time actor"],
    sizes: Float32[np.ndarray, "batch actor 2"],
) -> Tracks:
    """Tracks of windows whose frames show `kinds` of actors in their so-manieth `lives`; `sizes` at frame 0.

    The ego is always present: where it arrives or leaves the road it is taken off, and its last pose is where that was.
    """
    stays = (kinds == kinds[:, :1]) & (lives == lives[:, :1]) & (kinds[:, :1] != ABSENT)
    present = np.logical_and.accumulate(stays, axis=1)
    present[:, :, 0] = True
    return Tracks(
        poses=torch.from_numpy(poses),
        present=torch.from_numpy(present),
        sizes=torch.from_numpy(sizes),
        are_pedestrians=torch.from_numpy(kinds[:, 0] == PEDESTRIAN),
    )
