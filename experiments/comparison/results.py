"""What the finished runs of a study say together: plain JSON, from which tables and figures are made."""

import json
from collections.abc import Sequence
from itertools import groupby
from math import isnan, log2
from pathlib import Path
from typing import Any

import numpy as np

from experiments.bench import hardware
from experiments.comparison.crossed import INTERVALS, Table, crossed, crossed_difference
from experiments.comparison.runs import Run, runs_of, short
from experiments.comparison.study import Place, Study
from experiments.statistics import Interval

KEPT = ("success", "score", "mode", "at_fault_collision")
"""Metrics of which the results hold every episode; the files under ``played`` hold all."""
Results = dict[str, Any]
_VALUES = {"0": 0.0, "1": 1.0, "-": None}


def results_of(study: Study, out: Path) -> Results:
    """All finished runs; agents of which none is finished are left out."""
    runs = [run for run in runs_of(study, out) if run.is_finished]
    return {
        "study": study.name,
        "title": study.title,
        "axis": study.axis,
        "metric": study.metric,
        "seeds": list(study.seeds),
        "intervals": INTERVALS,
        "hardware": hardware(),
        "places": [_place(study, place, [run for run in runs if run.place is place]) for place in study.places],
    }


def _place(study: Study, place: Place, runs: list[Run]) -> Results:
    order = [entrant.label for entrant in study.entrants_of(place)]
    runs = sorted(runs, key=lambda run: order.index(run.entrant.label))
    agents = {label: _agent(list(found)) for label, found in groupby(runs, key=lambda run: run.entrant.label)}
    return {
        "name": place.name,
        "env": short(place.env),
        "arguments": dict(place.arguments),
        "position": place.position,
        "demonstrations": _demonstrations(place, runs),
        "drawn": place.drawn,
        "levels": _levels(_read(runs[0].played)["levels"]) if runs else None,
        "agents": against_first(agents),
    }


def against_first(agents: dict[str, Results]) -> dict[str, Results]:
    """Each agent with how much more it succeeds and scores than the first one does on the same levels."""
    tables = {label: {name: _episodes(found, name) for name in ("success", "score")} for label, found in agents.items()}
    first = next(iter(tables.values()), {})
    return {
        label: {
            **found,
            "against_first": {name: _json(crossed_difference(tables[label][name], first[name])) for name in first},
        }
        for label, found in agents.items()
    }


def _levels(levels: list[int]) -> Results:
    """The first ones of the test split, told by their ends."""
    return {"split": "test", "count": len(levels), "first": levels[0], "last": levels[-1]}


def _demonstrations(place: Place, runs: Sequence[Run]) -> Results:
    taught = (_read(run.played)["training"] for run in runs if run.store is not None)
    trainings = [found for found in taught if found]
    return {name: trainings[0][name] if trainings else None for name in ("episodes", "steps")}


def _agent(runs: list[Run]) -> Results:
    """One agent with all its seeds."""
    played = [_read(run.played) for run in runs]
    tables = {name: _table([found["metrics"][name] for found in played]) for name in played[0]["metrics"]}
    trainings = [found["training"] for found in played]
    run = runs[0]
    return {
        "agent": run.entrant.agent,
        "config": {name: value for name, value in run.config.items() if name != "seed"},
        "whole_config": {name: value for name, value in run.whole_config.items() if name != "seed"},
        "sampler": run.entrant.sampler,
        "sampler_config": dict(run.entrant.sampler_config),
        "seeds": [run.seed for run in runs] if "seed" in run.config else None,
        "summary": {
            name: {**_json(crossed(name, table)), "seeds": [_number(_mean(row)) for row in table]}
            for name, table in tables.items()
        },
        "ways": _ways(tables) if "mode" in tables else None,
        "evaluations": played[0]["evaluations"],
        "parameters": played[0]["parameters"],
        "training_cpu_seconds": [found["cpu_seconds"] for found in trainings] if all(trainings) else None,
        "timings": _read(run.timed) if run.timed.is_file() else None,
        "episodes": {name: [_compact(row) for row in tables[name]] for name in KEPT if name in tables},
    }


def _ways(tables: dict[str, Table]) -> Results:
    """How the two ways of a world share the successes: `least` near 0 means that one of them was lost."""
    mode = np.where(tables["success"] == 1.0, tables["mode"], np.nan)
    second = crossed("mode", mode)
    shares = [1.0 - second.mean, second.mean]
    by_seed = [_mean(row) for row in mode]
    successes = int((tables["success"] == 1.0).sum())
    return {
        "shares": [_number(share) for share in shares],
        "second": _json(second),
        "least": _number(min(shares)),
        "least_by_seed": [_number(min(share, 1.0 - share)) for share in by_seed],
        "entropy": _number(sum(share * log2(1.0 / share) if share != 0.0 else 0.0 for share in shares)),
        "neither": _number(1.0 - int((~np.isnan(mode)).sum()) / successes if successes else np.nan),
    }


def _table(rows: list[list[float | None]]) -> Table:
    return np.array(rows, np.float64)


def _mean(row: np.ndarray) -> float:
    present = row[~np.isnan(row)]
    return float(present.mean()) if len(present) else np.nan


def _compact(row: np.ndarray) -> str | list[float | None]:
    """A row of 0, 1 and nan as ``"01-"``; others as numbers of four digits."""
    if set(row[~np.isnan(row)].tolist()) <= {0.0, 1.0}:
        return "".join("-" if isnan(value) else str(int(value)) for value in row)
    return [None if isnan(value) else round(float(value), 4) for value in row]


def _episodes(agent: Results, name: str) -> Table:
    """A metric of every episode, as it was before it was made compact."""
    return _table([[_VALUES.get(value, value) for value in row] for row in agent["episodes"][name]])


def _json(found: Interval) -> Results:
    return {name: _number(value) for name, value in found._asdict().items()}


def _number(value: float) -> float | None:
    return None if isnan(value) else round(value, 6)


def _read(path: Path) -> Results:
    return json.loads(path.read_text(encoding="utf-8"))
