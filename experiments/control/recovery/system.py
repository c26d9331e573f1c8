"""A linear system with a cost: what is to be recovered."""

# ruff: noqa: N806, N815 - matrices have the names that they have in the literature

from typing import NamedTuple

import torch
from torch import Tensor

from world_models.control import LQRSolution, lqr

STATES, CONTROLS, HORIZON = 4, 2, 10
WIDTH = STATES + CONTROLS
ROUGHNESS = 0.3
"""Size of the error of dynamics that are roughly known, over theirs."""


class System(NamedTuple):
    """x' = F [x; u], and at every step the cost 1/2 tau' diag(exp(log_C)) tau + c' tau of tau = [x; u]."""

    F: Tensor  # [x tau]
    log_C: Tensor  # [tau]
    c: Tensor  # [tau]

    @property
    def cost(self) -> Tensor:
        """Both parts of it [2 tau], of the scale at which the geometric mean of C is 1: plans do not tell the scale."""
        scale = torch.exp(-self.log_C.mean())
        return torch.cat([self.log_C.exp(), self.c]) * scale

    def plan(self, x0: Tensor) -> LQRSolution:
        """The best plans from x0 [batch x]."""
        C = torch.diag(self.log_C.exp()).expand(1, HORIZON, WIDTH, WIDTH)
        return lqr(C, self.c.expand(1, HORIZON, WIDTH), self.F.expand(1, HORIZON - 1, STATES, WIDTH), None, x0)


def drawn(draws: torch.Generator) -> System:
    """An expert: dynamics of spectral radius 1, costs of several sizes."""
    A = torch.eye(STATES, dtype=torch.float64) + 0.3 * normal(draws, STATES, STATES)
    A = A / torch.linalg.eigvals(A).abs().max()
    B = normal(draws, STATES, CONTROLS) / STATES**0.5
    return System(torch.cat([A, B], 1), 0.7 * normal(draws, WIDTH), 0.3 * normal(draws, WIDTH))


def blank(draws: torch.Generator) -> System:
    """One that knows nothing of the expert: states that fade, random effects of controls, all costs alike."""
    A = 0.8 * torch.eye(STATES, dtype=torch.float64) + 0.2 * normal(draws, STATES, STATES)
    B = normal(draws, STATES, CONTROLS) / STATES**0.5
    none = torch.zeros(WIDTH, dtype=torch.float64)
    return System(torch.cat([A, B], 1), none, none)


def rough(system: System, draws: torch.Generator) -> System:
    """One that knows the dynamics roughly, and nothing of the costs."""
    error = normal(draws, *system.F.shape)
    F = system.F + ROUGHNESS * system.F.norm() / error.norm() * error
    return System(F, torch.zeros_like(system.log_C), torch.zeros_like(system.c))


def normal(draws: torch.Generator, *shape: int) -> Tensor:
    """Independent standard normal numbers."""
    return torch.randn(*shape, generator=draws, dtype=torch.float64)
