"""The solution of LQR problems as a differentiable function.

At the optimum the derivative of the solution is again the solution of an LQR, with the same matrices: for a loss with
the derivatives r by tau and s by lam,

    d = LQR(C, c := r, F, f_t := s_{t+1}, x0 := s_0), with dlam for its costates, and controls at active bounds fixed
    dC_t = 1/2 (d_t tau_t' + tau_t d_t')                    dc_t = d_t           dx0 = dlam_0
    dF_t = dlam_{t+1} tau_t' + lam_{t+1} d_t'               df_t = dlam_{t+1}
    db_t = r_u + C_u d_t + F_u' dlam_{t+1} for bounds that are active.

(Amos et al., "Differentiable MPC for end-to-end planning and control", 2018, with the signs and indices worked out
again; the part of the bounds follows from the implicit function theorem.)
"""

# ruff: noqa: N806 - matrices have the names that they have in the literature

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from world_models.control.active_set import Held, bounded
from world_models.control.box import Box, violation
from world_models.control.interior_point import tolerance
from world_models.control.problem import Problem, residual
from world_models.control.riccati import Factors, factorise, solve, times
from world_models.control.status import NO_SOLUTION, SOLVED_ANYHOW, status_of


class LQRLayer(torch.autograd.Function):
    """Tensors in, all fields of the solution and then the factors out."""

    @staticmethod
    def forward(*inputs: Any) -> tuple[Tensor, ...]:
        problem, (low, high, tol, max_iterations) = Problem(*inputs[:5]), inputs[5:]
        if low is None:
            held = _unbounded(problem)
        else:
            whole = problem.spread().symmetric()
            held = bounded(whole, Box.between(low, high), tol=tol, max_iterations=max_iterations)
        x, u, lam, active, factors, size, margin = held
        status = status_of(problem, (low, high), factors.broken, size, margin, tolerance(x, lam, tol))
        V, K = factors.V, factors.K
        v = lam - times(V, x)
        k = u - times(K, x)
        none = status >= NO_SOLUTION
        if none.any():
            x, u, lam, v, k = (part.masked_fill(none[:, None, None], torch.nan) for part in (x, u, lam, v, k))
            lost = none if len(V) == len(none) else none.all().reshape(1)
            V, K = (part.masked_fill(lost[:, None, None, None], torch.nan) for part in (V, K))
        return x, u, lam, V, v, K, k, active, status, size, factors.root

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
        C, _, F = inputs[:3]
        x, u, lam, V, _, K, _, active, status, _, root = output
        ctx.mark_non_differentiable(*output[3:])
        ctx.save_for_backward(C, F, x, u, lam, active, status, V, K, root)
        ctx.set_materialize_grads(False)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride] - it is decorated
        C, F, x, u, lam, active, status, V, K, root = ctx.saved_tensors
        wanted = ctx.needs_input_grad
        r, s = _asked(gradients, x, u, lam)
        tau = torch.cat([x, u], -1)
        turned = Problem(C, r, F, s[:, 1:], s[:, 0])
        way = solve(Factors(V, K, root, status), F, r, turned.f, turned.x0)
        d, dlam = torch.cat([way.x, way.u], -1), way.lam
        failed = status > SOLVED_ANYHOW
        if failed.any():
            d, dlam, tau, lam = _told(failed, (r, s), d, dlam, tau, lam)
        dC = dF = low = high = None
        if wanted[0]:
            dC = _outer(d, tau, len(C))
            dC = 0.5 * (dC + dC.mT)
        if wanted[2]:
            dF = _outer(dlam[:, 1:], tau[:, :-1], len(F)) + _outer(lam[:, 1:], d[:, :-1], len(F))
        if wanted[5] or wanted[6]:
            nx = x.shape[-1]
            force = residual(turned, d[..., :nx], d[..., nx:], dlam).tau[..., nx:]
            force = torch.where(failed[:, None, None], d[..., nx:], force)
            low, high = (force * ((active == side) | failed[:, None, None]) for side in (-1, 1))
        return dC, d, dF, dlam[:, 1:], dlam[:, 0], low, high, None, None


def _unbounded(problem: Problem) -> Held:
    factors = factorise(problem.C, problem.F)
    x, u, lam, _, _ = solve(factors, problem.F, problem.c, problem.f, problem.x0)
    size = violation(None, u, residual(problem, x, u, lam))
    broken = factors.broken.expand(len(x))
    active = torch.zeros_like(u, dtype=torch.int8)
    return Held(x, u, lam, active, factors._replace(broken=broken), size, torch.full_like(size, torch.inf))


def _asked(gradients: tuple[Tensor | None, ...], x: Tensor, u: Tensor, lam: Tensor) -> tuple[Tensor, Tensor]:
    """The loss's derivatives by tau and lam."""
    by_x, by_u, by_lam = (
        torch.zeros_like(like) if given is None else given
        for given, like in zip(gradients[:3], (x, u, lam), strict=True)
    )
    return torch.cat([by_x, by_u], -1), by_lam


def _told(failed: Tensor, asked: tuple[Tensor, Tensor], *parts: Tensor) -> list[Tensor]:
    """Of items that failed: NaN where the loss depends on them, else nothing at all."""
    asks = torch.stack([part.flatten(1).ne(0.0).any(1) for part in asked]).any(0)
    fill = torch.where(asks, torch.nan, 0.0)[:, None, None].to(parts[0].dtype)
    return [torch.where(failed[:, None, None], fill, part) for part in parts]


def _outer(left: Tensor, right: Tensor, items: int) -> Tensor:
    """The products left right' for each item and time, or summed over the items where these share one matrix."""
    if items == len(left):
        return left[..., :, None] * right[..., None, :]
    return (left.permute(1, 2, 0) @ right.transpose(0, 1))[None]
