"""The wheelbase by imitation of paths, by plain gradient descent."""

from typing import Any

import torch
from torch import Tensor

from experiments.control.driving.gradients import path_loss
from experiments.control.driving.vehicle import OTHER_WEIGHTS, WEIGHTS, WHEELBASE, Hessian, Tasks, drawn
from world_models.control import MPCSolution

FIRST = (1.9, 4.2)
"""Where to start [m]: odd seeds start too long."""
EXPERTS = {"the same": WEIGHTS, "others": OTHER_WEIGHTS}
"""Weights that the expert has; the learner always plans by `WEIGHTS`."""
FRACTION = 0.5
"""Of the step that would end at the truth at once if the loss were quadratic."""


def learned(task: str, expert: str, hessian: Hessian, seed: int, *, batch: int, steps: int) -> dict[str, Any]:
    """Wheelbases [m] and root mean squared distances [m] of all steps."""
    shown, own = (
        drawn(task, batch, torch.Generator().manual_seed(seed), weights) for weights in (EXPERTS[expert], WEIGHTS)
    )
    with torch.no_grad():
        paths = shown.plan(_one(WHEELBASE))
    rate = FRACTION / _curvature(own)
    value, plan = torch.tensor(FIRST[seed % 2], dtype=torch.float64).log(), None
    wheelbases, distances = [], []
    for _ in range(steps):
        value.requires_grad_()
        loss, plan = _loss(own, value, paths, hessian, plan)
        (slope,) = torch.autograd.grad(loss, value)
        wheelbases.append(value.exp().item())
        distances.append(loss.item() ** 0.5)
        value = value.detach() - rate * slope
    return {"seed": seed, "wheelbases": wheelbases, "distances": distances}


def _curvature(own: Tasks) -> float:
    """Second derivative of the loss by the logarithm of the wheelbase at the truth, for an expert like the learner."""
    with torch.no_grad():
        paths = own.plan(_one(WHEELBASE))
        step = 0.05
        around = [_loss(own, _one(WHEELBASE).log()[0] + sign * step, paths, "exact", paths)[0] for sign in (-1, 1)]
    return float(sum(around)) / step**2


def _loss(
    own: Tasks, value: Tensor, paths: MPCSolution, hessian: Hessian, start: MPCSolution | None
) -> tuple[Tensor, MPCSolution]:
    plan = own.plan(value.exp()[None], hessian=hessian, start=start)
    known = plan.solved & paths.solved
    return path_loss(plan, paths)[known].mean(), plan


def _one(wheelbase: float) -> Tensor:
    return torch.full((1,), wheelbase, dtype=torch.float64)
