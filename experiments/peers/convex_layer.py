"""LQR as a layer of cvxpylayers: the same problem in the words of convex optimisation."""

# ruff: noqa: N803 - matrices have the names that they have in the literature

from collections.abc import Callable
from importlib import import_module
from typing import Any

import torch
from torch import Tensor

ALONE = {"n_jobs_forward": 1, "n_jobs_backward": 1}
"""As it comes, on one thread."""
EXACT = {"eps": 1e-9, "max_iters": 20_000, "mode": "dense", **ALONE}
"""Its solver's tightest tolerance that is mostly met, and derivatives by elimination: as it comes, gradients are off by
a few thousandths in the median, and now and then by most of their size."""


def convex_layer(
    horizon: int, *, states: int, controls: int, is_bounded: bool, arguments: dict[str, Any] | None = None
) -> Callable[..., Tensor]:
    """A function of C, c, F, f, x0, and u_min and u_max if bounded, as `lqr`, to tau [batch time tau].

    C must be positive definite: there sums of squares take its Cholesky factor. `arguments` are the solver's.

    Raises:
        ModuleNotFoundError: cvxpylayers is not installed.
    """
    # By name: it belongs to the extra `dev`, and type checkers must not miss it where that is not installed.
    cp, layers = import_module("cvxpy"), import_module("cvxpylayers.torch")
    width = states + controls
    roots = [cp.Parameter((width, width)) for _ in range(horizon)]
    moves = [cp.Parameter((states, width)) for _ in range(horizon - 1)]
    linear, drive, start = cp.Parameter((horizon, width)), cp.Parameter((horizon - 1, states)), cp.Parameter(states)
    low, high = cp.Parameter((horizon, controls)), cp.Parameter((horizon, controls))
    tau = cp.Variable((horizon, width))
    cost = cp.sum(cp.multiply(linear, tau)) + sum(0.5 * cp.sum_squares(roots[t] @ tau[t]) for t in range(horizon))
    limits = [tau[0, :states] == start]
    limits += [tau[t + 1, :states] == moves[t] @ tau[t] + drive[t] for t in range(horizon - 1)]
    limits += [tau[:, states:] >= low, tau[:, states:] <= high] if is_bounded else []
    parameters = [*roots, linear, *moves, drive, start, *([low, high] if is_bounded else [])]
    layer = layers.CvxpyLayer(cp.Problem(cp.Minimize(cost), limits), parameters=parameters, variables=[tau])

    def solution(C: Tensor, c: Tensor, F: Tensor, f: Tensor, x0: Tensor, *bounds: Tensor) -> Tensor:
        root = torch.linalg.cholesky(C).mT
        given = (*root.unbind(1), c, *F.unbind(1), f, x0, *bounds)
        return layer(*given, solver_args=EXACT if arguments is None else arguments)[0]

    return solution
