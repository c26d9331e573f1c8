"""What a body sees of the map: values at points of a grid that turns with it."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Shaped
from torch import Tensor
from torch.nn import functional

Extent = tuple[float, float, float, float]


@dataclass(frozen=True)
class Crop:
    """Points about a body at which it looks at the map, a grid in its own frame [m]."""

    ahead: float = 40.0
    behind: float = 6.0
    aside: float = 14.0
    spacing: float = 2.0

    def points(self) -> Float[Tensor, "point 2"]:
        """(ahead, left) of every point."""
        x = torch.arange(-self.behind, self.ahead + 1e-6, self.spacing)
        y = torch.arange(-self.aside, self.aside + 1e-6, self.spacing)
        return torch.cartesian_prod(x, y)


def crops(
    maps: Shaped[Tensor, "batch channel row col"],
    poses: Float[Tensor, "batch body 3"],
    points: Float[Tensor, "point 2"],
    extent: Extent,
) -> Float[Tensor, "batch body channel point"]:
    """Maps at points in the frames of bodies, between the four nearest cells; 0 beyond the maps.

    Args:
        maps: Row 0 is furthest ahead, column 0 furthest left.
        poses: In the frame of the maps.
        points: (ahead, left) of each body [m].
        extent: How far the maps reach ahead, behind, to the left and to the right [m].
    """
    ahead, behind, left, right = extent
    cos, sin = torch.cos(poses[..., 2, None]), torch.sin(poses[..., 2, None])
    x = poses[..., 0, None] + points[:, 0] * cos - points[:, 1] * sin
    y = poses[..., 1, None] + points[:, 0] * sin + points[:, 1] * cos
    # `grid_sample` runs along columns first, from -1 to 1, edge to edge
    places = torch.stack([(left - y) * (2.0 / (left + right)) - 1.0, (ahead - x) * (2.0 / (ahead + behind)) - 1.0], -1)
    return functional.grid_sample(maps.to(poses.dtype), places, align_corners=False).transpose(1, 2)
