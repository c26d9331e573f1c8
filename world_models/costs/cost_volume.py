"""Costs over time and space in the ego frame of now, and what a trajectory meets in them."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from envs.core.naming import check_known
from world_models.costs.footprint import Footprint

SUMMARIES = ("mean", "max")


@dataclass(frozen=True)
class CostVolume:
    """Costs of being somewhere at some time, low is good.

    The centre of cell (r, c) lies ahead - (r + 0.5) * resolution ahead and left - (c + 0.5) * resolution to the left
    of the ego.

    Raises:
        ValueError: a volume that the extent and the resolution do not give.
    """

    values: Float[Tensor, "batch time row col"]
    extent: tuple[float, float, float, float]
    """How far the volume reaches ahead, behind, to the left and to the right [m]."""
    resolution: float
    """[m/cell]"""

    def __post_init__(self) -> None:
        if not (math.isfinite(self.resolution) and self.resolution > 0):
            raise ValueError(f"CostVolume.resolution: expected a finite number > 0, got {self.resolution}.")
        ahead, behind, left, right = self.extent
        expected = (round((ahead + behind) / self.resolution), round((left + right) / self.resolution))
        found = tuple(self.values.shape[2:])
        if found != expected:
            raise ValueError(
                f"CostVolume.values: extent {self.extent} m at {self.resolution} m/cell has {expected} rows and "
                f"columns, got {found}."
            )

    def query(
        self,
        poses: Float[Tensor, "batch candidate time 3"],
        footprint: Footprint,
        *,
        outside: float | Float[Tensor, ""],
        over: str = "mean",
    ) -> Float[Tensor, "batch candidate time"]:
        """What a body pays at each of its poses (x ahead, y left [m], heading [rad]), pose t in slice t.

        Args:
            poses: At the times of the volume's slices.
            footprint: Where the body touches the volume.
            outside: See `at`.
            over: `mean` or `max` over the footprint's points.

        Raises:
            ValueError: other times, another batch, or an unknown summary.
        """
        check_known("summary", over, SUMMARIES)
        points = footprint.points(poses.transpose(1, 2))
        costs = self.at(points.flatten(2, 3), outside=outside).unflatten(2, points.shape[2:4])
        return (costs.mean(-1) if over == "mean" else costs.amax(-1)).transpose(1, 2)

    def at(
        self, points: Float[Tensor, "batch time point 2"], *, outside: float | Float[Tensor, ""]
    ) -> Float[Tensor, "batch time point"]:
        """Bilinear in the four nearest cells, with a gradient in the volume and in the points (x, y) [m]; no second.

        Every cell beyond the volume costs `outside`, so that costs change without a jump from the outermost cell's
        centre to `outside` one cell further on, where points are off the map, and their gradient is 0. Never is
        the outermost cell's cost carried outwards.
        """
        check_times(self.values, points)
        places = self._normalised(points)
        # rows lie along x, which `grid_sample` takes for columns
        values = self.values.flatten(0, 1).unsqueeze(1).mT
        found = functional.grid_sample(values, places.flatten(0, 1).unsqueeze(1), align_corners=False)
        found = found.view(points.shape[:3])
        if isinstance(outside, float) and outside == 0.0:
            return found
        # cells beyond the map were looked up as 0: the share that they have in a point is theirs
        return found + outside * (1.0 - self._share_within(places))

    def covers(self, points: Float[Tensor, "*batch 2"]) -> Bool[Tensor, "*batch"]:
        """Which points (x, y) [m] lie on the map."""
        ahead, behind, left, right = self.extent
        x, y = points.unbind(-1)
        return (x <= ahead) & (x >= -behind) & (y <= left) & (y >= -right)

    def _normalised(self, points: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch 2"]:
        """(row, column) from -1 to 1, edge to edge of the volume."""
        ahead, behind, left, right = self.extent
        halves = points.new_tensor([0.5 * (ahead + behind), 0.5 * (left + right)])
        middle = points.new_tensor([0.5 * (ahead - behind), 0.5 * (left - right)])
        return torch.addcmul(middle / halves, points, -1.0 / halves)

    def _share_within(self, places: Float[Tensor, "*batch 2"]) -> Float[Tensor, "*batch"]:
        """Of the weights of the four nearest cells, what those on the map have."""
        half = places.new_tensor(self.values.shape[2:]) / 2.0
        row, col = (half + 0.5 - half * places.abs()).clamp(0.0, 1.0).unbind(-1)
        return row * col


def check_times(values: Float[Tensor, "_ _ row col"], points: Float[Tensor, "_ _ point 2"]) -> None:
    """Raise a ValueError unless every slice of a volume has points of its own."""
    if values.shape[:2] != points.shape[:2]:
        raise ValueError(
            f"CostVolume: batch and time of the volume are {tuple(values.shape[:2])}, "
            f"of what is looked up {tuple(points.shape[:2])}."
        )
