"""Beliefs about trajectories as an image: how likely each cell is passed over."""

import torch
from jaxtyping import Float
from torch import Tensor

from agents.social.actor_samples import ActorSamples

FINENESS = 5
"""Points along and across a box: no more than a metre apart in a car."""


@torch.no_grad()
def presence(
    log_belief: Float[Tensor, "batch actors sample"],
    samples: ActorSamples,
    *,
    extent: tuple[float, float, float, float],
    resolution: float,
) -> Float[Tensor, "batch row col"]:
    """The probability that somebody is in a cell at one of the samples' times, actors being independent.

    Args:
        log_belief: Of the actors of `samples`.
        samples: Where they would be.
        extent: How far the image reaches ahead, behind, to the left and to the right [m].
        resolution: [m/cell]
    """
    ahead, behind, left, right = extent
    rows, cols = round((ahead + behind) / resolution), round((left + right) / resolution)
    x, y = _box_points(samples).unbind(-1)
    row, col = ((ahead - x) / resolution).floor().long(), ((left - y) / resolution).floor().long()
    inside = (row >= 0) & (row < rows) & (col >= 0) & (col < cols) & samples.mask[..., None, None]
    cell = torch.where(inside, row * cols + col, rows * cols)
    covered = torch.zeros(*cell.shape[:3], rows * cols + 1, dtype=log_belief.dtype, device=cell.device)
    covered = covered.scatter_(-1, cell, 1.0)[..., :-1]
    passed = torch.einsum("bns,bnsc->bnc", log_belief.exp(), covered).clamp(0.0, 1.0)
    return (1.0 - (1.0 - passed).prod(1)).unflatten(-1, (rows, cols))


def _box_points(samples: ActorSamples) -> Float[Tensor, "batch actors sample point 2"]:
    """Points spread over every box at every time."""
    pieces = torch.arange(FINENESS, dtype=samples.poses.dtype, device=samples.poses.device)
    steps = (pieces + 0.5) / FINENESS - 0.5
    along, across = torch.cartesian_prod(steps, steps).unbind(-1)
    x, y, heading = samples.poses.unsqueeze(-2).unbind(-1)
    length, width = samples.sizes[:, :, None, None, None].unbind(-1)
    forward, aside = along * length, across * width
    cos, sin = torch.cos(heading), torch.sin(heading)
    points = torch.stack([x + cos * forward - sin * aside, y + sin * forward + cos * aside], -1)
    return points.flatten(3, 4)
