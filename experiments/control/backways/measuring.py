"""What a way back costs, and how far its gradients are off."""

import warnings
from statistics import median
from time import thread_time

import torch
from torch import Tensor

from experiments.control.backways.problems import Subject
from world_models.control.ways import Direct, Way

TRIALS, LONG = 3, 0.2
"""Of a timing, and seconds after which once is enough."""
STEP = 1e-6
"""Of finite differences."""


def gradients(subject: Subject, way: Way) -> list[Tensor]:
    """Of the loss by all inputs."""
    loss = subject.loss(subject.solve(subject.inputs, way))
    return list(torch.autograd.grad(loss, list(subject.inputs.values())))


def measured(subject: Subject, way: Way, exact: list[Tensor]) -> dict[str, float | None]:
    """Error against exact gradients, and CPU milliseconds of both directions."""
    inputs, spent, found = list(subject.inputs.values()), [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of ways that do not arrive: that is what is shown
        began = thread_time()
        loss = subject.loss(subject.solve(subject.inputs, way))
        forward = thread_time() - began
        for _ in range(TRIALS):
            began = thread_time()
            found = list(torch.autograd.grad(loss, inputs, retain_graph=True))
            spent.append(thread_time() - began)
            if spent[0] > LONG:
                break
    return {"error": error(found, exact), "forward_ms": 1000.0 * forward, "backward_ms": 1000.0 * median(spent)}


def error(found: list[Tensor], exact: list[Tensor]) -> float | None:
    """The largest over inputs of |found - exact| / |exact|; None where there is none."""
    off = [float((one - other).norm() / other.norm()) for one, other in zip(found, exact, strict=True)]
    return max(off) if all(value == value for value in off) else None


def difference_error(subject: Subject) -> float:
    """Of exact gradients, against central differences along a random direction of each input."""
    exact, draws, off = gradients(subject, Direct()), torch.Generator().manual_seed(3), []
    for (name, part), gradient in zip(subject.inputs.items(), exact, strict=True):
        direction = torch.randn(part.shape, generator=draws, dtype=part.dtype)
        sides = []
        for sign in (1.0, -1.0):
            moved = {**subject.inputs, name: part + sign * STEP * direction}
            with torch.no_grad():
                sides.append(float(subject.loss(subject.solve(moved, Direct()))))
        slope = (sides[0] - sides[1]) / (2.0 * STEP)
        off.append(abs(slope - float((gradient * direction).sum())) / abs(slope))
    return max(off)
