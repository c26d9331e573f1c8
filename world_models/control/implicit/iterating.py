"""The way forward: the same iterates whether their graph is kept or not."""

from collections import deque
from typing import NamedTuple

import torch
from torch import Tensor

from world_models.control.implicit.rows import Rows
from world_models.control.implicit.stride import Solver, Stride
from world_models.control.ways import Truncated, Unrolled, Way


class Path(NamedTuple):
    """Where the iterations led."""

    z: Tensor  # [batch n]
    counts: Tensor  # [batch]: iterations that the row needed
    bent: Tensor  # [batch]: the Hessian was not positive definite in the last


def iterated(solver: Solver, rows: Rows, z0: Tensor, way: Way) -> Path:
    """From z0; z has the graph that the way asks for, and none under the implicit ones."""
    if isinstance(way, Unrolled) and torch.is_grad_enabled():
        return _descend(solver, rows, rows.clip(z0), keep=True)
    last = way.last if isinstance(way, Truncated) and torch.is_grad_enabled() else 0
    trail: deque[Tensor] = deque(maxlen=last)
    with torch.no_grad():
        path = _descend(solver, rows, rows.clip(z0), keep=False, trail=trail)
    if not trail:
        return path
    z = rows.clip(trail[0])  # what starts at a bound moves with it
    for _ in trail:
        z = _stride(solver, rows, z, keep=True).z
    return path._replace(z=z)


def _descend(solver: Solver, rows: Rows, z: Tensor, *, keep: bool, trail: deque[Tensor] | None = None) -> Path:
    """Until every row is done, or the iterations are; `trail` takes where each began."""
    counts = torch.zeros(len(z), dtype=torch.long, device=z.device)
    bent = counts > 0
    for _ in range(solver.iterations):
        if trail is not None:
            trail.append(z)
        z, going, bent = _stride(solver, rows, z, keep=keep)
        counts = counts + going
        if not bool(going.any()):
            break
    return Path(z, counts, bent)


def _stride(solver: Solver, rows: Rows, z: Tensor, *, keep: bool) -> Stride:
    with torch.enable_grad():
        start = z if z.requires_grad else z.detach().requires_grad_()
        stride = solver.advance(rows, start, keep=keep)
    return stride if keep else stride._replace(z=stride.z.detach())
