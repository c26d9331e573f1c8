"""Tensors to compiled loops and back, where loops may do the work.

Matrices this small keep a processor busy for less time than it takes to ask for their product: one problem of twenty
steps is a thousand calls, or one. Single precision is worked on in double, and rounded in the end.
"""

# ruff: noqa: N803 - matrices have the names that they have in the literature

import numba
import numpy as np
import torch
from torch import Tensor
from torch._C._functorch import is_functorch_wrapped_tensor

from world_models.control import loops


def applies(*parts: Tensor | None) -> bool:
    """Whether loops may do it: on the CPU, with a compiler, and with nothing on the way that records derivatives."""
    if numba.config.DISABLE_JIT:  # pyright: ignore[reportAttributeAccessIssue] - set when it is imported
        return False
    records = torch.is_grad_enabled()
    return not any(
        part.device.type != "cpu" or (records and part.requires_grad) or is_functorch_wrapped_tensor(part)
        for part in parts
        if part is not None
    )


def factorised(C: Tensor, F: Tensor, weight: Tensor | None, free: Tensor | None) -> tuple[Tensor, ...]:
    """V, K, root and broken, as `riccati.factorise` has them."""
    horizon, width, nx = C.shape[1], C.shape[2], F.shape[2]
    nu, items = width - nx, max(len(part) for part in (C, F, weight, free) if part is not None)
    found = _new((items, horizon, nx, nx), (items, horizon, nu, nx), (items, horizon, nu, nu))
    broken = torch.zeros(items, dtype=torch.int32)
    notes = _new((width, width), (nx, width), (nu, nx), (nu, nu))
    none = C.new_empty(0, 0, 0)
    given = (C, F, none if weight is None else weight, none if free is None else free)
    loops.factorise_items(*map(_array, given), *_arrays(*found, broken, *notes))
    return *(part.to(C.dtype) for part in found), broken


def solved(factors: tuple[Tensor, ...], F: Tensor, c: Tensor, f: Tensor, x0: Tensor) -> tuple[Tensor, ...]:
    """x, u, lam, v and k, as `riccati.solve` has them."""
    items = max(len(part) for part in (factors[0], F, c, f, x0))
    horizon, nx, nu = c.shape[1], x0.shape[-1], c.shape[2] - x0.shape[-1]
    states, controls = (items, horizon, nx), (items, horizon, nu)
    found = _new(states, controls, states, states, controls)
    notes = _new((nx + nu,), (nx,), (nu,))
    loops.solve_items(*map(_array, (*factors, F, c, f, x0)), *_arrays(*found, *notes))
    return tuple(part.to(c.dtype) for part in found)


def residuals(parts: tuple[Tensor, ...], x: Tensor, u: Tensor, lam: Tensor) -> tuple[Tensor, ...]:
    """By tau, f and x0, as `problem.residual` has them; `parts` are those of a problem."""
    items, horizon, nx = x.shape
    width = nx + u.shape[2]
    found = _new((items, horizon, width), (items, horizon - 1, nx), (items, nx))
    notes = _new((width,), (width,))
    loops.residual_items(*map(_array, (*parts, x, u, lam)), *_arrays(*found, *notes))
    return tuple(part.to(x.dtype) for part in found)


def _new(*shapes: tuple[int, ...]) -> tuple[Tensor, ...]:
    return tuple(torch.empty(shape, dtype=torch.float64) for shape in shapes)


def _arrays(*parts: Tensor) -> list[np.ndarray]:
    return [part.numpy() for part in parts]


def _array(part: Tensor) -> np.ndarray:
    """What loops read: where it is the same for all items, there once."""
    once = part[:1] if len(part) and part.stride(0) == 0 else part
    return once.detach().double().contiguous().numpy()
