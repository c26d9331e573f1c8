"""The caller's functions on all replicas, items and stages at once."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from world_models.control.nonlinear.options import StageFunction
from world_models.control.nonlinear.task import Problem, Task


def call(problem: Problem, function: StageFunction, tau: Tensor) -> Tensor:
    """Of tau [... batch time seen], with any axes in front, and no more stages than the problem has."""
    x, u, before = problem.task.parts(tau)
    time = tau.shape[-2]
    stages = {name: part[:, :time] for name, part in problem.stages.items()}
    own = {} if before is None else {"before": before}
    if problem.task.options.broadcasts:
        params = {name: part.unsqueeze(1) for name, part in problem.params.items()}
        return function(x, u, {**params, **stages, **own})
    return _mapped(function, x, u, own, problem.params, stages)


def fitted(name: str, found: Tensor, shape: Sequence[int]) -> Tensor:
    """What `name` returned, with this shape.

    Raises:
        ValueError: it does not broadcast to it.
    """
    try:
        return found if found.shape == shape else found.expand(shape)
    except RuntimeError:
        raise ValueError(
            f"Expected {name} to return {list(shape)} for these stages, got {list(found.shape)}."
        ) from None


def _mapped(function: StageFunction, x: Tensor, u: Tensor, own: dict[str, Tensor], *given: dict[str, Tensor]) -> Tensor:
    """One `torch.func.vmap` for every axis, in which parameters are mapped only where they differ."""
    shared = [{name: len(part) == 1 for name, part in group.items()} for group in given]
    params, stages = (
        {name: part[0] if same[name] else part for name, part in group.items()}
        for group, same in zip(given, shared, strict=True)
    )
    by_item = [{name: None if one else 0 for name, one in same.items()} for same in shared]

    def at_stage(x: Tensor, u: Tensor, own: Any, params: Any, stages: Any) -> Tensor:
        return function(x, u, {**params, **stages, **own})

    mapped = torch.vmap(at_stage, (0, 0, 0, None, 0))
    mapped = torch.vmap(mapped, (0, 0, 0, by_item[0], by_item[1]))
    for _ in range(x.ndim - 3):
        mapped = torch.vmap(mapped, (0, 0, 0, None, None))
    return mapped(x, u, own, params, stages)


def rows_returned(problem: Problem) -> Task:
    """The task with the number of rows of each constraint."""
    task = problem.task
    tau = torch.cat([problem.x0, problem.x0.new_zeros(len(problem.x0), task.nu)], -1)[:, None]
    with torch.no_grad():
        found = [call(problem, constraint.function, task.seen(tau)) for constraint in task.constraints]
    for name, part in zip(task.names, found, strict=True):
        if part.ndim != tau.ndim:
            raise ValueError(f"Expected {name} to return [batch time k] for [batch time ...], got {list(part.shape)}.")
    return replace(task, counts=tuple(part.shape[-1] for part in found))
