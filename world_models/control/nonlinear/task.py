"""A batch of problems: functions of a stage, parameters, and rows of inequalities."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from world_models.control.nonlinear.options import Constraint, MPCOptions, StageFunction


@dataclass(frozen=True)
class Task:
    """What all items and all iterates have in common."""

    cost: StageFunction
    dynamics: StageFunction
    constraints: tuple[Constraint, ...]
    counts: tuple[int, ...]
    """Rows of each constraint."""
    options: MPCOptions
    nx: int
    """Of the caller's states."""
    nu: int
    slewed: bool
    """States of the solver are [x; control before]."""

    @property
    def names(self) -> list[str]:
        """Of constraints."""
        return [constraint.name or f"constraint_{k}" for k, constraint in enumerate(self.constraints)]

    @property
    def width(self) -> int:
        """Of the solver's tau."""
        return self.nx + self.nu * (2 if self.slewed else 1)

    @property
    def remembers(self) -> bool:
        """Functions see all of tau."""
        return self.slewed and self.options.remembers

    def parts(self, tau: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        """States, controls, and the controls before where functions see them."""
        before = tau[..., self.nx : -self.nu] if self.remembers else None
        return tau[..., : self.nx], tau[..., -self.nu :], before

    def seen(self, tau: Tensor) -> Tensor:
        """What functions see of tau."""
        if self.slewed and not self.remembers:
            return torch.cat([tau[..., : self.nx], tau[..., -self.nu :]], -1)
        return tau

    def whole(self, seen: Tensor) -> Tensor:
        """Derivatives by tau from those by what functions see of it, along the last axis."""
        if self.slewed and not self.remembers:
            nothing = seen.new_zeros(*seen.shape[:-1], self.nu)
            return torch.cat([seen[..., : self.nx], nothing, seen[..., self.nx :]], -1)
        return seen


class Limits(NamedTuple):
    """Of controls and of their changes, both ways [batch time u], and the control before the first [batch u]."""

    u_min: Tensor | None
    u_max: Tensor | None
    slew: Tensor | None
    before: Tensor | None


class Rows(NamedTuple):
    """Inequalities h >= 0: bounds and slew limits, which are linear in tau, and then the constraints."""

    matrix: Tensor  # [linear tau], of the linear ones
    offset: Tensor  # [batch time linear]: h = matrix tau + offset
    mask: Tensor  # [batch time row]: zero where there is none
    soft: Tensor  # [row]: one for soft ones
    linear: Tensor  # [row]: price of a violation
    quadratic: Tensor  # [row]

    def items(self, chosen: Tensor) -> "Rows":
        """Of some items."""
        return self._replace(offset=self.offset[chosen], mask=self.mask[chosen])


class Problem(NamedTuple):
    """All with a batch axis, of length 1 where a parameter is shared."""

    task: Task
    params: dict[str, Tensor]  # [batch ...]
    stages: dict[str, Tensor]  # [batch time ...]
    x0: Tensor  # [batch x], with the control before where that is a state
    rows: Rows
    free: Tensor | None  # [batch time u]: zero for controls whose bounds meet

    def items(self, chosen: Tensor) -> "Problem":
        """Some items."""
        return self._replace(
            params={name: part if len(part) == 1 else part[chosen] for name, part in self.params.items()},
            stages={name: part if len(part) == 1 else part[chosen] for name, part in self.stages.items()},
            x0=self.x0[chosen],
            rows=self.rows.items(chosen),
            free=None if self.free is None else self.free[chosen],
        )
