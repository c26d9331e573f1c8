"""H built from its products with the unit vectors, then factorised."""

import torch
from torch import Tensor

from world_models.control.implicit.found import Found, Product, judged


def direct(product: Product, b: Tensor) -> Found:
    """H w = b for symmetric positive definite H."""
    H = built(product, b)  # noqa: N806 - a matrix
    largest = torch.linalg.matrix_norm(H)
    skew = torch.linalg.matrix_norm(H - H.mT)
    lower, broken = torch.linalg.cholesky_ex(H)
    fit = (broken == 0) & (skew <= torch.finfo(b.dtype).eps ** 0.5 * largest)
    w = torch.cholesky_solve(b[..., None], lower)[..., 0]
    return judged(lambda v: (H @ v[..., None])[..., 0], b, w, tol=None, largest=largest, fit=fit)


def built(product: Product, like: Tensor) -> Tensor:
    """H [batch n n] from its products with the unit vectors: all at once where torch can map what they are made of."""
    units = torch.eye(like.shape[1], dtype=like.dtype, device=like.device)
    try:
        return torch.vmap(lambda unit: product(unit.expand_as(like)), out_dims=1)(units)
    except RuntimeError:
        return torch.stack([product(unit.expand_as(like)) for unit in units], 1)
