"""Joint futures as pictures: occupancy, and the flow that brought it."""

import math
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.joint.rasterising import MOST_SOFTNESS, Boxes, Canvas
from world_models.rollout import Rollout

CHANNELS = 2
"""Vehicles and pedestrians."""
EVEN = math.sqrt(6.0)
"""Half the width of the even density that spreads as Laplace's of scale 1 does."""


def picture(
    rollout: Rollout, canvas: Canvas, *, flow_over: float | None
) -> Float[Tensor, "batch candidate sample ..."]:
    """Occupancy [... time 2 row col], or, over a step of so many seconds, flow [... time 2 row col] of all together.

    Each sample's modes count by their shares. Bodies that may be in one cell are taken to exclude one another.
    """
    candidates = rollout.actions.shape[1]
    if candidates > 1 and rollout.parts["poses"].stride(1) == 0:  # the same for all of them
        parts = {name: part[:, :1] for name, part in rollout.parts.items()}
        one = picture(replace(rollout, actions=rollout.actions[:, :1], parts=parts), canvas, flow_over=flow_over)
        return one.expand(-1, candidates, *one.shape[2:])
    lead = rollout.parts["poses"].shape[:4]
    boxes, before = _boxes(rollout, canvas)
    images = math.prod(lead) * CHANNELS
    if flow_over is None:
        drawn = canvas.draw(boxes, images)
        # in place where no gradient is taken: for many candidates memory is what takes time
        drawn = drawn.clamp(max=1.0) if drawn.requires_grad else drawn.clamp_(max=1.0)
        return drawn.view(*lead, CHANNELS, *canvas.shape)
    drawn = canvas.draw_values(boxes, images, before).view(*lead, CHANNELS, *canvas.shape, 3).sum(4)
    covered, ways = drawn[..., :1], drawn[..., 1:]
    return (ways / (covered.clamp(min=1e-6) * flow_over)).movedim(-1, -3)


def _boxes(rollout: Rollout, canvas: Canvas) -> tuple[Boxes, Float[Tensor, "box 3"]]:
    """Boxes that may be seen, and their poses a step before."""
    parts, start = rollout.parts, rollout.start.parts
    poses = parts["poses"]
    now = start["poses"][:, None, None, None, None, 1:].expand_as(poses[:, :, :, :1])
    before = torch.cat([now, poses[:, :, :, :-1]], 3)
    lead = poses.shape[:-1]

    def of_each(part: Tensor) -> Tensor:
        return part[:, None, None, None, None, 1:].expand(*lead, *part.shape[2:])

    image = torch.arange(math.prod(lead[:4]), device=poses.device).view(*lead[:4], 1, 1) * CHANNELS
    image = (image + of_each(start["are_pedestrians"]).long()).expand(lead)
    softness = (EVEN * parts["scales"]).clamp(0.5 * canvas.resolution, MOST_SOFTNESS).expand(*lead, 2)
    weights = parts["shares"][..., None] * of_each(start["mask"])
    flat = Boxes(
        poses.flatten(0, -2), of_each(start["sizes"]).flatten(0, -2), softness.flatten(0, -2),
        weights.flatten(), image.flatten(),
    )  # fmt: skip
    index = canvas.touched(flat)
    return flat.some(index), before.flatten(0, -2)[index]
