"""What may be asked of `mpc` besides the problem itself."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from world_models.control.ways import Direct, Truncated, Unrolled, Way

StageFunction = Callable[[Tensor, Tensor, dict[str, Tensor]], Tensor]
"""Of states [... x], controls [... u] and parameters by name."""
HESSIANS = ("exact", "gauss_newton", "linearised")


@dataclass(frozen=True)
class Softness:
    """What a violation e >= 0 costs: linear e + quadratic / 2 e^2.

    Where `linear` is above the multiplier that the hard constraint would have, the constraint is kept exactly.
    """

    linear: float
    quadratic: float = 0.0

    def __post_init__(self) -> None:
        if not 0.0 < self.linear < math.inf:
            raise ValueError(f"Expected a finite linear > 0, got {self.linear}.")
        if not 0.0 <= self.quadratic < math.inf:
            raise ValueError(f"Expected a finite quadratic >= 0, got {self.quadratic}.")


@dataclass(frozen=True)
class Constraint:
    """function(x, u, p) [k] >= 0 at every stage, the first included."""

    function: StageFunction
    soft: Softness | None = None
    """None: hard."""
    name: str = ""
    """Under which its multipliers are found; "constraint_0" and so on where there is none."""


@dataclass(frozen=True, kw_only=True)
class MPCOptions:
    """How the problem is solved, and how gradients come back."""

    tol: float = 1e-8
    """Largest residual of the conditions of optimality, unless rounding leaves more."""
    smoothing: float = 1e-9
    """Product mu of every slack and its multiplier at the solution: larger ones round off corners, and end sooner.

    Gradients are those of the rounded problem. Where a bound is hardly active, multiplier and slack both near
    sqrt(mu), they differ from those of the sharp one, at 1e-9 by about 1e-4 of their size; elsewhere by about mu."""
    first_smoothing: float = 0.1
    """That product in the beginning."""
    warm_smoothing: float = 1e-4
    """The same when a former solution is given as start."""
    max_iterations: int = 100
    broadcasts: bool = False
    """Functions work on states [... x] with parameters [batch 1 ...] and stages [batch time ...] themselves: faster."""
    remembers: bool = False
    """With `slew`: cost and constraints find the control before as p["before"]."""
    hessian_backward: Literal["exact", "gauss_newton", "linearised"] = "exact"
    """Of the way back. "gauss_newton": without the dynamics' curvature. "linearised": as if the dynamics' Jacobian did
    not depend on parameters either, which is the rule of Amos et al. (2018) for dynamics that are not linear."""
    way: Way = Direct()  # noqa: RUF009 - it is frozen
    """Back: see `world_models.control.ways`. Direct is by Riccati, the other implicit ones by products with the Hessian
    that is left for the controls; Unrolled and Truncated run the last iterations again, with their graph."""

    def __post_init__(self) -> None:
        for name in ("tol", "smoothing", "first_smoothing", "warm_smoothing"):
            if not 0.0 < getattr(self, name) < math.inf:
                raise ValueError(f"Expected a finite {name} > 0, got {getattr(self, name)}.")
        if self.max_iterations < 1:
            raise ValueError(f"Expected max_iterations of at least 1, got {self.max_iterations}.")
        if self.hessian_backward not in HESSIANS:
            raise ValueError(f"Expected hessian_backward in {list(HESSIANS)}, got {self.hessian_backward!r}.")
        if self.hessian_backward != "exact" and isinstance(self.way, Unrolled | Truncated):
            raise ValueError(f"Expected hessian_backward 'exact' with {self.way}, got {self.hessian_backward!r}.")
