"""Who may come near whom at all: most pairs never do, and need neither a table of costs nor messages."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from agents.social.nearness_loops import fill_worst, laid_out


@dataclass(frozen=True)
class Links:
    """Pairs of actors who mind one another; all others mind nobody."""

    row: Int64[Tensor, " link"]
    """Of the batch."""
    first: Int64[Tensor, " link"]
    second: Int64[Tensor, " link"]
    """The actors; no pair is there twice, in either order."""
    costs: Float[Tensor, "link sample sample"]
    """Of a sample of the first with one of the second."""


@torch.no_grad()
def find_links(
    poses: Float[Tensor, "batch actors sample time 3"],
    sizes: Float[Tensor, "batch actors 2"],
    *,
    mask: Bool[Tensor, "batch actors"] | None = None,
    margin: float = 1.0,
) -> Links:
    """Who may come near whom, and how near every two samples come at worst; of no graph.

    That is the greatest soft `nearness` (`agents.social.interaction`) at any of the times.

    Args:
        poses: Samples, all in one frame and at the same times.
        sizes: Length and width [m].
        mask: Who is there; None: everybody.
        margin: Below which two are too near [m].
    """
    meet = _may_meet(poses, sizes, margin).any(-1)
    if mask is not None:
        meet = meet & mask[:, :, None] & mask[:, None, :]
    links = meet.nonzero()
    worst = poses.new_zeros(len(links), poses.shape[2], poses.shape[2])
    fill_worst(laid_out(poses), sizes.to(poses).numpy(), links.numpy(), margin, worst.numpy())
    do = (worst > 0).flatten(1).any(1)
    row, first, second = links[do].unbind(-1)
    return Links(row, first, second, worst[do])


def _may_meet(poses: Tensor, sizes: Tensor, margin: float) -> Bool[Tensor, "batch actors actors time"]:
    """Whether any samples of two actors i < j can be near at a time: most cannot, in the circles about them all."""
    places = poses[..., :2]
    low, high = places.amin(2), places.amax(2)
    radius = 0.5 * (torch.linalg.vector_norm(high - low, dim=-1) + torch.linalg.vector_norm(sizes, dim=-1)[..., None])
    middle = 0.5 * (low + high)
    away = torch.linalg.vector_norm(middle[:, :, None] - middle[:, None], dim=-1)
    above = torch.ones(poses.shape[1], poses.shape[1], dtype=torch.bool, device=poses.device).triu(1)
    return (away < radius[:, :, None] + radius[:, None] + margin) & above[..., None]
