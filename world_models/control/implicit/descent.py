"""Steps against the gradient, then back within the bounds."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from world_models.control.implicit.rows import Rows
from world_models.control.implicit.stride import Stride


@dataclass(frozen=True)
class Descent:
    """z <- clip(z - step * gradient), `iterations` times."""

    step: float
    """Below 2 / (largest eigenvalue of the Hessian), or it runs away."""
    iterations: int
    tol: float | None = 1e-6
    """Largest |z - clip(z - gradient)|; rows that stay above it count as unconverged. None: nothing is demanded."""

    def __post_init__(self) -> None:
        if not 0.0 < self.step < math.inf:
            raise ValueError(f"Expected step > 0, got {self.step}.")
        if self.iterations < 1:
            raise ValueError(f"Expected iterations >= 1, got {self.iterations}.")

    def advance(self, rows: Rows, z: Tensor, *, keep: bool) -> Stride:
        """One step."""
        gradient = rows.gradient(z, keep=keep)
        open_still = torch.ones(len(z), dtype=torch.bool, device=z.device)  # all take as many steps as were asked for
        return Stride(rows.clip(z - self.step * gradient), open_still, ~open_still)
