"""LQR: batched, time-varying, with bounds on controls, and with exact gradients for every input."""

# ruff: noqa: N803 - matrices have the names that they have in the literature

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.control.checks import checked_bounds, checked_problem
from world_models.control.layer import LQRLayer
from world_models.control.solution import LQRSolution


def lqr(
    C: Float[Tensor, "..."],
    c: Float[Tensor, "..."],
    F: Float[Tensor, "..."],
    f: Float[Tensor, "..."] | None,
    x0: Float[Tensor, "..."],
    *,
    u_min: Float[Tensor, "..."] | float | None = None,
    u_max: Float[Tensor, "..."] | float | None = None,
    reg: float = 0.0,
    tol: float = 1e-9,
    max_iterations: int = 50,
) -> LQRSolution:
    """The least sum_t 1/2 tau_t' C_t tau_t + c_t' tau_t, tau = [x; u], with x_{t+1} = F_t tau_t + f_t, x_0 = x0.

    C [batch time tau tau], of which the symmetric part counts, c [batch time tau], F [batch time-1 x tau],
    f [batch time-1 x] (None: zero), x0 [batch x]; each may lack the batch axis or have 1 there, and is then shared:
    C and F are factorised once if both are and nothing is bounded. u_min <= u <= u_max are anything that broadcasts to
    [batch time u]; infinite ones are none. `reg` is added to the diagonal of every C_uu and is part of the problem.

    An item counts as solved when its `kkt_residual` is at most `tol`, or what rounding leaves (30 eps x its largest
    state or costate). Items that could not be solved are told apart by `status`; their gradients are NaN where the loss
    depends on them, and so are then those of what they share. The result can be differentiated once.

    Raises:
        ValueError: shapes, dtypes or devices that do not fit.
    """
    problem = checked_problem(C, c, F, f, x0)
    low, high = checked_bounds(problem, u_min, u_max)
    if reg:
        nx, width = problem.x0.shape[-1], problem.c.shape[-1]
        extra = torch.arange(width, device=x0.device) >= nx
        problem = problem._replace(C=problem.C + torch.diag(reg * extra.to(x0.dtype)))
    return LQRSolution(*LQRLayer.apply(*problem, low, high, tol, max_iterations)[:10])
