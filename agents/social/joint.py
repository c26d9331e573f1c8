"""Who does what, given that they do it together: beliefs about the others, under three assumptions."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.nn import functional

from agents.social.actor_samples import ActorSamples
from agents.social.links import find_links
from agents.social.message_passing import Marginals, linked_marginals

INTERACTIONS = ("social", "independent", "predict-then-plan")
UNLIKELY = 30.0
"""Cost of what the ego has no candidate for."""


@dataclass(frozen=True)
class EgoSamples:
    """The ego as one of the actors: as many of its candidates as the others have samples."""

    poses: Float[Tensor, "batch sample time 3"]
    costs: Float[Tensor, "batch sample"]
    index: Int64[Tensor, "batch sample"]
    """Which candidates they are."""


def represent(
    poses: Float[Tensor, "batch candidate time 3"],
    costs: Float[Tensor, "batch candidate"],
    feasible: Bool[Tensor, "batch candidate"],
    count: int,
) -> EgoSamples:
    """The ego's candidates by a few: the cheapest of those that make about as much way, for `count` lengths of way.

    Whoever shares the road with it cares most for how far it comes.
    """
    step = torch.diff(poses[..., :2], dim=-2, prepend=torch.zeros_like(poses[..., :1, :2]))
    way = torch.linalg.vector_norm(step, dim=-1).sum(-1)
    farthest = torch.where(feasible, way, 0.0).amax(1, keepdim=True).clamp(min=1.0)
    bins = (way / farthest * (count - 1)).round().long().clamp(0, count - 1)
    priced = torch.where(feasible, costs, torch.inf)
    mine = bins[:, None] == torch.arange(count, device=bins.device)[:, None]
    cheapest, index = torch.where(mine, priced[:, None], torch.inf).min(-1)
    rows = torch.arange(len(poses), device=poses.device)[:, None]
    return EgoSamples(poses[rows, index], cheapest, index)


def ego_energy(costs: Float[Tensor, "batch sample"], sharpness: Float[Tensor, ""]) -> Float[Tensor, "batch sample"]:
    """How unlikely the ego's samples are: `sharpness` times by how much each costs more than the cheapest."""
    excess = costs - costs.amin(1, keepdim=True)
    return (sharpness * torch.where(excess.isfinite(), excess, 0.0)).masked_fill(~excess.isfinite(), UNLIKELY)


def beliefs(
    unary: Float[Tensor, "batch actors sample"],
    samples: ActorSamples,
    ego: tuple[EgoSamples, Float[Tensor, "batch sample"], tuple[float, float]],
    *,
    gamma: Float[Tensor, ""],
    margin: float = 1.0,
    iters: int = 3,
    damping: float = 0.0,
) -> Marginals:
    """Marginals of everybody, the ego first, by message passing over all of them.

    Args:
        unary: Costs of the others' samples.
        samples: The others.
        ego: Its samples, their energies, and its length and width [m].
        gamma: Cost of an overlap.
        margin: Below which two are too near [m].
        iters, damping: Of `linked_marginals`.
    """
    own, energy, size = ego
    poses = torch.cat([own.poses[:, None], samples.poses], 1)
    sizes = functional.pad(samples.sizes, (0, 0, 1, 0))
    sizes[:, 0] = sizes.new_tensor(size)
    mask = functional.pad(samples.mask, (1, 0), value=True)
    links = find_links(poses, sizes, mask=mask, margin=margin)
    everybody = torch.where(mask[..., None], torch.cat([energy[:, None], unary], 1), 0.0)
    return linked_marginals(everybody, replace(links, costs=gamma * links.costs), iters=iters, damping=damping)


def nearest_sample(
    poses: Float[Tensor, "batch actors sample time 3"],
    futures: Float[Tensor, "batch actors time 3"],
    known: Bool[Tensor, "batch actors time"],
    repeats: Bool[Tensor, "batch actors sample"] | None = None,
) -> tuple[Int64[Tensor, "batch actors"], Float[Tensor, "batch actors sample"]]:
    """(which sample of each is nearest to its true future, mean distances [m]) over the times at which it is known."""
    away = torch.linalg.vector_norm(poses[..., :2] - futures[:, :, None, :, :2], dim=-1)
    weight = known[:, :, None].to(away.dtype)
    mean = (away * weight).sum(-1) / weight.sum(-1).clamp(min=1.0)
    compared = mean if repeats is None else mean.masked_fill(repeats, torch.inf)
    return compared.argmin(-1), mean
