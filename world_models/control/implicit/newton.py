"""Newton's method for many small problems at once, within bounds.

The scaled gradient projection of Bertsekas ("Projected Newton methods for optimization problems with simple
constraints", 1982): variables that their gradient pushes against a bound that is near go along the gradient, the
others by Newton's step among themselves; the way is then bent along the bounds and halved until the objective falls
enough. Rows that are done go on with whole steps, which polish them; so the last steps are those of the optimum, and
what they say of its derivative is true.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from world_models.control.implicit.direct import built
from world_models.control.implicit.rows import Rows, curvature
from world_models.control.implicit.stride import Stride

NEAR = 1e-3
"""How near a bound is near, at most."""
ENOUGH, HALVINGS = 1e-4, 30
"""Share of the promised fall that is asked for (Armijo), and how often a step is halved for it."""
FIRST_SHIFT, SHIFTS = 1e-4, 12
"""What is added to the diagonal of an indefinite Hessian, as a share of its largest entry, then ten times it."""


@dataclass(frozen=True)
class Newton:
    """Builds the Hessian of each row: for up to a hundred unknowns or so."""

    iterations: int = 50
    tol: float = 1e-9
    """Largest |z - clip(z - gradient)|; rows that stay above it count as unconverged."""

    def __post_init__(self) -> None:
        if self.iterations < 1:
            raise ValueError(f"Expected iterations >= 1, got {self.iterations}.")
        if not self.tol > 0.0:
            raise ValueError(f"Expected tol > 0, got {self.tol}.")

    def advance(self, rows: Rows, z: Tensor, *, keep: bool) -> Stride:
        """One step."""
        gradient = rows.gradient(z, keep=True)
        with torch.no_grad():
            wrong = rows.residual(z, gradient)
            going = ~(wrong <= self.tol)
            near = wrong.clamp(max=NEAR)[:, None]
            held = ((z <= rows.low + near) & (gradient > 0.0)) | ((z >= rows.high - near) & (gradient < 0.0))
            held = held | (rows.low == rows.high)
        step, bent = _direction(rows, z, gradient, held, keep=keep)
        length = _length(rows, z.detach(), gradient.detach(), step.detach(), held) if bool(going.any()) else 1.0
        length = torch.where(going, length, torch.ones_like(wrong))
        return Stride(rows.clip(z + length[:, None] * step), going, bent)


def _direction(rows: Rows, z: Tensor, gradient: Tensor, held: Tensor, *, keep: bool) -> tuple[Tensor, Tensor]:
    """Newton's step where free, the gradient's where not; and where the Hessian had to be shifted [batch]."""
    size = z.shape[1]
    eye = torch.eye(size, dtype=z.dtype, device=z.device)
    free = (~held).to(z.dtype)
    hessian = built(lambda v: curvature(gradient, z, v, keep=keep), z)
    among = torch.where(held[:, :, None] | held[:, None, :], eye, hessian)
    lower, bent = _rooted(among)
    return -torch.where(held, gradient, torch.cholesky_solve((free * gradient)[..., None], lower)[..., 0]), bent


def _rooted(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Cholesky factor, of what is shifted until there is one."""
    lower, broken = torch.linalg.cholesky_ex(matrix)
    bent = broken > 0
    if not bool(bent.any()):
        return lower, bent
    eye = torch.eye(matrix.shape[-1], dtype=matrix.dtype, device=matrix.device)
    shift = FIRST_SHIFT * matrix.detach().abs().amax((1, 2)).clamp(min=1e-8) * bent
    for _ in range(SHIFTS):
        lower, broken = torch.linalg.cholesky_ex(matrix + shift[:, None, None] * eye)
        if not bool((broken > 0).any()):
            break
        shift = torch.where(broken > 0, 10.0 * shift, shift)
    return lower, bent


@torch.no_grad()
def _length(rows: Rows, z: Tensor, gradient: Tensor, step: Tensor, held: Tensor) -> Tensor:
    """The first of 1, 1/2, 1/4 ... at which the objective falls enough [batch]."""
    now = rows.value(z)
    rounding = 10.0 * torch.finfo(z.dtype).eps * now.abs().clamp(min=1.0)
    promised = (gradient * step).where(~held, 0.0)
    length = torch.ones_like(now)
    for _ in range(HALVINGS):
        there = rows.clip(z + length[:, None] * step)
        fall = length * promised.sum(1) + (gradient * (there - z)).where(held, 0.0).sum(1)
        short = ~(rows.value(there) <= now + ENOUGH * fall + rounding)
        if not bool(short.any()):
            break
        length = torch.where(short, 0.5 * length, length)
    return length
