"""The Neumann series H^-1 b = a sum_k (1 - a H)^k b, cut off.

What is left after K terms is (1 - a H)^K b, so that the error falls as rho^K with rho the largest |1 - a eigenvalue|.
The factor a is part of the series: without it the result is 1 / a too large.
"""

import torch
from torch import Tensor

from world_models.control.implicit.found import Found, Product, dot

POWERS = 20
"""Products spent on the largest eigenvalue."""
MARGIN = 1.05
"""Power iteration finds it from below."""


def neumann(product: Product, b: Tensor, *, terms: int, step: float | None) -> Found:
    """H w = b, roughly, for symmetric positive definite H and a step below 2 / (its largest eigenvalue)."""
    size = b.norm(dim=1)
    a = torch.full_like(size, step) if step is not None else 1.0 / (MARGIN * largest_eigenvalue(product, b))
    total, term, fit = torch.zeros_like(b), b, torch.ones_like(size, dtype=torch.bool)
    for _ in range(terms):
        total = total + term
        Ht = product(term)  # noqa: N806 - a matrix
        fit = fit & ((dot(term, Ht) > 0.0) | (term.norm(dim=1) <= torch.finfo(b.dtype).eps * size))
        term = term - a[:, None] * Ht
    left = term.norm(dim=1)
    residual = torch.where(left > 0.0, left / size, left)
    good = fit & (residual <= 1.0)  # a series that grows has the wrong step, or H is not positive definite
    return Found(torch.where(size[:, None] > 0.0, a[:, None] * total, 0.0), residual.where(good, torch.inf), good)


def largest_eigenvalue(product: Product, b: Tensor) -> Tensor:
    """The largest in size, of each item [batch], from below; the start leans to b, but is not within any subspace."""
    draws = torch.Generator().manual_seed(0)
    noise = torch.randn(b.shape[1], generator=draws, dtype=b.dtype).to(b.device)
    v = torch.nn.functional.normalize(b, dim=1) + 0.5 * noise / noise.norm()  # never the negative of each other
    for _ in range(POWERS):
        v = product(torch.nn.functional.normalize(v, dim=1))
    return v.norm(dim=1)
