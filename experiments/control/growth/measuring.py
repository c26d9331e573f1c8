"""Time and memory of one solution and its derivatives."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from time import thread_time
from typing import Any

import torch
from torch import Tensor

from experiments.control.backways.memory import peak_bytes
from experiments.control.growth.sizes import Size
from experiments.control_rates import back, milliseconds, random_problem, solution
from experiments.peers.convex_layer import ALONE, convex_layer

BOUNDS = {"free": None, "bounded": 1.0}
"""Of all controls."""
RADIUS = (0.5, 1.0)
"""Of the systems' spectra: with bounds, what runs away cannot be held for long."""
TRIALS = 3


def ours(size: Size, seed: int) -> dict[str, Any]:
    """Milliseconds of both directions, the peak of both together, and the worst residual; without bounds and with."""
    inputs = _inputs(size, seed)
    found: dict[str, Any] = {**asdict(size), "seed": seed, "inputs_mib": sum(part.nbytes for part in inputs) / 2**20}
    for name, bound in BOUNDS.items():
        act = partial(_tau, inputs, bound)
        forward = milliseconds(act, trials=TRIALS)
        found[name] = {
            "forward_ms": forward,
            "backward_ms": milliseconds(back((act(),), inputs), trials=TRIALS),
            "peak_mib": peak_bytes(partial(_both, inputs, bound)) / 2**20,
            "residual": float(solution(inputs, bound).kkt_residual.max()),
        }
    return found


def theirs(size: Size, seed: int) -> dict[str, Any]:
    """Milliseconds of cvxpylayers, and how far its solutions and gradients are off."""
    inputs, sides = _inputs(size, seed), (size.batch, size.horizon, size.controls)
    found: dict[str, Any] = {**asdict(size), "seed": seed}
    for name, bound in BOUNDS.items():
        layer = convex_layer(
            size.horizon, states=size.states, controls=size.controls, is_bounded=bound is not None, arguments=ALONE
        )
        high = torch.full(sides, bound or 0.0, dtype=torch.float64)
        tau, forward = _once(partial(layer, *inputs, *(() if bound is None else (-high, high))))
        gradients, backward = _once(back((tau,), inputs))
        true = _tau(inputs, bound)
        found[name] = {
            "forward_ms": forward,
            "backward_ms": backward,
            "error": _off(tau, true),
            "gradient_error": max(map(_off, gradients, back((true,), inputs)())),
        }
    return found


def _once(act: Callable[[], Any]) -> tuple[Any, float]:
    """What comes out, and the milliseconds."""
    began = thread_time()
    found = act()
    return found, 1000.0 * (thread_time() - began)


def _off(one: Tensor, other: Tensor) -> float:
    return float((one - other).detach().norm() / other.detach().norm())


def _both(inputs: list[Tensor], bound: float | None) -> None:
    back((_tau(inputs, bound),), inputs)()


def _tau(inputs: list[Tensor], bound: float | None) -> Tensor:
    found = solution(inputs, bound)
    return torch.cat([found.x, found.u], -1)


def _inputs(size: Size, seed: int) -> list[Tensor]:
    found = random_problem(
        size.batch, size.horizon, states=size.states, controls=size.controls, radius=RADIUS, seed=seed
    )
    return [part.requires_grad_() for part in found]
