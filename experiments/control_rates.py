"""What it costs to plan by LQR, and to differentiate through the plan: CPU time on one thread."""

from collections.abc import Callable
from functools import partial
from statistics import median
from time import thread_time

import torch
from torch import Tensor

from experiments.rates import Once
from experiments.threads import single_threaded
from world_models.control import LQRSolution, lqr

BATCH, HORIZON, STATES, CONTROLS = 128, 20, 8, 4
"""The public benchmark problem (FreyJo/differentiable_nmpc)."""
RADIUS = (0.5, 1.5)
"""Of the systems' spectra."""
TRIALS = 7


def forward_milliseconds(*, bound: float | None = None) -> Once:
    """Milliseconds to the solution of the whole batch, with |u| <= bound."""
    return partial(_milliseconds, partial(_solution, _problem(), bound))


def backward_milliseconds(*, bound: float | None = None) -> Once:
    """Milliseconds from the derivatives by states and controls to those by C, c, F, f and x0."""
    inputs = [part.requires_grad_() for part in _problem()]
    solution = _solution(inputs, bound)
    draws = torch.Generator().manual_seed(1)
    by_x, by_u = (torch.randn(part.shape, generator=draws, dtype=part.dtype) for part in (solution.x, solution.u))
    differentiate = partial(torch.autograd.grad, (solution.x, solution.u), inputs, (by_x, by_u), retain_graph=True)
    return partial(_milliseconds, differentiate)


def worst_residual(*, bound: float | None = None) -> Once:
    """The largest violation of the conditions of optimality of any item."""
    return lambda: float(_solution(_problem(), bound).kkt_residual.max())


def _solution(inputs: list[Tensor], bound: float | None) -> LQRSolution:
    return lqr(*inputs, u_min=None if bound is None else -bound, u_max=bound)


def _problem() -> list[Tensor]:
    """C, c, F, f and x0: random costs and systems, other ones at every step."""
    draws, width = torch.Generator().manual_seed(0), STATES + CONTROLS

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=draws, dtype=torch.float64)

    root = normal(BATCH, HORIZON, width, width)
    costs = root @ root.mT / width + 0.1 * torch.eye(width, dtype=torch.float64)
    systems, inputs = normal(BATCH, HORIZON - 1, STATES, STATES), normal(BATCH, HORIZON - 1, STATES, CONTROLS)
    radius = RADIUS[0] + (RADIUS[1] - RADIUS[0]) * torch.rand(BATCH, 1, generator=draws, dtype=torch.float64)
    systems = systems * (radius / torch.linalg.eigvals(systems).abs().amax(-1))[..., None, None]
    moves = torch.cat([systems, inputs / STATES**0.5], -1)
    return [costs, normal(BATCH, HORIZON, width), moves, normal(BATCH, HORIZON - 1, STATES), normal(BATCH, STATES)]


def _milliseconds(act: Callable[[], object]) -> float:
    with single_threaded():
        spent = []
        for _ in range(TRIALS):
            began = thread_time()
            act()
            spent.append(thread_time() - began)
    return 1000.0 * median(spent)
