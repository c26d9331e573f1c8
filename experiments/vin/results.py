"""What the finished runs say together: plain JSON, from which tables and the figure are made."""

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np

from experiments.bench import hardware
from experiments.comparison.crossed import INTERVALS, crossed
from experiments.vin.joining import records_of
from experiments.vin.runs import KINDS, Plan, Run, runs_of

Results = dict[str, Any]
SHARED = ("error", "nll", "tie_aware_error", "difference")
"""Numbers that every run has one of for each sort of tasks: means over seeds are shown."""


def results_of(plan: Plan) -> Results:
    """All finished runs, in the order of kinds and shares."""
    done = [run for run in runs_of(plan) if run.is_finished]
    order = {kind: place for place, kind in enumerate(KINDS)}
    done.sort(key=lambda run: (order[run.kind], run.share, run.seed))
    groups = [list(group) for _, group in groupby(done, key=lambda run: (run.kind, run.share))]
    return {
        "study": "value iteration networks",
        "seeds": list(plan.seeds),
        "levels": plan.levels,
        "intervals": INTERVALS,
        "hardware": hardware(),
        "rows": [_row(group) for group in groups],
        "zero_shot": [place for group in groups if group[0].is_zero_shot for place in _places(group)],
        "runs": records_of(done),
    }


def _row(runs: Sequence[Run]) -> Results:
    first = runs[0]
    trainings = [_read(run.training) for run in runs]
    judged = [_read(run.judged)["tasks"] for run in runs]
    return {
        **_who(first),
        "share": first.share,
        "seeds": [run.seed for run in runs],
        **{name: trainings[0][name] for name in ("config", "maps", "labels", "batches", "updates", "parameters")},
        "training_cpu_seconds": [round(found["cpu_seconds"], 1) for found in trainings],
        "tasks": {name: _judged([found[name] for found in judged]) for name in judged[0]},
    }


def _judged(found: Sequence[Results]) -> Results:
    """One sort of tasks, all seeds."""
    rows = {
        **{name: found[0][name] for name in ("states", "tasks")},
        **{name: _over_seeds([one[name] for one in found]) for name in SHARED},
        "success": _over_seeds([one["success"]["mean"] for one in found]),
        "optimal": _over_seeds([one["optimal"]["mean"] for one in found]),
    }
    if "failed" in found[0]:
        success, extra = _tables(found)
        rows["success"] |= {"interval": list(crossed("success", success)[1:])}
        rows["difference"] |= {"interval": _numbers(crossed("difference", extra)[1:])}
    else:
        rows["success"] |= {"interval": _mean_interval([one["success"] for one in found])}
    return rows


def _tables(found: Sequence[Results]) -> tuple[np.ndarray, np.ndarray]:
    """Success, and moves more than the expert's where there is success, both [seed task]."""
    success, extra = (np.full((len(found), found[0]["tasks"]), value) for value in (1.0, 0.0))
    for seed, one in enumerate(found):
        extra[seed, [int(task) for task in one["differing"]]] = list(one["differing"].values())
        success[seed, one["failed"]] = 0.0
        extra[seed, one["failed"]] = np.nan
    return success, extra


def _places(runs: Sequence[Run]) -> list[Results]:
    """Every place at every depth: a row each."""
    by_seed = [_read(run.zero_shot)["places"] for run in runs]
    rows = []
    for places in zip(*by_seed, strict=True):
        shared = {name: places[0][name] for name in ("name", "maps", "tasks", "longest")}
        for depth in places[0]["depths"]:
            found = [place["depths"][depth] for place in places]
            rows.append(
                {
                    **_who(runs[0]),
                    **shared,
                    "depth": depth,
                    "iterations": found[0]["iterations"],
                    "seeds": [run.seed for run in runs],
                    "ms": _middle([one["ms"] for one in found]),
                    "exact_ms": _middle([place["exact_ms"] for place in places]),
                    **_shares(found),
                    "by_length": [_bin(bins) for bins in zip(*(one["by_length"] for one in found), strict=True)],
                }
            )
    return rows


def _bin(found: Sequence[Results]) -> Results:
    return {**{name: found[0][name] for name in ("low", "high", "tasks")}, **_shares(found)}


def _shares(found: Sequence[Results]) -> Results:
    """Success and optimality: means over seeds, their intervals over tasks likewise."""
    return {
        name: {
            **_over_seeds([one[name]["mean"] for one in found]),
            "interval": _mean_interval([one[name] for one in found]),
        }
        for name in ("success", "optimal")
    }


def _mean_interval(found: Sequence[Results]) -> list[float]:
    return _numbers([np.mean([one[end] for one in found]) for end in ("low", "high")])


def _over_seeds(values: Sequence[float | None]) -> Results:
    present = [value for value in values if value is not None]
    return {"mean": _number(np.mean(present)) if present else None, "seeds": values}


def _who(run: Run) -> Results:
    return {"kind": run.kind, "label": KINDS[run.kind].label}


def _middle(values: Sequence[float]) -> float:
    return _number(np.median(values))


def _numbers(values: Any) -> list[float]:
    return [_number(value) for value in values]


def _number(value: Any) -> float:
    return round(float(value), 6)


def _read(path: Any) -> Results:
    return json.loads(path.read_text(encoding="utf-8"))
