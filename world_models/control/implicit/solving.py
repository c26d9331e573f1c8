"""H w = b by any implicit way, for many systems at once."""

import warnings

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.control.implicit.conjugate_gradient import conjugate_gradient
from world_models.control.implicit.direct import direct
from world_models.control.implicit.found import Found, Product
from world_models.control.implicit.neumann import neumann
from world_models.control.implicit.normal_equations import normal_equations
from world_models.control.ways import ConjugateGradient, Direct, Implicit, Neumann, NormalEquations

FEWEST, FOR_EACH = 50, 10
"""Iterations, where none are asked for: at least, and for each unknown."""


def solve_symmetric(
    product: Product,
    b: Float[Tensor, "batch n"],
    way: Implicit,
    *,
    scale: Float[Tensor, "batch n"] | None = None,
) -> tuple[Float[Tensor, "batch n"], Float[Tensor, " batch"]]:
    """The w with H w = b, and |b - H w| / |b|, for symmetric H given by `product`: v -> H v, each row with its own H.

    `scale`, positive, is put on both sides of H before it is solved with: 1 / sqrt(diag H) evens out unknowns of
    different size. The residual is then that of the scaled system.

    A way that does not apply (H not symmetric, or not positive definite where that is needed; a step that is too
    large), or that does not reach its tolerance, says so: w is NaN, with a RuntimeWarning, and the residual infinite or
    what was left.
    """
    if scale is None:
        found = _solved(product, b, way)
        w = found.w
    else:
        found = _solved(lambda v: scale * product(scale * v), scale * b, way)
        w = scale * found.w
    if bool(found.good.all()):
        return w, found.residual
    _warn(way, found)
    return w.masked_fill(~found.good[:, None], torch.nan), found.residual


def _solved(product: Product, b: Tensor, way: Implicit) -> Found:
    most = max(FEWEST, FOR_EACH * b.shape[1])
    match way:
        case Direct():
            return direct(product, b)
        case ConjugateGradient(tol, limit):
            return conjugate_gradient(product, b, tol=tol, max_iterations=limit or most)
        case NormalEquations(tol, limit):
            return normal_equations(product, product, b, tol=tol, max_iterations=limit or most)
        case Neumann(terms, step):
            return neumann(product, b, terms=terms, step=step)
    raise TypeError(f"Expected one of Direct, ConjugateGradient, NormalEquations and Neumann, got {way!r}.")


def _warn(way: Implicit, found: Found) -> None:
    bad = (~found.good).nonzero()[:, 0]
    refused = bad[torch.isinf(found.residual[bad])]
    if len(refused):
        why = "H is not symmetric and positive definite, or the step is too large for it"
        if isinstance(way, NormalEquations):
            why = "H is singular"
        warnings.warn(f"{way} does not apply to items {refused.tolist()}: {why}.", RuntimeWarning, stacklevel=3)
    else:
        worst = float(found.residual[bad].max())
        warnings.warn(
            f"{way} did not solve items {bad.tolist()}: relative residual up to {worst:.1e}.",
            RuntimeWarning,
            stacklevel=3,
        )
