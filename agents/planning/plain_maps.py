"""Maps that say plainly what is bad about being somewhere: read off the view, or foreseen."""

import math
from functools import reduce

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from envs.driving.config import STATIC_CHANNELS

MAPS = ("vehicles", "pedestrians", "off_road", "off_route", "stop")
"""vehicles, pedestrians: how surely one is foreseen there at the time; off_road, off_route, stop: as is seen now."""
HALF_WIDTH = 1.0
"""Of the ego: a cell is as bad as the worst that its side would touch [m]."""
SCALES = (20.0, 20.0, 30.0, 5.0, 5.0)
"""What the worst cell of each map costs at weight 1."""


def plain_maps(
    occupancy: Float[Tensor, "batch channel row col"],
    foreseen: Float[Tensor, "batch time 2 row col"],
    *,
    resolution: float,
) -> list[Float[Tensor, "batch times row col"]]:
    """One for each of `MAPS`, in 0..`SCALES`; those of now have one slice, which counts at all times.

    Args:
        occupancy: In 0..1, with `STATIC_CHANNELS` first.
        foreseen: Logits: of vehicles, and of pedestrians.
        resolution: [m/cell]
    """
    drivable, route, stop = (occupancy[:, STATIC_CHANNELS.index(name)] for name in ("drivable", "route", "stop"))
    likely = torch.sigmoid(foreseen)
    found = (likely[:, :, 0], likely[:, :, 1], 1.0 - drivable[:, None], 1.0 - route[:, None], stop[:, None])
    return [scale * _spread(map_, resolution) for scale, map_ in zip(SCALES, found, strict=True)]


def _spread(map_: Tensor, resolution: float) -> Tensor:
    """The worst within reach, along rows and then along columns: many times as fast as a pool over both."""
    reach = math.ceil(HALF_WIDTH / resolution)
    padded = functional.pad(map_, (reach, reach, reach, reach), value=-torch.inf)
    return _worst_along(_worst_along(padded, -2, 2 * reach), -1, 2 * reach)


def _worst_along(map_: Tensor, dim: int, reach: int) -> Tensor:
    size = map_.shape[dim] - reach
    return reduce(torch.maximum, [map_.narrow(dim, k, size) for k in range(reach + 1)])
