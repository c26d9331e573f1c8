"""Oriented boxes as images, in torch: which actor's box covers a cell, and where that which is in the cell came from.

The same cells as `envs.driving.future` fills: one is covered iff its centre lies in the box, and where boxes overlap
the last actor's counts.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

Extent = tuple[float, float, float, float]


@dataclass(frozen=True)
class Canvas:
    """Cells around an origin: how far they reach ahead, behind, to the left and to the right, and their side [m]."""

    extent: Extent
    resolution: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        ahead, behind, left, right = self.extent
        return round((ahead + behind) / self.resolution), round((left + right) / self.resolution)

    def wider(self, margin: float) -> "Canvas":
        """Reaching further on all sides [m]."""
        return Canvas(tuple(side + margin for side in self.extent), self.resolution)  # type: ignore[arg-type]

    def finer(self, times: int) -> "Canvas":
        """So many cells in place of one, each way."""
        return Canvas(self.extent, self.resolution / times)

    def centres(self, like: Tensor) -> Float[Tensor, "row col 2"]:
        """(ahead, left) of the cells' centres [m]."""
        rows, cols = (torch.arange(size, dtype=like.dtype, device=like.device) for size in self.shape)
        ahead = self.extent[0] - (rows + 0.5) * self.resolution
        left = self.extent[2] - (cols + 0.5) * self.resolution
        return torch.stack(torch.meshgrid(ahead, left, indexing="ij"), -1)

    def owners(
        self,
        poses: Float[Tensor, "image actor 3"],
        sizes: Float[Tensor, "image actor 2"],
        present: Bool[Tensor, "image actor"],
    ) -> Int64[Tensor, "image row col"]:
        """Which actor's box covers each cell; -1: nobody's.

        Args:
            poses: x ahead, y left [m] and heading of the boxes' centres.
            sizes: Length and width [m].
            present: Others are not drawn.
        """
        rows, cols = self.shape
        row = torch.round((self.extent[0] - poses[..., 0]) / self.resolution - 0.5)
        col = torch.round((self.extent[2] - poses[..., 1]) / self.resolution - 0.5)
        # nobody reaches further from the cell of its centre than half its diagonal and half a cell
        longest = torch.where(present, sizes.norm(dim=-1), 0.0).amax().item() if sizes.numel() else 0.0
        reach = math.ceil(0.5 * longest / self.resolution + 0.5)
        near = torch.arange(-reach, reach + 1, device=poses.device)
        row = row[..., None, None].clamp(-1e6, 1e6).long() + near[:, None]
        col = col[..., None, None].clamp(-1e6, 1e6).long() + near
        ahead = self.extent[0] - (row + 0.5) * self.resolution - poses[..., 0, None, None]
        left = self.extent[2] - (col + 0.5) * self.resolution - poses[..., 1, None, None]
        along, aside = _turned(ahead, left, -poses[..., 2, None, None])
        covered = (along.abs() <= 0.5 * sizes[..., 0, None, None]) & (aside.abs() <= 0.5 * sizes[..., 1, None, None])
        covered &= present[..., None, None] & (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
        index = torch.where(covered, row * cols + col, rows * cols)  # what is not covered goes behind the last cell
        who = torch.arange(poses.shape[1], device=poses.device)[:, None, None].expand_as(index)
        found = torch.full((len(poses), rows * cols + 1), -1, device=poses.device)
        found.scatter_reduce_(1, index.flatten(1), who.flatten(1), "amax")
        return found[:, :-1].unflatten(1, (rows, cols))

    def came(
        self,
        owner: Int64[Tensor, "image row col"],
        now: Float[Tensor, "image actor 3"],
        before: Float[Tensor, "image actor 3"],
    ) -> Float[Tensor, "image 2 row col"]:
        """How far ahead and to the left [m] what is in each cell came, moving rigidly with its box; 0 where nothing is.

        Args:
            owner: Of `owners`.
            now: Poses at which the boxes were drawn.
            before: Poses from which they came.
        """
        now, before = (of_owners(owner, poses).movedim(1, -1) for poses in (now, before))
        centres = self.centres(now)
        offset = centres - now[..., :2]
        was = _turned(offset[..., 0], offset[..., 1], before[..., 2] - now[..., 2])
        came = centres - before[..., :2] - torch.stack(was, -1)
        return torch.where((owner >= 0)[..., None], came, 0.0).movedim(-1, 1)


def of_owners(
    owner: Int64[Tensor, "*batch row col"], values: Float[Tensor, "*batch actor number"]
) -> Float[Tensor, "*batch number row col"]:
    """What each cell's owner has; 0 where there is none."""
    nobody = torch.cat([values.new_zeros(*values.shape[:-2], 1, values.shape[-1]), values], -2)
    who = (owner + 1).flatten(-2).unsqueeze(-2)
    found = nobody.transpose(-2, -1).gather(-1, who.expand(*nobody.shape[:-2], values.shape[-1], -1))
    return found.unflatten(-1, owner.shape[-2:])


def _turned(x: Tensor, y: Tensor, angle: Tensor) -> tuple[Tensor, Tensor]:
    cos, sin = torch.cos(angle), torch.sin(angle)
    return x * cos - y * sin, x * sin + y * cos
