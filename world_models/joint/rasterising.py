"""Boxes as images: who is where, smoothly, so that gradients lead from cells to poses.

A box whose place is uncertain by +-w along an axis (evenly) covers a point s from its middle with the probability
R((h - s) / w) + R((h + s) / w) - 1, where h is half its side and R(z) = clamp((1 + z) / 2, 0, 1): the box convolved
with the even density. It is 0 from h + w on, so only cells nearby are looked at.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int64
from torch import Tensor

Extent = tuple[float, float, float, float]
MOST_SOFTNESS = 2.5
"""[m]"""


@dataclass(frozen=True)
class Boxes:
    """Oriented boxes, each on one of some images."""

    poses: Float[Tensor, "box 3"]
    """x ahead, y left [m], heading."""
    sizes: Float[Tensor, "box 2"]
    softness: Float[Tensor, "box 2"]
    """w along and across, > 0 [m]."""
    weights: Float[Tensor, " box"]
    image: Int64[Tensor, " box"]

    def some(self, index: Tensor) -> "Boxes":
        """Of some of them."""
        return Boxes(*(part[index] for part in vars(self).values()))


@dataclass(frozen=True)
class Canvas:
    """What is drawn on.

    Args:
        extent: How far images reach ahead, behind, to the left and to the right [m].
        resolution: [m/cell]
    """

    extent: Extent
    resolution: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        ahead, behind, left, right = self.extent
        return round((ahead + behind) / self.resolution), round((left + right) / self.resolution)

    def touched(self, boxes: Boxes) -> Int64[Tensor, " some"]:
        """Which boxes count for something and may touch the window."""
        ahead, behind, left, right = self.extent
        reach = _radius(boxes)
        x, y = boxes.poses[:, 0], boxes.poses[:, 1]
        near = (x < ahead + reach) & (x > -behind - reach) & (y < left + reach) & (y > -right - reach)
        return (near & (boxes.weights > 0)).nonzero()[:, 0]

    def draw(self, boxes: Boxes, images: int) -> Float[Tensor, "image row col"]:
        """The sum of the boxes' weighted probabilities of covering the centre of each cell."""
        return self.draw_values(boxes, images, None)[..., 0]

    def draw_values(
        self, boxes: Boxes, images: int, before: Float[Tensor, "box 3"] | None
    ) -> Float[Tensor, "image row col value"]:
        """The same, and, where the boxes' poses a moment `before` are given, the ways come since, times it [m]."""
        rows, cols = self.shape
        values = 1 if before is None else 3
        drawn = boxes.poses.new_zeros(images * rows * cols + 1, values)  # the last one is for what lies outside
        half = (_radius(boxes).detach() / self.resolution).long() + 1
        # a square of cells about each box: those of a size together
        for size in half.unique().tolist():
            index = (half == size).nonzero()[:, 0]
            place, covered = self._squares(boxes.some(index), size, None if before is None else before[index])
            place = torch.where(place < 0, images * rows * cols, place)
            drawn.index_add_(0, place.flatten(), covered.flatten(0, 2))
        return drawn[:-1].view(images, rows, cols, values)

    def _squares(
        self, boxes: Boxes, half: int, before: Float[Tensor, "box 3"] | None
    ) -> tuple[Int64[Tensor, "box side side"], Float[Tensor, "box side side value"]]:
        """(flat places of cells, -1 outside; what to add there) of squares that hold the boxes."""
        rows, cols = self.shape
        offsets = torch.arange(-half, half + 1, device=boxes.image.device)
        row = (self.extent[0] - boxes.poses[:, :1].detach()) / self.resolution - 0.5
        col = (self.extent[2] - boxes.poses[:, 1:2].detach()) / self.resolution - 0.5
        row, col = row.round().long() + offsets, col.round().long() + offsets
        dx = (self.extent[0] - (row + 0.5) * self.resolution - boxes.poses[:, :1])[:, :, None]
        dy = (self.extent[2] - (col + 0.5) * self.resolution - boxes.poses[:, 1:2])[:, None]
        covered = _covered(boxes, dx, dy)[..., None]
        if before is not None:
            covered = torch.cat([covered, covered * _ways(boxes.poses, before, dx, dy)], -1)
        inside = ((row >= 0) & (row < rows))[:, :, None] & ((col >= 0) & (col < cols))[:, None]
        place = (boxes.image[:, None, None] * rows + row[:, :, None]) * cols + col[:, None]
        return torch.where(inside, place, -1), covered


def _radius(boxes: Boxes) -> Float[Tensor, " box"]:
    """Of the circle that holds a box and its soft edge."""
    return torch.linalg.vector_norm(0.5 * boxes.sizes + boxes.softness, dim=-1)


def _covered(boxes: Boxes, dx: Tensor, dy: Tensor) -> Float[Tensor, "box row col"]:
    """Weighted probability that a box covers the point that lies so far from its middle."""
    cos, sin = (f(boxes.poses[:, 2])[:, None, None] for f in (torch.cos, torch.sin))
    half, soft = 0.5 * boxes.sizes[:, :, None, None], boxes.softness[:, :, None, None]
    along = _cover(dx * cos + dy * sin, half[:, 0], soft[:, 0])
    return along * _cover(dy * cos - dx * sin, half[:, 1], soft[:, 1]) * boxes.weights[:, None, None]


def _cover(way: Tensor, half: Tensor, soft: Tensor) -> Tensor:
    scale, away = 0.5 / soft, way.abs()
    near = ((half - away) * scale + 0.5).clamp(0.0, 1.0)
    return near + ((half + away) * scale + 0.5).clamp(max=1.0) - 1.0


def _ways(poses: Tensor, before: Tensor, dx: Tensor, dy: Tensor) -> Float[Tensor, "box row col 2"]:
    """How far what lies (dx, dy) from the middle has come, moving rigidly with its box [m]."""
    turn = before[:, 2] - poses[:, 2]
    cos, sin = (f(turn)[:, None, None] for f in (torch.cos, torch.sin))
    moved = (poses - before)[:, :, None, None]
    return torch.stack([moved[:, 0] + dx - (dx * cos - dy * sin), moved[:, 1] + dy - (dx * sin + dy * cos)], -1)
