"""What a study of world models has come to: who was trained, how they did in closed loop, where the score was lost."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

import agents
import world_models
from agents.experience import Counterfactuals
from experiments.comparison.crossed import Table, crossed_difference
from experiments.comparison.results import results_of
from experiments.comparison.runs import Run, runs_of
from experiments.comparison.study import Place, Study
from experiments.contenders import CHECKPOINT
from experiments.environments import make_env
from experiments.foresight.measuring import Means, foresight
from world_models.model import WorldModel

EXACT, BEST = "oracle model", "oracle"
"""Labels of the planner that has the simulator for a model, and of the expert."""
FLOOR = "constant-velocity"
"""The model that others have to beat; on grids nothing moves but the agent."""
FLOOR_LABEL = FLOOR.replace("-", " ")
EXACT_GAP = "planner"
"""Among gaps, that of planning in the simulator."""
CLOSED = ("success", "score", "at_fault_collision", "progress", "comfort")
Results = dict[str, Any]


def models_of(study: Study, place: Place, out: Path) -> Iterator[tuple[str, WorldModel]]:
    """(label, model): the floor, and everybody who was trained with the study's first seed."""
    env = make_env(place.env, place.arguments)
    yield FLOOR_LABEL, world_models.make(FLOOR, env)
    for run in runs_of(study, out):
        if run.place is not place or run.entrant.agent != "latent-mpc" or run.seed != study.seeds[0]:
            continue
        if run.config.get("model") != FLOOR and (run.trained / CHECKPOINT).is_file():
            agent: Any = agents.load(run.trained / CHECKPOINT, env)
            yield run.entrant.label, agent.network


def foreseen(study: Study, place: Place, out: Path, situations: Counterfactuals) -> dict[str, Means]:
    """What every model foresees of the same situations."""
    return {label: foresight(model, situations) for label, model in models_of(study, place, out)}


def closed_loop(study: Study, out: Path) -> dict[str, dict[str, Results]]:
    """``place -> label -> means``, with milliseconds and training minutes."""
    found = results_of(study, out)
    return {
        place["name"]: {label: _closed(agent, place["levels"]["count"]) for label, agent in place["agents"].items()}
        for place in found["places"]
    }


def _closed(agent: Results, levels: int) -> Results:
    spent = agent["training_cpu_seconds"]
    return {
        **{name: agent["summary"][name] for name in CLOSED if name in agent["summary"]},
        "levels": levels,
        "seeds": agent["seeds"],
        "milliseconds": agent["timings"] and {name: agent["timings"][name] for name in ("p50", "p95")},
        "training_minutes": spent and round(float(np.mean(spent)) / 60.0, 2),
    }


def gaps(study: Study, place: Place, out: Path) -> dict[str, Results]:
    """``planner``: score of the expert less that of planning in the simulator; of every other, what this has more.

    Paired by level; positive is lost.
    """
    scores = {label: _scores(runs) for label, runs in _by_label(study, place, out).items()}
    if EXACT not in scores:
        return {}
    found = {} if BEST not in scores else {EXACT_GAP: _json(crossed_difference(scores[BEST], scores[EXACT]))}
    others = [label for label in scores if label not in (EXACT, BEST)]
    return found | {label: _json(crossed_difference(scores[EXACT], scores[label])) for label in others}


def _by_label(study: Study, place: Place, out: Path) -> dict[str, list[Run]]:
    """What is finished."""
    found: dict[str, list[Run]] = {}
    for run in runs_of(study, out):
        if run.place is place and run.is_finished:
            found.setdefault(run.entrant.label, []).append(run)
    return found


def _scores(runs: list[Run]) -> Table:
    played = [json.loads(run.played.read_text(encoding="utf-8")) for run in runs]
    return np.array([found["metrics"]["score"] for found in played], np.float64)


def _json(found: Any) -> Results:
    return {name: round(float(value), 6) for name, value in found._asdict().items()}
