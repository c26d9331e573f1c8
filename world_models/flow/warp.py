"""Images carried along by a backward flow: what is at p came from p - flow dt."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional


def warp(
    images: Float[Tensor, "*#batch channel row2 col2"],
    flow: Float[Tensor, "*#batch 2 row col"],
    resolution: float,
    dt: float = 1.0,
    *,
    margin: float = 0.0,
) -> Float[Tensor, "*batch channel row col"]:
    """Images read at p - flow * dt, between the four nearest cells (bilinearly); nothing comes from outside.

    The twin of `envs.driving.future.warp`, which reads the nearest cell; differentiable in both. With dt = 1 the flow
    is a way in metres.

    Args:
        images: Row 0 is furthest ahead, column 0 furthest left; leading axes are those of `flow`, or 1. They may have
            finer cells than the flow, over the same window.
        flow: Forward and left [m/s].
        resolution: Side of a cell of the flow [m].
        dt: How long it flows [s].
        margin: How much further than the flow the images reach, on all sides [m].
    """
    lead = torch.broadcast_shapes(images.shape[:-3], flow.shape[:-3])
    rows, cols = flow.shape[-2:]
    cells = flow.expand(*lead, 2, rows, cols) * (dt / resolution)
    # a cell further ahead is a row less: where something came from lies in a row more
    row = cells[..., 0, :, :] + torch.arange(rows, dtype=flow.dtype, device=flow.device)[:, None]
    col = cells[..., 1, :, :] + torch.arange(cols, dtype=flow.dtype, device=flow.device)
    across, along = cols + 2.0 * margin / resolution, rows + 2.0 * margin / resolution
    grid = torch.stack([(2.0 * col + 1.0 - cols) / across, (2.0 * row + 1.0 - rows) / along], -1)
    # of one image read by several flows no copies are made: their rows become those of one
    own, several = lead[: len(lead) - _shared(images)], lead[len(lead) - _shared(images) :]
    flat = images.expand(*own, *[1] * len(several), *images.shape[-3:]).reshape(-1, *images.shape[-3:])
    found = functional.grid_sample(flat, grid.reshape(len(flat), -1, cols, 2), align_corners=False)
    found = found.unflatten(2, (*several, rows)).movedim(1, len(several) + 1)
    return found.reshape(*lead, *found.shape[-3:])


def _shared(images: Tensor) -> int:
    """How many of the last leading axes are of length 1."""
    count = 0
    while count < images.ndim - 3 and images.shape[-4 - count] == 1:
        count += 1
    return count


def trace(
    image: Float[Tensor, "*batch channel row col"],
    flows: Float[Tensor, "*batch horizon 2 row col"],
    resolution: float,
    dt: float,
) -> Float[Tensor, "*batch horizon channel row col"]:
    """Where each cell's content was at the start, read off `image` by following the flows back step by step.

    The flow trace of Mahjourian et al., *Occupancy flow fields* (2022), section III: W_t(p) = W_{t-1}(p - F_t(p) dt),
    W_0 the image. Ways are composed rather than images, so that nothing is blurred by being read again and again.
    """
    ways = []
    for flow in flows.unbind(-4):
        way = flow * dt
        ways.append(way + warp(ways[-1], flow, resolution, dt) if ways else way)
    return warp(image.unsqueeze(-4), torch.stack(ways, -4), resolution)
