"""What of a linear-quadratic expert can be recovered from its plans, by imitation through `lqr`?

Somebody plans optimally in a system x' = F [x; u] at the cost 1/2 tau' C tau + c' tau, C diagonal. The learner sees
plans and starts from a wrong idea of F, of C and c, or of both; it plans by its own idea and reduces the difference.
"""

import time
from typing import Any, NamedTuple

import torch

from experiments.control.recovery.few import with_few
from experiments.control.recovery.learning import Learned, Shown, learn, learn_from_several
from experiments.control.recovery.picture import draw_recovery as draw
from experiments.control.recovery.seeing import SEEN, telling
from experiments.control.recovery.system import STATES, System, blank, drawn, normal, rough
from experiments.control.recovery.tables import recovery_table as table
from experiments.progress import progress_bar

__all__ = ["draw", "run", "table"]

DEMONSTRATIONS, HELD_OUT = 32, 256
"""Starts of the expert's plans."""
POINTS = 60
"""Of a learning curve."""


class Case(NamedTuple):
    """What the learner does not know, what it sees, and where it starts."""

    unknown: str
    seen: str
    start: str
    """`blank`, `rough`: dynamics that are somewhat wrong, or `best of 10`: the best of blank ones after a short fit."""


CASES = (
    Case("cost", "controls", "blank"),
    Case("dynamics", "controls", "rough"),
    Case("dynamics", "states and controls", "rough"),
    Case("both", "controls", "rough"),
    Case("both", "states and controls", "rough"),
    Case("both", "states and controls", "blank"),
    Case("both", "states and controls", "best of 10"),
    Case("cost", "first controls", "blank"),
    Case("both", "first controls", "rough"),
)


def run(seeds: tuple[int, ...], *, quick: bool = False) -> dict[str, Any]:
    """Every case from demonstrations without noise; then both unknown, from few noisy demonstrations."""
    evaluations = 60 if quick else 1500
    cases = CASES[:2] if quick else CASES
    found = {"demonstrations": DEMONSTRATIONS, "held_out": HELD_OUT, "evaluations": evaluations, "cases": []}
    with progress_bar(len(cases) * len(seeds), "recovering", unit="fits") as bar:
        for case in cases:
            runs = []
            for seed in seeds:
                bar.set_postfix(unknown=case.unknown, seen=case.seen, seed=seed)
                runs.append({"seed": seed, **recovered(case, seed, evaluations)})
                bar.update()
            found["cases"].append({**case._asdict(), "runs": runs})
    return {**found, "few": with_few(seeds, quick=quick)}


def recovered(case: Case, seed: int, evaluations: int) -> dict[str, Any]:
    """One fit, and how near it comes."""
    draws = torch.Generator().manual_seed(seed)
    truth = drawn(draws)
    starts, others = (normal(draws, count, STATES) for count in (DEMONSTRATIONS, HELD_OUT))
    shown = Shown(starts, case.seen, SEEN[case.seen](truth.plan(starts)))
    began = time.process_time()
    learned = _learned(case, truth, shown, draws, evaluations)
    seconds = time.process_time() - began
    held_out = Shown(others, case.seen, SEEN[case.seen](truth.plan(others)))
    with torch.no_grad():
        error = float(held_out.loss(learned.best) / len(held_out.values)) ** 0.5
    return {
        **telling(truth, case.unknown, case.seen)._asdict(),
        "imitation_error": (min(learned.losses) / len(shown.values)) ** 0.5,
        "held_out_error": error,
        **errors(learned.best, truth),
        "evaluations": len(learned.losses),
        "cpu_seconds": seconds,
        "curve": curve(learned, truth, len(shown.values)),
    }


def errors(system: System, truth: System) -> dict[str, float]:
    """Distances over the size of the true ones: of F, and of C and c once their scales agree."""
    return {
        "dynamics_error": float((system.F - truth.F).norm() / truth.F.norm()),
        "cost_error": float((system.cost - truth.cost).norm() / truth.cost.norm()),
    }


def curve(learned: Learned, truth: System, kinds: int) -> dict[str, list[float]]:
    """Errors of the best so far, at evaluations that are spread as on a logarithmic axis."""
    best, points = 0, []
    shown = {round(len(learned.losses) ** (k / (POINTS - 1))) - 1 for k in range(POINTS)}
    for k, loss in enumerate(learned.losses):
        best = k if loss < learned.losses[best] else best
        if k in shown:
            error = (learned.losses[best] / kinds) ** 0.5
            points.append({"evaluation": k + 1, "imitation_error": error, **errors(learned.systems[best], truth)})
    return {name: [point[name] for point in points] for name in points[0]}


def _learned(case: Case, truth: System, shown: Shown, draws: torch.Generator, evaluations: int) -> Learned:
    if case.start == "best of 10":
        starts = [blank(draws) for _ in range(10)]
        return learn_from_several(starts, shown, unknown=case.unknown, tries=100, evaluations=evaluations)
    wrong = rough(truth, draws) if case.start == "rough" else blank(draws)
    known = {"cost": ("F",), "dynamics": ("log_C", "c"), "both": ()}[case.unknown]
    start = wrong._replace(**{name: getattr(truth, name) for name in known})
    return learn(start, shown, unknown=case.unknown, evaluations=evaluations)
