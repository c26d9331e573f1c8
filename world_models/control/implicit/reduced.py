"""An LQR without a factorisation: states are eliminated, and what is left for the controls is solved by products.

One product with the reduced Hessian is one pass forward, for the states that controls lead to, and one pass back, for
the costates that these bring.
"""

# ruff: noqa: N803 - matrices have the names that they have in the literature

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.control.implicit.solving import solve_symmetric
from world_models.control.riccati import rolled, times
from world_models.control.ways import Implicit


class Reduced(NamedTuple):
    """The optimum; NaN where the way did not lead there."""

    x: Tensor  # [batch time x]
    u: Tensor  # [batch time u]
    lam: Tensor  # [batch time x]


def solve_reduced(
    C: Float[Tensor, "batch time tau tau"],
    F: Float[Tensor, "batch step x tau"],
    c: Float[Tensor, "batch time tau"],
    way: Implicit,
    *,
    free: Float[Tensor, "batch time u"] | None,
    barrier: Float[Tensor, "batch time u"],
) -> Reduced:
    """The least sum_t 1/2 tau_t' C_t tau_t + c_t' tau_t, x_{t+1} = F_t tau_t, x_0 = 0, with u = 0 where `free` is.

    `barrier` is the part of the diagonal of C_uu that is due to bounds: where it is large against the rest, unknowns
    are scaled by it, or hardly a way would arrive. A step of the Neumann series is one of the scaled system.
    """
    nx, shape = F.shape[-2], barrier.shape
    nowhere = c.new_zeros(len(c), nx)
    still = c.new_zeros(*F.shape[:3])
    mask = torch.ones_like(barrier) if free is None else free

    def slope(u: Tensor, linear: Tensor) -> Tensor:
        """Of the cost, by controls."""
        x, lam = rolled(C, linear, F, still, nowhere, u)
        by_tau = times(C, torch.cat([x, u], -1)) + linear
        ahead = times(F.mT, lam[:, 1:])[..., nx:]
        return by_tau[..., nx:] + torch.cat([ahead, torch.zeros_like(u[:, :1])], 1)

    def product(flat: Tensor) -> Tensor:
        v = flat.reshape(shape)
        return torch.where(mask > 0.0, slope(mask * v, torch.zeros_like(c)), v).flatten(1)

    b = -mask * slope(torch.zeros_like(barrier), c)
    own = (C.diagonal(dim1=2, dim2=3)[..., nx:] - barrier).abs()
    typical = own.flatten(1).mean(1).clamp(min=torch.finfo(c.dtype).tiny)[:, None, None]
    scale = (1.0 + barrier / typical).rsqrt()
    w, _ = solve_symmetric(product, b.flatten(1), way, scale=scale.flatten(1))
    u = w.reshape(shape)
    return Reduced(*_parts(rolled(C, c, F, still, nowhere, u), u))


def _parts(way: tuple[Tensor, Tensor], u: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    return way[0], u, way[1]
