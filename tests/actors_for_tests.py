"""Actors as the observation `actors` shows them, made by hand."""

import math

import torch
from torch import Tensor


def actor(
    x: float = 10.0, y: float = -3.0, heading: float = 0.7, speed: float = 8.0, *, pedestrian: bool = False
) -> Tensor:
    """A row of the observation: a car, or somebody on foot."""
    size = (0.5, 0.5) if pedestrian else (4.8, 2.0)
    motion = (speed * math.cos(heading), speed * math.sin(heading))
    row = (x, y, math.cos(heading), math.sin(heading), *motion, *size, float(pedestrian))
    return torch.tensor(row, dtype=torch.float64)
