"""A batch of problems, and the conditions that an optimum fulfils."""

# ruff: noqa: N806 - matrices have the names that they have in the literature

from typing import NamedTuple

import torch
from torch import Tensor

from world_models.control import compiled
from world_models.control.riccati import times


class Problem(NamedTuple):
    """All with a batch axis; that of C and F may be 1 for any number of items."""

    C: Tensor  # [shared time tau tau], of which the symmetric part counts
    c: Tensor  # [batch time tau]
    F: Tensor  # [shared time-1 x tau]
    f: Tensor  # [batch time-1 x]
    x0: Tensor  # [batch x]

    def spread(self) -> "Problem":
        """With C and F for every item: bounds make each item a matrix of its own."""
        C, F = (matrix.expand(len(self.x0), *matrix.shape[1:]) for matrix in (self.C, self.F))
        return self._replace(C=C, F=F)

    def items(self, chosen: Tensor) -> "Problem":
        """Some items of one that is spread."""
        return Problem(*(part[chosen] for part in self))

    def symmetric(self) -> "Problem":
        """With the part of C that counts."""
        return self._replace(C=(self.C + self.C.mT).mul_(0.5))


class Residual(NamedTuple):
    """Derivatives of the Lagrangian without bounds."""

    tau: Tensor  # [batch time tau]
    f: Tensor  # [batch time-1 x]: by the costates
    x0: Tensor  # [batch x]

    def size(self) -> Tensor:
        """The largest, of each item [batch]."""
        return torch.stack([part.flatten(1).abs().amax(1) for part in self if part.numel()]).amax(0)


def residual(problem: Problem, x: Tensor, u: Tensor, lam: Tensor, *, symmetric: bool = False) -> Residual:
    """With the term lam_{t+1}' (F_t tau_t + f_t - x_{t+1}) for every step and lam_0' (x0 - x_0).

    Where C is known to be symmetric, half of the work with it is saved.
    """
    if compiled.applies(*problem, x, u, lam):
        return Residual(*compiled.residuals(problem, x, u, lam))
    nx, tau = x.shape[-1], torch.cat([x, u], -1)
    by_tau = times(problem.C, tau)
    if not symmetric:
        by_tau = by_tau.add_(times(problem.C.mT, tau)).mul_(0.5)
    by_tau += problem.c
    by_tau[..., :nx] -= lam
    by_tau[:, :-1] += times(problem.F.mT, lam[:, 1:])
    by_lam = times(problem.F, tau[:, :-1]) + problem.f - x[:, 1:]
    return Residual(by_tau, by_lam, problem.x0 - x[:, 0])
