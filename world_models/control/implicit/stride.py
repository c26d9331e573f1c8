"""One iteration of a solver."""

from typing import NamedTuple, Protocol, runtime_checkable

from torch import Tensor

from world_models.control.implicit.rows import Rows


class Stride(NamedTuple):
    """What an iteration came to."""

    z: Tensor  # [batch n]
    going: Tensor  # [batch]: the row was not optimal before it
    bent: Tensor  # [batch]: the Hessian was not positive definite


@runtime_checkable
class Solver(Protocol):
    """Iterations that can be run with their graph or without."""

    @property
    def iterations(self) -> int:
        """The most there are."""
        ...

    @property
    def tol(self) -> float | None:
        """When a row counts as solved."""
        ...

    def advance(self, rows: Rows, z: Tensor, *, keep: bool) -> Stride:
        """One iteration from z, which requires gradients; `keep`: with its graph."""
        ...
