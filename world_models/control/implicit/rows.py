"""Many small problems in one objective: each row of z is one, within bounds of its own."""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor

Objective = Callable[[Tensor, Any], Tensor]
"""(z [batch n], params) -> [batch]."""


class Rows(NamedTuple):
    """What the solvers see of a problem; `low` and `high` [batch n] may be infinite."""

    objective: Objective
    params: Any
    low: Tensor
    high: Tensor

    def value(self, z: Tensor) -> Tensor:
        """Of each row [batch].

        Raises:
            ValueError: the objective returns something else.
        """
        value = self.objective(z, self.params)
        if not isinstance(value, Tensor) or value.shape != z.shape[:1]:
            found = list(value.shape) if isinstance(value, Tensor) else type(value).__name__
            raise ValueError(f"Expected the objective to return one value a row, [{len(z)}], got {found}.")
        return value

    def gradient(self, z: Tensor, *, keep: bool) -> Tensor:
        """By z, which must require it [batch n]; `keep`: so that it can be differentiated in turn."""
        value = self.value(z).sum()
        if not value.requires_grad:
            return torch.zeros_like(z)
        return torch.autograd.grad(value, z, create_graph=keep, materialize_grads=True)[0]

    def clip(self, z: Tensor) -> Tensor:
        """The nearest point within; what is at a bound follows it."""
        return torch.where(z <= self.low, self.low, torch.where(z >= self.high, self.high, z))

    def side(self, z: Tensor, gradient: Tensor) -> Tensor:
        """-1 where `low` holds z, 1 where `high` does, else 0 [batch n]."""
        at_low, at_high = z <= self.low, z >= self.high
        low = at_low & ((gradient > 0.0) | (at_high & (gradient >= 0.0)))
        high = at_high & ~low & ((gradient < 0.0) | at_low)
        return high.to(torch.int8) - low.to(torch.int8)

    def residual(self, z: Tensor, gradient: Tensor) -> Tensor:
        """How far z is from optimal: the largest |z - clip(z - gradient)| of each row [batch]."""
        found = (z - self.clip(z - gradient)).abs()
        return found.amax(1) if z.shape[1] else found.sum(1)


def curvature(gradient: Tensor, z: Tensor, v: Tensor, *, keep: bool = False) -> Tensor:
    """H v, from a gradient whose graph was kept [batch n]."""
    if not gradient.requires_grad:
        return torch.zeros_like(z)
    found = torch.autograd.grad(gradient, z, v, create_graph=keep, retain_graph=True, materialize_grads=True)
    return found[0]
