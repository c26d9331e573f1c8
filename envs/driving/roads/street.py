"""A street: lanes in both directions along one centreline, with its painted lines."""

import itertools
from typing import NamedTuple

import numpy as np

from envs.driving.roads.builder import NetworkBuilder
from envs.driving.roads.curves import Poses, aside, reversed_


class Street(NamedTuple):
    """The lanes of a street, those next to the middle first."""

    forward: tuple[int, ...]  # along the centreline, to its right
    backward: tuple[int, ...]


def add_street(builder: NetworkBuilder, middle: Poses, *, lanes: int, width: float, limit: float) -> Street:
    """A street with `lanes` lanes of `width` metres each way along `middle`; traffic keeps to the right."""
    forward, backward = [], []
    for lane in range(lanes):
        to_right = aside(middle, -(lane + 0.5) * width)
        to_left = aside(middle, (lane + 0.5) * width)
        forward.append(builder.add_lane(to_right, width=width, limit=limit))
        backward.append(builder.add_lane(reversed_(to_left), width=width, limit=limit))
    for way in (forward, backward):
        for left, right in itertools.pairwise(way):
            builder.neighbours(left, right)
    builder.add_line(np.ascontiguousarray(middle[:, :2]), "double")
    for lane in range(1, lanes + 1):
        kind = "edge" if lane == lanes else "dashed"
        for side in (-1, 1):
            builder.add_line(np.ascontiguousarray(aside(middle, side * lane * width)[:, :2]), kind)
    return Street(tuple(forward), tuple(backward))
