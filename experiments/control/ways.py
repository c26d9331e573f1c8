"""What do ways back through an optimum cost, and how far are their gradients off?

One forward pass, several ways back: the factorised system, conjugate gradient with products alone, the same on the
normal equations, the Neumann series, and the iterations themselves, all of them or the last few.
"""

from typing import Any

from experiments.control.backways.measuring import difference_error, gradients, measured
from experiments.control.backways.memory import peak_bytes
from experiments.control.backways.picture import draw_ways as draw
from experiments.control.backways.problems import DESCENTS, HORIZON, PLANS, Subject, bicycles, quartics, slowest
from experiments.control.backways.sweeps import Trial, trials
from experiments.control.backways.tables import ways_table as table
from experiments.progress import progress_bar
from world_models.control.ways import ConjugateGradient, Direct, Truncated, Unrolled

__all__ = ["draw", "run", "table"]

MEMORY_WAYS = {
    "direct": Direct(),
    "conjugate gradient": ConjugateGradient(),
    "truncated": Truncated(20),
    "unrolled": Unrolled(),
}
"""Whose memory is looked at while iterations forward grow."""


def run(seeds: tuple[int, ...], *, quick: bool = False) -> dict[str, Any]:
    """Errors and times of every way on both problems, and memory, which is the same for every seed."""
    iterations = 60 if quick else DESCENTS
    found: dict[str, Any] = {"iterations": iterations, "problems": {}}
    size = (2, 5) if quick else (PLANS, HORIZON)
    for make in (lambda seed: quartics(seed, iterations), lambda seed: bicycles(seed, *size)):
        subjects = [make(seed) for seed in seeds]
        found["problems"][subjects[0].name] = _swept(subjects, quick=quick)
    lengths = [length for length in (25, 50, 100, 200, 400) if length <= iterations]
    found["memory"] = {"iterations": lengths, "peak_kib": _memory(seeds[0], lengths)}
    found["rho"] = [slowest(seed) for seed in seeds]
    return found


def _swept(subjects: list[Subject], *, quick: bool) -> dict[str, Any]:
    """All ways on some problems of a kind."""
    tried = trials(subjects[0].name, quick=quick)
    exact = [gradients(subject, Direct()) for subject in subjects]
    rows = []
    with progress_bar(len(tried), f"ways back through {subjects[0].name}", unit="ways") as bar:
        for trial in tried:
            bar.set_postfix(family=trial.family, effort=trial.effort)
            runs = [measured(subject, trial.way, own) for subject, own in zip(subjects, exact, strict=True)]
            rows.append({"family": trial.family, "effort": trial.effort, "peak_kib": _peak(subjects[0], trial, tried)})
            rows[-1] |= {name: [run[name] for run in runs] for name in runs[0]}
            bar.update()
    return {"difference_error": [difference_error(subject) for subject in subjects], "rows": rows}


def _peak(subject: Subject, trial: Trial, tried: list[Trial]) -> float | None:
    """KiB of both directions; of implicit families, for the least and the greatest effort."""
    efforts = [other.effort for other in tried if other.family == trial.family and other.effort is not None]
    if trial.family != "truncated" and trial.effort is not None and trial.effort not in (min(efforts), max(efforts)):
        return None
    return peak_bytes(lambda: gradients(subject, trial.way)) / 1024.0


def _memory(seed: int, lengths: list[int]) -> dict[str, list[float]]:
    subjects = [quartics(seed, length) for length in lengths]
    return {
        name: [peak_bytes(lambda s=subject, w=way: gradients(s, w)) / 1024.0 for subject in subjects]
        for name, way in MEMORY_WAYS.items()
    }
