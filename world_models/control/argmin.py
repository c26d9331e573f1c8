"""The least of any objective, as a layer: one way forward, several ways back."""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from world_models.control.implicit.iterating import Path, iterated
from world_models.control.implicit.layer import ImplicitLayer, Refused
from world_models.control.implicit.newton import Newton
from world_models.control.implicit.rows import Objective, Rows
from world_models.control.implicit.stride import Solver
from world_models.control.status import (
    INDEFINITE,
    INFEASIBLE_BOUNDS,
    NON_FINITE,
    SOLVED,
    SOLVED_ANYHOW,
    UNCONVERGED,
    WEAKLY_ACTIVE,
)
from world_models.control.ways import Direct, Truncated, Unrolled, Way

ROUNDING = 30.0
"""Residuals this many times the rounding of the largest unknown, or of 1, are as small as they get."""


@dataclass(frozen=True)
class ArgminSolution:
    """Of a batch of problems; gradients flow through z and value."""

    z: Float[Tensor, "batch n"]
    value: Float[Tensor, " batch"]
    """Of the objective there; differentiated as if z stood still, or its bound carried it: at an optimum that is all
    (envelope theorem)."""
    status: Int[Tensor, " batch"]
    """See `world_models.control.status`."""
    residual: Float[Tensor, " batch"]
    """Largest |z - clip(z - gradient)|: zero at an optimum alone."""
    iterations: Int[Tensor, " batch"]

    @property
    def solved(self) -> Bool[Tensor, " batch"]:
        """Which items can be relied on."""
        return self.status <= SOLVED_ANYHOW


def argmin(
    objective: Objective,
    z0: Float[Tensor, "..."],
    params: Any = None,
    *,
    solver: Solver | None = None,
    way: Way | None = None,
    z_min: Float[Tensor, "..."] | float | None = None,
    z_max: Float[Tensor, "..."] | float | None = None,
) -> ArgminSolution:
    """The least objective(z, params) [batch] by z [batch n] with z_min <= z <= z_max, from z0.

    Each row of z is a problem of its own: row i of what the objective returns must depend on row i of z alone. `params`
    is handed over as it is; gradients flow to every tensor that it, the bounds, or the objective itself hold, shared
    ones by their sum. `solver` is Newton() or Descent(step, iterations); z is the same under every `way` back:

    - implicit ways (Direct, ConjugateGradient, NormalEquations, Neumann) are exact at an optimum, keep nothing of the
      iterations, and can be differentiated once; rows that are not `solved` have NaN gradients where the loss depends
      on them;
    - Unrolled and Truncated differentiate the iterations that were made, whether they arrived or not; Unrolled also by
      z0. Which bounds held, and how long steps were, counts as given.

    Raises:
        ValueError: shapes, dtypes or devices that do not fit; an objective that returns other than [batch].
    """
    _check_start(z0)
    rows = Rows(objective, params, *_bounds(z0, z_min, z_max))
    solver, way = Newton() if solver is None else solver, Direct() if way is None else way
    with torch.set_grad_enabled(torch.is_grad_enabled() and _is_asked(rows, z0, way)):
        return _solution(rows, iterated(solver, rows, z0, way), solver.tol, way)


def _is_asked(rows: Rows, z0: Tensor, way: Way) -> bool:
    """Whether there is anything that gradients can go to."""
    begins = isinstance(way, Unrolled) and z0.requires_grad
    return begins or any(part.requires_grad for part in (rows.low, rows.high, rows.value(z0.detach())))


def _solution(rows: Rows, path: Path, tol: float | None, way: Way) -> ArgminSolution:
    keep = torch.is_grad_enabled() and not isinstance(way, Unrolled | Truncated)
    at = torch.where(torch.isfinite(path.z), path.z, 0.0).detach().requires_grad_()
    with torch.enable_grad():
        gradient = rows.gradient(at, keep=keep)
    residual = rows.residual(at, gradient).detach()
    status = _status(rows, path, gradient.detach(), residual, tol)
    none, failed = status >= NON_FINITE, status > SOLVED_ANYHOW
    if isinstance(way, Unrolled | Truncated):
        z, value = (Refused.apply(part, none, none) for part in (path.z, rows.value(path.z)))
        return ArgminSolution(z, value, status, residual, path.counts)
    side, found = rows.side(at, gradient), path.z.masked_fill(none[:, None], torch.nan)
    z = ImplicitLayer.apply(gradient, rows.low, rows.high, found, at, side, failed, way)
    still = torch.where(side < 0, rows.low, torch.where(side > 0, rows.high, at.detach()))
    value = Refused.apply(rows.value(still), none, failed, gradient, rows.low, rows.high)
    return ArgminSolution(z, value, status, residual, path.counts)


def _status(rows: Rows, path: Path, gradient: Tensor, residual: Tensor, tol: float | None) -> Tensor:
    z = path.z.detach()
    rounding = ROUNDING * torch.finfo(z.dtype).eps * z.abs().amax(1).clamp(min=1.0)
    allowed = rounding.clamp(min=0.0 if tol is None else tol)
    touched = ((z <= rows.low) | (z >= rows.high)) & (rows.low < rows.high) & (gradient.abs() <= allowed[:, None])
    status = torch.where(touched.any(1), WEAKLY_ACTIVE, SOLVED).where(~path.bent, INDEFINITE)
    if tol is not None:
        status = status.where(residual <= allowed, UNCONVERGED)
    finite = torch.isfinite(z).all(1) & torch.isfinite(gradient).all(1)
    status = status.where(finite, NON_FINITE)
    return status.where(~(rows.low > rows.high).any(1), INFEASIBLE_BOUNDS).detach()


def _check_start(z0: Tensor) -> None:
    if z0.ndim != 2 or not len(z0) or not z0.shape[1]:
        raise ValueError(f"Expected z0 as [batch n], with at least one of both, got {list(z0.shape)}.")
    if z0.dtype not in (torch.float32, torch.float64):
        raise ValueError(f"Expected z0 of dtype torch.float32 or torch.float64, got {z0.dtype}.")


def _bounds(z0: Tensor, z_min: Tensor | float | None, z_max: Tensor | float | None) -> list[Tensor]:
    """[batch n] both, infinite where there are none."""
    bounds = []
    for name, bound, none in (("z_min", z_min, -torch.inf), ("z_max", z_max, torch.inf)):
        whole = bound if isinstance(bound, Tensor) else z0.new_tensor(none if bound is None else bound)
        if whole.dtype != z0.dtype or whole.device != z0.device:
            raise ValueError(
                f"Expected {name} of {z0.dtype} on {z0.device}, like z0, got {whole.dtype} on {whole.device}."
            )
        try:
            bounds.append(whole.expand(z0.shape))
        except RuntimeError:
            raise ValueError(
                f"Expected {name} to broadcast to [batch n] = {list(z0.shape)}, got {list(whole.shape)}."
            ) from None
    return bounds
