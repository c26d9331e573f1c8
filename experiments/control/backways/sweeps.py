"""Which ways are tried, and how hard."""

from typing import NamedTuple

from experiments.control.backways.problems import step_of
from world_models.control.ways import ConjugateGradient, Direct, Neumann, NormalEquations, Truncated, Unrolled, Way


class Trial(NamedTuple):
    """One way."""

    family: str
    effort: int | None
    """Iterations, terms, or last iterations that are differentiated; None: as many as it takes, or all."""
    way: Way


EFFORTS: dict[str, dict[str, tuple[int, ...]]] = {
    "argmin": {
        "conjugate gradient": (1, 2, 3, 4, 6, 8, 10, 12, 14),
        "normal equations": (1, 2, 4, 6, 8, 12, 16, 24),
        "Neumann series": (1, 2, 4, 8, 16, 32, 64, 128, 256),
        "truncated": (1, 2, 4, 8, 16, 32, 64, 128, 256),
    },
    "mpc": {
        "conjugate gradient": (1, 2, 4, 8, 16, 32, 64, 128),
        "normal equations": (1, 4, 16, 64, 256, 1024),
        "Neumann series": (4, 16, 64, 256, 1024, 4096),
        "truncated": (1, 2, 3, 4, 6, 8),
    },
}
FEW = 3
"""Efforts of each family, when it has to be quick."""


def trials(problem: str, *, quick: bool) -> list[Trial]:
    """Of a problem, exact ones first."""
    step = step_of() if problem == "argmin" else None
    found = [
        Trial("direct", None, Direct()),
        Trial("conjugate gradient", None, ConjugateGradient()),
        Trial("normal equations", None, NormalEquations(max_iterations=20000)),
        Trial("unrolled", None, Unrolled()),
    ]
    for family, efforts in EFFORTS[problem].items():
        for effort in efforts[:FEW] if quick else efforts:
            found.append(Trial(family, effort, _way(family, effort, step)))
    return found


def _way(family: str, effort: int, step: float | None) -> Way:
    match family:
        case "conjugate gradient":
            return ConjugateGradient(None, effort)
        case "normal equations":
            return NormalEquations(None, effort)
        case "Neumann series":
            return Neumann(effort, step)
        case "truncated":
            return Truncated(effort)
    raise ValueError(f"Unknown family {family!r}.")
