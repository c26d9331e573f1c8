"""One pose's bird's-eye view as seen from another: images turned and shifted, smoothly."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

Extent = tuple[float, float, float, float]


def turn(
    images: Float[Tensor, "*#batch channel row col"],
    poses: Float[Tensor, "*#batch 3"],
    extent: Extent,
    resolution: float,
    *,
    inverse: bool = False,
) -> Float[Tensor, "*batch channel row col"]:
    """Images seen from `poses` as they are seen from the origin; with `inverse`, the other way.

    A cell of the result is read between the four nearest cells (bilinearly); nothing is seen outside the window. It is
    differentiable in the images and in the poses.

    Args:
        images: Row 0 is furthest ahead, column 0 furthest left; leading axes are those of `poses`, or 1.
        poses: x ahead, y left [m] and heading to the left [rad], as seen from the origin.
        extent: How far images reach ahead, behind, to the left and to the right [m].
        resolution: Side of a cell [m].
        inverse: Images seen from the origin become images seen from `poses`.

    Raises:
        ValueError: `extent` and `resolution` are not of such images.
    """
    check_window(images, extent, resolution)
    lead = torch.broadcast_shapes(images.shape[:-3], poses.shape[:-1])
    flat = images.expand(*lead, *images.shape[-3:]).reshape(-1, *images.shape[-3:])
    x, y, heading = poses.expand(*lead, 3).reshape(-1, 3).unbind(-1)
    cos, sin = torch.cos(heading), torch.sin(heading)
    if not inverse:
        # where a point of the origin's frame lies in the frame of the pose
        x, y, sin = -(x * cos + y * sin), -(y * cos - x * sin), -sin
    grid = functional.affine_grid(_in_images(x, y, cos, sin, extent), list(flat.shape), align_corners=False)
    found = functional.grid_sample(flat, grid, align_corners=False)
    return found.unflatten(0, lead) if lead else found[0]


def check_window(images: Tensor, extent: Extent, resolution: float) -> None:
    """Whether images [... row col] are of such a window.

    Raises:
        ValueError: they are not.
    """
    ahead, behind, left, right = extent
    expected = [round((ahead + behind) / resolution), round((left + right) / resolution)]
    if list(images.shape[-2:]) != expected:
        raise ValueError(
            f"Expected images of {expected} cells (extent {extent} m, {resolution} m each), "
            f"found {list(images.shape[-2:])}."
        )


def _in_images(x: Tensor, y: Tensor, cos: Tensor, sin: Tensor, extent: Extent) -> Float[Tensor, "batch 2 3"]:
    """The motion (x, y) + rotation of points, in the coordinates of `grid_sample`.

    There columns run over u and rows over v in [-1, 1]: left = left_end - (u + 1) * width / 2, and ahead likewise.
    """
    ahead, behind, left, right = extent
    width, height = left + right, ahead + behind
    middle_x, middle_y = ahead - 0.5 * height, left - 0.5 * width
    to_x = x + cos * middle_x - sin * middle_y
    to_y = y + sin * middle_x + cos * middle_y
    columns = torch.stack([cos, sin * (height / width), (middle_y - to_y) * (2.0 / width)], -1)
    rows = torch.stack([-sin * (width / height), cos, (middle_x - to_x) * (2.0 / height)], -1)
    return torch.stack([columns, rows], -2)
