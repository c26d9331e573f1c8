"""Inequalities as rows: bounds and slew limits, one block of controls each, and then the constraints."""

import torch
from torch import Tensor

from world_models.control.nonlinear.task import Limits, Rows, Task

LINEAR = ("u_min", "u_max", "slew_up", "slew_down")


def blocks_of(limits: Limits) -> dict[str, Tensor]:
    """Of the linear rows, those there are: the sign of controls, or of their change, is that of `sign`."""
    parts = (limits.u_min, limits.u_max, limits.slew, limits.slew)
    return {name: part for name, part in zip(LINEAR, parts, strict=True) if part is not None}


def rows_of(task: Task, limits: Limits, x0: Tensor, horizon: int) -> Rows:
    """Without gradients. Bounds that meet or cross are no rows: what they do to controls is told elsewhere."""
    total, limits = sum(task.counts), Limits(*(None if part is None else part.detach() for part in limits))
    eye = torch.eye(task.width, dtype=x0.dtype, device=x0.device)
    own = eye[-task.nu :]
    change = own - eye[task.nx : task.nx + task.nu]
    matrices: dict[str, Tensor] = dict(zip(LINEAR, (own, -own, -change, change), strict=True))
    blocks = blocks_of(limits)
    offsets = [-part if name == "u_min" else part for name, part in blocks.items()]
    apart = torch.ones_like(x0[:, None, :1], dtype=torch.bool)
    if limits.u_min is not None and limits.u_max is not None:
        apart = limits.u_min < limits.u_max
    masks = [torch.isfinite(part) & (apart if name in LINEAR[:2] else True) for name, part in blocks.items()]
    offset = torch.cat([*offsets, x0.new_zeros(len(x0), horizon, 0)], -1)
    mask = torch.cat([*(mask.to(x0.dtype) for mask in masks), x0.new_ones(len(x0), horizon, total)], -1)
    soft, linear, quadratic = _prices(task, offset.shape[-1])
    return Rows(
        torch.cat([*(matrices[name] for name in blocks), eye[:0]]),
        offset.masked_fill(~torch.isfinite(offset), 1.0),
        mask,
        x0.new_tensor(soft),
        x0.new_tensor(linear),
        x0.new_tensor(quadratic),
    )


def _prices(task: Task, hard: int) -> tuple[list[float], list[float], list[float]]:
    """Whether each row is soft, and what a violation costs."""
    prices = [(0.0, 1.0, 0.0)] * hard
    for constraint, count in zip(task.constraints, task.counts, strict=True):
        soft = constraint.soft
        prices += [(0.0, 1.0, 0.0) if soft is None else (1.0, soft.linear, soft.quadratic)] * count
    columns = list(zip(*prices, strict=True)) or [(), (), ()]
    return list(columns[0]), list(columns[1]), list(columns[2])
