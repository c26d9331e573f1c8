"""What it costs to plan by LQR, and to differentiate through the plan: CPU time on one thread."""

from collections.abc import Callable
from functools import partial
from statistics import median
from time import thread_time

import torch
from torch import Tensor

from experiments.peers.convex_layer import ALONE, convex_layer
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
    return partial(milliseconds, partial(solution, random_problem(), bound))


def backward_milliseconds(*, bound: float | None = None) -> Once:
    """Milliseconds from the derivatives by states and controls to those by C, c, F, f and x0."""
    inputs = [part.requires_grad_() for part in random_problem()]
    found = solution(inputs, bound)
    return partial(milliseconds, back((found.x, found.u), inputs))


def worst_residual(*, bound: float | None = None) -> Once:
    """The largest violation of the conditions of optimality of any item."""
    return lambda: float(solution(random_problem(), bound).kkt_residual.max())


def convex_milliseconds(*, bound: float | None = None, backward: bool = False) -> Once:
    """The same by cvxpylayers as it comes, with its own tolerances; once, for that takes seconds."""
    inputs = [part.requires_grad_() for part in random_problem()]
    layer = convex_layer(HORIZON, states=STATES, controls=CONTROLS, is_bounded=bound is not None, arguments=ALONE)
    high = torch.full((BATCH, HORIZON, CONTROLS), bound or 0.0, dtype=torch.float64)
    act = partial(layer, *inputs, *(() if bound is None else (-high, high)))
    return partial(milliseconds, back((act(),), inputs) if backward else act, trials=1)


def solution(inputs: list[Tensor], bound: float | None) -> LQRSolution:
    """With |u| <= bound."""
    return lqr(*inputs, u_min=None if bound is None else -bound, u_max=bound)


def back(results: tuple[Tensor, ...], inputs: list[Tensor]) -> Callable[[], tuple[Tensor, ...]]:
    """From random derivatives by the results to those by the inputs."""
    draws = torch.Generator().manual_seed(1)
    given = tuple(torch.randn(part.shape, generator=draws, dtype=part.dtype) for part in results)
    return partial(torch.autograd.grad, results, inputs, given, retain_graph=True)


def random_problem(
    batch: int = BATCH,
    horizon: int = HORIZON,
    *,
    states: int = STATES,
    controls: int = CONTROLS,
    radius: tuple[float, float] = RADIUS,
    seed: int = 0,
) -> list[Tensor]:
    """C, c, F, f and x0: random costs and systems, other ones at every step."""
    draws, width = torch.Generator().manual_seed(seed), states + controls

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=draws, dtype=torch.float64)

    root = normal(batch, horizon, width, width)
    costs = root @ root.mT / width + 0.1 * torch.eye(width, dtype=torch.float64)
    systems, inputs = normal(batch, horizon - 1, states, states), normal(batch, horizon - 1, states, controls)
    wanted = radius[0] + (radius[1] - radius[0]) * torch.rand(batch, 1, generator=draws, dtype=torch.float64)
    systems = systems * (wanted / torch.linalg.eigvals(systems).abs().amax(-1))[..., None, None]
    moves = torch.cat([systems, inputs / states**0.5], -1)
    return [costs, normal(batch, horizon, width), moves, normal(batch, horizon - 1, states), normal(batch, states)]


def milliseconds(act: Callable[[], object], *, trials: int = TRIALS) -> float:
    """Median over trials."""
    with single_threaded():
        spent = []
        for _ in range(trials):
            began = thread_time()
            act()
            spent.append(thread_time() - began)
    return 1000.0 * median(spent)
