"""What it costs that two futures happen together: nothing, unless their boxes come too near."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from agents.social.links import find_links
from agents.social.nearness_loops import add_expected, laid_out
from envs.core.naming import check_known
from world_models.costs.overlap import separation

KINDS = ("overlap", "soft")

Places = Float[Tensor, "*#some 3"]
Sizes = Float[Tensor, "*#some 2"]


def nearness(
    poses: Places, sizes: Sizes, others: Places, other_sizes: Sizes, *, kind: str = "soft", margin: float = 1.0
) -> Float[Tensor, "*some"]:
    """From 0 to 1, how near boxes come to one another; everything is broadcast. Differentiable where `soft`.

    Args:
        poses, others: Of the boxes' centres (x, y [m], heading [rad]).
        sizes, other_sizes: Length and width [m].
        kind: `overlap`: 1 where boxes overlap, else 0. `soft`: 1 from contact on, falling linearly to 0 where they
            are `margin` apart.
        margin: [m]
    """
    check_known("kind of collision cost", kind, KINDS)
    room = margin if kind == "soft" else 0.0
    reach = 0.5 * (torch.linalg.vector_norm(sizes, dim=-1) + torch.linalg.vector_norm(other_sizes, dim=-1)) + room
    away, aside = poses[..., 0] - others[..., 0], poses[..., 1] - others[..., 1]
    near = torch.addcmul(away.square_(), aside, aside) < reach.square()
    # Few pairs are near enough for their boxes to matter: those, one by one.
    own, own_size = _picked(poses, sizes, near)
    other, other_size = _picked(others, other_sizes, near)
    gaps = separation(own, own_size, other, other_size)
    found = torch.zeros(near.shape, dtype=poses.dtype, device=poses.device)
    return found.masked_scatter_(near, (gaps < 0).to(gaps.dtype) if kind == "overlap" else soft(gaps, margin))


def soft(gaps: Float[Tensor, "*some"], margin: float) -> Float[Tensor, "*some"]:
    """1 from contact on, falling linearly to 0 at a gap of `margin` [m]."""
    return (1.0 - gaps / margin).clamp(0.0, 1.0)


def _picked(poses: Tensor, sizes: Tensor, near: Tensor) -> tuple[Tensor, Tensor]:
    """The (poses, sizes) of the pairs that are near, in order; `near` is of the shape that poses are broadcast to."""
    numbers = torch.arange(poses[..., 0].numel(), device=poses.device).view(poses.shape[:-1])
    rows = numbers.expand(near.shape)[near]
    bodies = torch.cat([poses, sizes.expand(*poses.shape[:-1], 2)], -1).reshape(-1, 5)
    found = bodies.index_select(0, rows)
    return found[:, :3], found[:, 3:]


def pair_costs(
    poses: Float[Tensor, "batch actors sample time 3"],
    sizes: Float[Tensor, "batch actors 2"],
    *,
    gamma: float | Float[Tensor, ""] = 1.0,
    margin: float = 1.0,
) -> Float[Tensor, "batch actors actors sample sample"]:
    """Cost of every two samples of two actors: `gamma` times the worst `nearness` at any time; 0 on the diagonal.

    Args:
        poses: Samples, all in one frame and at the same times; they take no gradient.
        sizes: Length and width [m].
        gamma: Cost of an overlap.
        margin: Of `nearness`.
    """
    batch, actors, samples = poses.shape[:3]
    links = find_links(poses, sizes, margin=margin)
    costs = poses.new_zeros(batch, actors, actors, samples, samples)
    costs[links.row, links.first, links.second] = links.costs
    return gamma * (costs + costs.transpose(1, 2).transpose(3, 4))


def candidate_costs(
    candidates: Float[Tensor, "batch candidate time 3"],
    size: tuple[float, float],
    samples: Float[Tensor, "batch actors sample time 3"],
    sizes: Float[Tensor, "batch actors 2"],
    *,
    kind: str = "soft",
    margin: float = 1.0,
) -> Float[Tensor, "batch actors candidate sample time"]:
    """`nearness` of each of the ego's candidates and each sample of the others, time by time.

    Args:
        candidates: Poses of a body of `size`: length and width [m].
        samples, sizes: Of the others.
        kind, margin: Of `nearness`.
    """
    own = candidates.new_tensor(size)
    return nearness(
        candidates[:, None, :, None], own, samples[:, :, None], sizes[:, :, None, None, None], kind=kind, margin=margin
    )


def expected_collision_cost(
    log_belief: Float[Tensor, "batch actors sample"],
    pair_cost: Float[Tensor, "batch actors candidate sample *time"],
    *,
    mask: Bool[Tensor, "batch actors"] | None = None,
) -> Float[Tensor, "batch candidate *time"]:
    """sum_i E_{b_i}[cost of candidate and sample of i], over those who are there.

    Args:
        log_belief: Of the others, as from `social_marginals`.
        pair_cost: Of `candidate_costs`, time by time or summed up.
        mask: Who is there; None: everybody.
    """
    belief = log_belief.exp()
    if mask is not None:
        belief = torch.where(mask[..., None], belief, 0.0)
    return torch.einsum("bns,bncs...->bc...", belief, pair_cost)


@torch.no_grad()
def expected_nearness(
    candidates: Float[Tensor, "batch candidate time 3"],
    size: tuple[float, float],
    log_belief: Float[Tensor, "batch actors sample"],
    others: tuple[Float[Tensor, "batch actors sample time 3"], Float[Tensor, "batch actors 2"]],
    *,
    mask: Bool[Tensor, "batch actors"],
    margin: float = 1.0,
) -> Float[Tensor, "batch candidate time"]:
    """`expected_collision_cost` of the soft `candidate_costs`, without their table; of no graph.

    Args:
        candidates: Poses of a body of `size`: length and width [m].
        log_belief: Of the others.
        others: Their samples, and their lengths and widths [m].
        mask: Who is there.
        margin: Of `nearness`.
    """
    samples, sizes = others
    belief = torch.where(mask[..., None], log_belief.exp(), 0.0)
    own = candidates.new_tensor(size)
    found = candidates.new_zeros(candidates.shape[:3])
    add_expected(
        laid_out(candidates), own.numpy(), laid_out(samples), sizes.numpy(), belief.numpy(), margin, found.numpy()
    )
    return found
