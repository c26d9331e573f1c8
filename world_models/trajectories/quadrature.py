"""Where a curve leads whose heading is known: integrals of (cos, sin) by Gauss and Legendre's rule."""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

_RULES = {count: np.polynomial.legendre.leggauss(count) for count in (6, 16)}


def displacement(
    heading: Callable[[Tensor], Tensor], length: Float[Tensor, "*batch"], *, count: int
) -> tuple[Float[Tensor, "*batch"], Float[Tensor, "*batch"]]:
    """(x, y) after `length` along the curve whose heading after s is `heading(s)`, s [*batch node].

    `count` nodes, 6 or 16; the error falls with the turn made to the power of twice as many.
    """
    nodes, weights = _RULES[count]
    nodes = torch.as_tensor(0.5 * (nodes + 1.0), dtype=length.dtype, device=length.device)
    weights = torch.as_tensor(0.5 * weights, dtype=length.dtype, device=length.device)
    angles = heading(length.unsqueeze(-1) * nodes)
    return length * (torch.cos(angles) @ weights), length * (torch.sin(angles) @ weights)
