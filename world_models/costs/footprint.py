"""Where a vehicle touches the ground: points of its body, turned with it."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from envs.core.naming import check_known

KINDS = ("point", "circles", "box")


@dataclass(frozen=True)
class Footprint:
    """The points at which costs are looked up for a body of `length` and `width` [m] about its reference point.

    `point`: the reference point alone. `circles`: the centres of the fewest circles of one radius, in a row, that
    cover the body. `box`: the centres of equal pieces of it, none longer or wider than `spacing`, so that their mean
    is the midpoint rule for the mean over the body's area.
    """

    length: float = 4.8
    width: float = 2.0
    kind: str = "circles"
    spacing: float = 1.2
    """Of the points of a box [m]."""

    def __post_init__(self) -> None:
        check_known("kind of footprint", self.kind, KINDS)
        for name in ("length", "width", "spacing"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"Footprint.{name}: expected a finite number > 0, got {value}.")

    @property
    def radius(self) -> float:
        """Of the circles that cover the body [m]; 0 for a point, half the diagonal for a box."""
        if self.kind == "point":
            return 0.0
        pieces = self._pieces[0] if self.kind == "circles" else 1
        return 0.5 * math.hypot(self.length / pieces, self.width)

    @property
    def offsets(self) -> list[tuple[float, float]]:
        """(ahead, left) of every point from the reference point, in the body's own frame [m]."""
        along, across = self._pieces
        return [
            (self.length * ((i + 0.5) / along - 0.5), self.width * ((j + 0.5) / across - 0.5))
            for i in range(along)
            for j in range(across)
        ]

    @property
    def _pieces(self) -> tuple[int, int]:
        if self.kind == "point":
            return 1, 1
        if self.kind == "circles":
            return _count(self.length, self.width), 1
        return _count(self.length, self.spacing), _count(self.width, self.spacing)

    def points(self, poses: Float[Tensor, "*batch 3"]) -> Float[Tensor, "*batch point 2"]:
        """Where the points are (x, y) [m] when the body is at the poses (x, y [m], heading [rad])."""
        offsets = torch.tensor(self.offsets, dtype=poses.dtype, device=poses.device)
        # by the cosine, and by the sine: offsets, and offsets turned by a quarter
        parts = torch.stack([offsets.flatten(), torch.stack([-offsets[:, 1], offsets[:, 0]], -1).flatten()])
        facing = torch.stack([torch.cos(poses[..., 2]), torch.sin(poses[..., 2])], -1)
        return (facing @ parts).unflatten(-1, (-1, 2)) + poses[..., None, :2]


def _count(whole: float, piece: float) -> int:
    # 3 m are three pieces of 1 m, whatever 3.0 / 1.0 rounds to
    return max(1, math.ceil(whole / piece - 1e-9))
