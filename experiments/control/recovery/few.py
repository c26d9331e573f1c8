"""Few and noisy demonstrations: what it helps to know that they are plans."""

from typing import Any

import torch
from torch import Tensor

from experiments.control.recovery.learning import Shown, learn
from experiments.control.recovery.system import HORIZON, STATES, System, drawn, normal, rough
from experiments.progress import progress_bar

COUNTS = (1, 2, 4, 8, 16, 32, 64)
NOISE = 0.1
"""Of the demonstrated controls: its size over theirs."""
EVALUATIONS = 300
HELD_OUT = 256


def with_few(seeds: tuple[int, ...], *, quick: bool = False) -> dict[str, Any]:
    """Errors on held-out starts [seed count] of fits to noisy controls, by what is fitted."""
    counts = COUNTS[:2] if quick else COUNTS
    found: dict[str, list[list[float]]] = {
        "fitted: both, rough start": [],
        "fitted: cost": [],
        "least squares: affine policy": [],
    }
    with progress_bar(len(seeds), "few demonstrations", unit="seeds") as bar:
        for seed in seeds:
            errors = [one_count(seed, count, 30 if quick else EVALUATIONS) for count in counts]
            for name in found:
                found[name].append([error[name] for error in errors])
            bar.update()
    return {"counts": list(counts), "noise": NOISE, "errors": found}


def one_count(seed: int, count: int, evaluations: int) -> dict[str, float]:
    """Errors of everybody from the same so many demonstrations; fewer are the first of more."""
    draws = torch.Generator().manual_seed(10_000 + seed)
    truth = drawn(draws)
    others, starts = normal(draws, HELD_OUT, STATES), normal(draws, COUNTS[-1], STATES)[:count]
    start = rough(truth, draws)
    noise = normal(draws, COUNTS[-1], *truth.plan(others).u.shape[1:])[:count]
    with torch.no_grad():
        expected, clean = truth.plan(others).u, truth.plan(starts).u
    noisy = clean + NOISE * clean.square().mean().sqrt() * noise
    shown = Shown(starts, "controls", [noisy])
    both = learn(start, shown, unknown="both", evaluations=evaluations).best
    cost = learn(start._replace(F=truth.F), shown, unknown="cost", evaluations=evaluations).best
    plans = {
        "fitted: both, rough start": _planned(both, others),
        "fitted: cost": _planned(cost, others),
        "least squares: affine policy": affine(starts, noisy, others),
    }
    return {name: float((u - expected).norm() / expected.norm()) for name, u in plans.items()}


def affine(starts: Tensor, controls: Tensor, others: Tensor) -> Tensor:
    """Controls [batch time u] from other starts, if every one is an affine function of the start by least squares."""
    inputs, asked = (torch.cat([x, torch.ones_like(x[:, :1])], 1) for x in (starts, others))
    weights = torch.linalg.pinv(inputs) @ controls.flatten(1)
    return (asked @ weights).unflatten(1, (HORIZON, -1))


def _planned(system: System, starts: Tensor) -> Tensor:
    with torch.no_grad():
        return system.plan(starts).u
