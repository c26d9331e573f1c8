"""Curves whose curvature changes evenly along them, from the curvature of now, and arcs after them.

With curvature k + c s the heading is k s + c s^2 / 2. For c > 0 this is the piece of Fresnel's curve
a (C(xi / a), S(xi / a)), a = sqrt(pi / c), that begins at xi = k a^2 / pi, where its curvature pi xi / a^2 is k.
The integrals here are Gauss and Legendre's: they are as exact, and do not mind c = 0.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.trajectories.quadrature import displacement


def clothoid(
    curvature: Float[Tensor, "*batch"], rate: Float[Tensor, "*batch"], length: Float[Tensor, "*batch"]
) -> tuple[Float[Tensor, "*batch"], Float[Tensor, "*batch"], Float[Tensor, "*batch"]]:
    """(x, y, heading) after `length` metres, from the origin ahead; exact to 1e-9 up to about a whole turn."""
    k, c = curvature.unsqueeze(-1), rate.unsqueeze(-1)
    x, y = displacement(lambda s: s * (k + 0.5 * c * s), length, count=16)
    return x, y, length * (curvature + 0.5 * rate * length)


def arc(
    curvature: Float[Tensor, "*batch"], length: Float[Tensor, "*batch"]
) -> tuple[Float[Tensor, "*batch"], Float[Tensor, "*batch"], Float[Tensor, "*batch"]]:
    """(x, y, heading) on a circle, or straight where the curvature is 0."""
    half = 0.5 * curvature * length
    chord = length * torch.sinc(half / torch.pi)
    return chord * torch.cos(half), chord * torch.sin(half), 2.0 * half


def clothoid_and_arc(
    curvature: Float[Tensor, "*batch"],
    wanted: Float[Tensor, "*batch"],
    turn_in: Float[Tensor, "*batch"],
    length: Float[Tensor, "*batch"],
) -> tuple[Float[Tensor, "*batch"], Float[Tensor, "*batch"], Float[Tensor, "*batch"], Float[Tensor, "*batch"]]:
    """(x, y, heading, curvature) after `length`: within `turn_in` > 0 metres to a `wanted` curvature, on with that."""
    rate = (wanted - curvature) / turn_in
    turning = torch.minimum(length, turn_in)
    x, y, heading = clothoid(curvature, rate, turning)
    dx, dy, turn = arc(wanted, (length - turn_in).clamp(min=0.0))
    cos, sin = torch.cos(heading), torch.sin(heading)
    return x + dx * cos - dy * sin, y + dx * sin + dy * cos, heading + turn, curvature + rate * turning
