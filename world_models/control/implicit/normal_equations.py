"""Conjugate gradient on the normal equations H'H w = H'b: for any regular H, symmetric or not, definite or not.

Known as CGNR or CGLS (Saad, "Iterative methods for sparse linear systems", 2003, algorithm 8.4).
"""

import torch
from torch import Tensor

from world_models.control.implicit.found import Found, Product, dot, judged, share


def normal_equations(
    product: Product, transposed: Product, b: Tensor, *, tol: float | None, max_iterations: int
) -> Found:
    """H w = b from products with H and with H'."""
    size = dot(b, b)
    eps = torch.finfo(b.dtype).eps
    goal = (eps if tol is None else max(tol, eps)) ** 2 * size
    w, r = torch.zeros_like(b), b
    p = z = transposed(b)
    force = dot(z, z)
    fit, largest = torch.ones_like(size, dtype=torch.bool), torch.zeros_like(size)
    for _ in range(max_iterations):
        going = fit & (dot(r, r) > goal)
        if not bool(going.any()):
            break
        Hp = product(p)  # noqa: N806 - a matrix
        curvature = dot(Hp, Hp)
        fit = fit & ~(going & ~(curvature > 0.0))
        going = going & fit
        largest = torch.maximum(largest, share(curvature, dot(p, p), going)[:, 0].sqrt())
        step = share(force, curvature, going)
        w, r = w + step * p, r - step * Hp
        z = transposed(r)
        now = dot(z, z)
        p, force = z + share(now, force, going) * p, now
    return judged(product, b, w, tol=tol, largest=largest, fit=fit)
