"""Slow twin of envs/kernels/road_ttc.py: both boxes as polygons at ten times."""

import numpy as np
from twins.road_boxes import box


def distances(a, b):
    """How far apart two boxes (x, y, heading, speed, length, width) are at 0, 0.1, ..., 0.9 s [m]."""
    return np.array([_at(a, 0.1 * k).distance(_at(b, 0.1 * k)) for k in range(10)])


def _at(actor, time):
    x, y, heading, speed, length, width = actor
    return box(x + speed * time * np.cos(heading), y + speed * time * np.sin(heading), heading, length, width)
