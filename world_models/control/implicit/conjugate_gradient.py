"""Conjugate gradient for many systems at once, each stopping by itself.

Hestenes and Stiefel, "Methods of conjugate gradients for solving linear systems", 1952. It needs H = H' > 0. Both are
looked at on the way, at no further product: a direction of negative curvature, or two neighbouring directions with
p'Hq != q'Hp, end an item as one that conjugate gradient cannot solve.
"""

import torch
from torch import Tensor

from world_models.control.implicit.found import Found, Product, dot, judged, share


def conjugate_gradient(product: Product, b: Tensor, *, tol: float | None, max_iterations: int) -> Found:
    """H w = b for symmetric positive definite H."""
    size = dot(b, b)
    eps = torch.finfo(b.dtype).eps
    goal = (eps if tol is None else max(tol, eps)) ** 2 * size
    w, r, p, left = torch.zeros_like(b), b, b, size
    fit, largest = torch.ones_like(size, dtype=torch.bool), torch.zeros_like(size)
    before = None
    for _ in range(max_iterations):
        going = fit & (left > goal)
        if not bool(going.any()):
            break
        Hp = product(p)  # noqa: N806 - a matrix
        largest = torch.maximum(largest, torch.where(going, Hp.norm(dim=1) / p.norm(dim=1), 0.0))
        fit = fit & ~(going & ~(dot(p, Hp) > 0.0))
        if before is not None:
            fit = fit & ~(going & ~_symmetric(before, (p, Hp), largest))
        going, before = going & fit, (p, Hp)
        step = share(left, dot(p, Hp), going)
        w, r = w + step * p, r - step * Hp
        now = dot(r, r)
        p, left = r + share(now, left, going) * p, now
    return judged(product, b, w, tol=tol, largest=largest, fit=fit)


def _symmetric(one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor], largest: Tensor) -> Tensor:
    (p, Hp), (q, Hq) = one, other  # noqa: N806 - matrices
    allowed = torch.finfo(p.dtype).eps ** 0.5 * largest * p.norm(dim=1) * q.norm(dim=1)
    return (dot(p, Hq) - dot(q, Hp)).abs() <= allowed
