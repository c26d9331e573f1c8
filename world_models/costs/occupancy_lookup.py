"""What many points meet in maps of what is where, seen from the ego of now."""

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional


def look_up(
    maps: Float[Tensor, "map channel row col"],
    points: Float[Tensor, "map point 2"],
    extent: tuple[float, float, float, float],
) -> Float[Tensor, "map channel point"]:
    """Bilinear in the four nearest cells, each point (x ahead, y left [m]) in its own map; cells beyond hold 0.

    The same as `CostVolume.at` with 0 outside, but for several channels at once and without a copy of the maps.

    Args:
        maps: The centre of cell (r, c) lies ahead - (r + 0.5) * resolution ahead, and alike to the left.
        points: In the frame of the maps.
        extent: How far they reach ahead, behind, to the left and to the right [m].
    """
    ahead, behind, left, right = extent
    halves = points.new_tensor([0.5 * (ahead + behind), 0.5 * (left + right)])
    middle = points.new_tensor([0.5 * (ahead - behind), 0.5 * (left - right)])
    places = ((middle - points) / halves).flip(-1).unsqueeze(1)
    # `grid_sample` wants (column, row); of a position that is nowhere it would make the middle of the map
    found = functional.grid_sample(maps, places.to(maps.dtype), padding_mode="zeros", align_corners=False)
    return found.squeeze(2)


def by_future(
    maps: Float[Tensor, "batch shared sample horizon channel row col"],
    points: Float[Tensor, "batch candidate future horizon point 2"],
    extent: tuple[float, float, float, float],
) -> Float[Tensor, "batch candidate sample horizon channel point"]:
    """`look_up` at each step of every candidate, in its own maps or in those that all candidates share.

    Args:
        maps: Axes of candidates that are of length 1, or expanded without a copy, are shared.
        points: In an axis of samples of length 1, those of all samples.
        extent: Of the maps [m].
    """
    if maps.stride(1) == 0:
        maps = maps[:, :1]
    batch, candidates = points.shape[:2]
    samples = max(maps.shape[2], points.shape[2])
    points = points.expand(-1, -1, samples, -1, -1, -1)
    maps = maps.expand(-1, -1, samples, *maps.shape[3:])
    if maps.shape[1] == 1:  # candidates become points of one map
        points = points.permute(0, 2, 3, 1, 4, 5)
        found = look_up(maps.flatten(0, 3), points.flatten(0, 2).flatten(1, 2), extent)
        found = found.view(batch, samples, maps.shape[3], -1, candidates, points.shape[4])
        return found.permute(0, 4, 1, 2, 3, 5)
    found = look_up(maps.flatten(0, 3), points.flatten(0, 3), extent)
    return found.view(batch, candidates, samples, maps.shape[3], -1, points.shape[4])
