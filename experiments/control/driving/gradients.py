"""Derivatives by the wheelbase through the plan, held against finite differences, one problem at a time."""

import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from experiments.control.driving.vehicle import HESSIANS, WHEELBASE, Tasks, drawn
from world_models.control import MPCSolution

RANGE = (1.6, 4.5)
"""Of the wheelbases at which derivatives are taken [m]."""
STEP = 1e-4
"""Of differences [m]."""


def against_differences(task: str, seed: int, batch: int) -> dict[str, Any]:
    """How far ratios of derivatives to differences are from 1, loss -> rule -> problem; milliseconds of a way back."""
    draws = torch.Generator().manual_seed(seed)
    tasks = drawn(task, batch, draws)
    with torch.no_grad():
        expert = tasks.plan(torch.full((1,), WHEELBASE, dtype=torch.float64))
    low, high = RANGE
    share = torch.rand(batch, generator=draws, dtype=torch.float64)
    wheelbase = low * (high / low) ** share
    losses = losses_beside(expert, draws)
    differences, known = _differences(tasks, wheelbase, losses, expert)
    off: dict[str, dict[str, list[float]]] = {name: {} for name in losses}
    milliseconds = {}
    for hessian in HESSIANS:
        at = wheelbase.clone().requires_grad_()
        found = tasks.plan(at, hessian=hessian)
        began = time.thread_time()
        for name, loss in losses.items():
            (gradient,) = torch.autograd.grad(loss(found).sum(), at, retain_graph=True)
            ratios = (gradient / differences[name])[known & found.solved]
            off[name][hessian] = [float(f"{one:.4g}") for one in (ratios - 1.0).tolist()]
        milliseconds[hessian] = 1000.0 * (time.thread_time() - began) / len(losses)
    return {"off": off, "milliseconds": milliseconds}


def losses_beside(expert: MPCSolution, draws: torch.Generator) -> dict[str, Callable[[MPCSolution], Tensor]]:
    """What is asked of a plan [batch]: to imitate the expert's controls or path, or anything at all."""
    weights = torch.randn(expert.x.shape, generator=draws, dtype=torch.float64)
    return {
        "controls": lambda plan: (plan.u - expert.u).square().sum((1, 2)),
        "path": lambda plan: path_loss(plan, expert),
        "random": lambda plan: (weights * plan.x).sum((1, 2)),
    }


def path_loss(plan: MPCSolution, expert: MPCSolution) -> Tensor:
    """Mean squared distance between the places [m^2], of each item."""
    return (plan.x - expert.x)[..., :2].square().sum(-1).mean(1)


def _differences(
    tasks: Tasks, wheelbase: Tensor, losses: dict[str, Callable[[MPCSolution], Tensor]], expert: MPCSolution
) -> tuple[dict[str, Tensor], Tensor]:
    """Central ones [batch] of each loss, and where all plans were solved."""
    with torch.no_grad():
        middle = tasks.plan(wheelbase)
        above, below = (tasks.plan(wheelbase + step, start=middle) for step in (STEP, -STEP))
    found = {name: (loss(above) - loss(below)) / (2.0 * STEP) for name, loss in losses.items()}
    return found, expert.solved & middle.solved & above.solved & below.solved
