"""Ways back through an optimum: how gradients come from what was found to what it was found for.

Implicit ways differentiate the conditions of optimality, H dz = -dg, and differ in how they solve with H; they keep
nothing of the way forward. The other two differentiate the iterations themselves.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Direct:
    """H is built and factorised: by Riccati where it has that shape, else by Cholesky."""


@dataclass(frozen=True)
class ConjugateGradient:
    """Products with H alone; H must be positive definite, as at a strict minimum it is."""

    tol: float | None = 1e-10
    """Largest |b - H w| / |b|; items that stay above it have NaN gradients. None: as far as `max_iterations` gets."""
    max_iterations: int | None = None
    """None: ten for each unknown, and at least 50."""

    def __post_init__(self) -> None:
        _check_effort(self.tol, self.max_iterations)


@dataclass(frozen=True)
class NormalEquations:
    """Conjugate gradient on H'H w = H'b: for any regular H, at twice the products and the square of its condition."""

    tol: float | None = 1e-10
    """Largest |b - H w| / |b|; items that stay above it have NaN gradients. None: as far as `max_iterations` gets."""
    max_iterations: int | None = None
    """None: ten for each unknown, and at least 50."""

    def __post_init__(self) -> None:
        _check_effort(self.tol, self.max_iterations)


@dataclass(frozen=True)
class Neumann:
    """The first terms of H^-1 b = step sum_k (1 - step H)^k b; what they leave falls as rho^terms."""

    terms: int = 20
    step: float | None = None
    """Between 0 and 2 / (largest eigenvalue of H). None: 1 / that, by power iteration."""

    def __post_init__(self) -> None:
        _check_count("terms", self.terms)
        if self.step is not None and not 0.0 < self.step < math.inf:
            raise ValueError(f"Expected step > 0 or None, got {self.step}.")


@dataclass(frozen=True)
class Unrolled:
    """Every iteration is kept and differentiated: memory grows with them."""


@dataclass(frozen=True)
class Truncated:
    """As unrolled, but for the last iterations alone."""

    last: int

    def __post_init__(self) -> None:
        _check_count("last", self.last)


Implicit = Direct | ConjugateGradient | NormalEquations | Neumann
Way = Implicit | Unrolled | Truncated


def _check_effort(tol: float | None, max_iterations: int | None) -> None:
    if tol is not None and not 0.0 < tol < 1.0:
        raise ValueError(f"Expected 0 < tol < 1 or None, got {tol}.")
    if max_iterations is not None:
        _check_count("max_iterations", max_iterations)
    elif tol is None:
        raise ValueError("Expected tol or max_iterations, got None for both.")


def _check_count(name: str, count: int) -> None:
    if count < 1:
        raise ValueError(f"Expected {name} >= 1, got {count}.")
