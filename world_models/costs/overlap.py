"""How far oriented boxes lie apart, or in one another."""

import torch
from jaxtyping import Float
from torch import Tensor


def separation(
    poses: Float[Tensor, "*batch 3"],
    sizes: Float[Tensor, "*batch 2"],
    others: Float[Tensor, "*batch 3"],
    other_sizes: Float[Tensor, "*batch 2"],
) -> Float[Tensor, "*batch"]:
    """The widest gap between two boxes along the four directions of their sides [m].

    Above 0 the boxes are apart, by at least so much; below 0 they overlap, and moving one by so much frees them (the
    separating axis theorem: Gottschalk, Lin and Manocha, *OBBTree*, 1996). Differentiable but where two directions
    are equally good.

    Args:
        poses, others: Of the centres (x, y [m], heading [rad]).
        sizes, other_sizes: Length and width [m].
    """
    (x, y, heading), (other_x, other_y, other_heading) = poses.unbind(-1), others.unbind(-1)
    dx, dy, turn = other_x - x, other_y - y, other_heading - heading
    cos, sin = torch.cos(turn).abs(), torch.sin(turn).abs()
    own = _along(dx, dy, heading, sizes, other_sizes, cos, sin)
    return torch.maximum(own, _along(dx, dy, other_heading, other_sizes, sizes, cos, sin))


@torch.no_grad()
def separation_within(
    poses: Float[Tensor, "*#batch 3"],
    sizes: Float[Tensor, "*#batch 2"],
    others: Float[Tensor, "*#batch 3"],
    other_sizes: Float[Tensor, "*#batch 2"],
    *,
    reach: float = 0.0,
) -> Float[Tensor, "*batch"]:
    """`separation`, looked at only where it may be below `reach` [m]; inf elsewhere, and where a position is nan.

    Everything is broadcast, and nothing takes a gradient.
    """
    radii = 0.5 * (torch.linalg.vector_norm(sizes, dim=-1) + torch.linalg.vector_norm(other_sizes, dim=-1)) + reach
    away, aside = poses[..., 0] - others[..., 0], poses[..., 1] - others[..., 1]
    # Few pairs are near enough for their boxes to matter: those, one by one.
    index = (torch.addcmul(away.square_(), aside, aside) < radii.square()).nonzero(as_tuple=True)
    picked = [array.expand(*away.shape, -1)[index] for array in (poses, sizes, others, other_sizes)]
    return torch.full_like(away, float("inf")).index_put_(index, separation(*picked))


def _along(dx: Tensor, dy: Tensor, heading: Tensor, sizes: Tensor, others: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """The wider gap along the two sides of the box of `sizes`; `cos`, `sin`: sizes of those of the boxes' angle."""
    facing, across = torch.cos(heading), torch.sin(heading)
    length, width = others.unbind(-1)
    ahead = (dx * facing + dy * across).abs() - 0.5 * (sizes[..., 0] + length * cos + width * sin)
    left = (dy * facing - dx * across).abs() - 0.5 * (sizes[..., 1] + length * sin + width * cos)
    return torch.maximum(ahead, left)
