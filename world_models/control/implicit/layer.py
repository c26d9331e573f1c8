"""The implicit function theorem as a layer.

At an optimum the gradient g(z, p) of the objective vanishes where z is free, and z is its bound elsewhere. So with
w = H^-1 v among the free unknowns, for a loss with the derivatives v by z,

    dl/dp = -w' dg/dp,    dl/dbound = v - H w where it holds z.

The layer takes g as an input and hands -w back to it: what g was computed from, be it named or not, then gets its
share by ordinary reverse mode.
"""

from typing import Any

import torch
from torch import Tensor

from world_models.control.implicit.rows import curvature
from world_models.control.implicit.solving import solve_symmetric
from world_models.control.ways import Implicit


class ImplicitLayer(torch.autograd.Function):
    """z as a function of the gradient at z, and of both bounds.

    Inputs: gradient [batch n] with its graph, low, high, z as it was found, `at` from which the gradient's graph
    begins, side [batch n] (-1, 0 or 1: which bound holds), failed [batch], way.
    """

    @staticmethod
    def forward(ctx: Any, *inputs: Any) -> Tensor:
        gradient, low, high, found, at, side, failed, way = inputs
        ctx.save_for_backward(gradient, low, high, at, side, failed)
        ctx.way = way
        return found.clone()

    @staticmethod
    def backward(ctx: Any, v: Tensor) -> tuple[Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride] - one output
        gradient, low, high, at, side, failed = ctx.saved_tensors
        with torch.no_grad():
            w = _among(gradient, at, v, (side == 0) & ~failed[:, None], ctx.way)
            bounded = ctx.needs_input_grad[1] or ctx.needs_input_grad[2]
            force = v - curvature(gradient, at, w) if bounded else v
            lost = torch.where((v != 0.0).any(1, keepdim=True), torch.nan, 0.0).to(v.dtype)
            w, force = (torch.where(failed[:, None], lost, part) for part in (w, force))
            parts = (-w, *(torch.where((side == which) | failed[:, None], force, 0.0) for which in (-1, 1)))
        return *(_once(part, gradient, low, high) for part in parts), *[None] * 5


def _among(gradient: Tensor, at: Tensor, v: Tensor, free: Tensor, way: Implicit) -> Tensor:
    """w, with zeros where not free."""

    def product(w: Tensor) -> Tensor:
        return torch.where(free, curvature(gradient, at, torch.where(free, w, 0.0)), w)

    w, _ = solve_symmetric(product, torch.where(free, v, 0.0), way)
    return torch.where(free, w, 0.0)


class Refused(torch.autograd.Function):
    """The same values, but NaN for items that have `none`; gradients of `failed` ones are NaN where asked for.

    Inputs: what was found [batch ...], none [batch], failed [batch], and what its derivative cannot be differentiated
    by.
    """

    @staticmethod
    def forward(ctx: Any, *inputs: Tensor) -> Tensor:
        found, none, failed, *sources = inputs
        ctx.save_for_backward(failed, *sources)
        return found.masked_fill(_rows(none, found), torch.nan)

    @staticmethod
    def backward(ctx: Any, v: Tensor) -> tuple[Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride] - one output
        failed, *sources = ctx.saved_tensors
        v = torch.where(_rows(failed, v) & (v != 0.0), torch.nan, v)
        return (_once(v, *sources) if sources else v), *[None] * (2 + len(sources))


def _rows(items: Tensor, like: Tensor) -> Tensor:
    return items.reshape(-1, *[1] * (like.ndim - 1))


class Once(torch.autograd.Function):
    """The same values, which cannot be differentiated by what they come from."""

    @staticmethod
    def forward(ctx: Any, *inputs: Tensor) -> Tensor:
        return inputs[0].clone()

    @staticmethod
    def backward(ctx: Any, *_: Tensor) -> None:
        raise RuntimeError("Expected an implicit way to be differentiated once, got a derivative of its derivative.")


def _once(part: Tensor, *sources: Tensor) -> Tensor:
    """Marked, where a graph of the way back is being built: it would lack that of the solve, and be silently wrong."""
    return Once.apply(part, *sources) if torch.is_grad_enabled() else part
