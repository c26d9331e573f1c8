"""What each way of solving H w = b hands over."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

Product = Callable[[Tensor], Tensor]
"""v -> H v, both [batch n], each row with an H of its own."""
ROUNDING = 30.0
"""Residuals this many times the rounding of |H| |w| are as small as they get."""


class Found(NamedTuple):
    """A solution, and whether it is one."""

    w: Tensor  # [batch n]
    residual: Tensor  # [batch]: |b - H w| / |b|
    good: Tensor  # [batch]


def judged(product: Product, b: Tensor, w: Tensor, *, tol: float | None, largest: Tensor, fit: Tensor) -> Found:
    """By its true residual; `largest` |H| [batch] that was met; `fit` [batch]: false where the way does not apply."""
    left = (b - product(w)).norm(dim=1)
    residual = torch.where(left > 0.0, left / b.norm(dim=1), left)
    residual = residual.where(fit, torch.inf)
    if tol is None:
        return Found(w, residual, residual < torch.inf)
    allowed = tol * b.norm(dim=1) + ROUNDING * torch.finfo(b.dtype).eps * largest * w.norm(dim=1)
    return Found(w, residual, fit & (left <= allowed))


def share(part: Tensor, whole: Tensor, where: Tensor) -> Tensor:
    """Their ratio [batch 1], zero elsewhere."""
    return torch.where(where, part / whole, 0.0)[:, None]


def dot(left: Tensor, right: Tensor) -> Tensor:
    """Of each row [batch]."""
    return (left * right).sum(1)
