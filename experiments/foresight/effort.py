"""What time buys: the same planners with more candidates and more iterations, on the same held-out levels."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

import agents
import world_models
from agents.rollouts import play_levels
from experiments.comparison.entrants import learns
from experiments.comparison.runs import NUM_ENVS, runs_of
from experiments.comparison.study import Place, Study
from experiments.comparison.timings import time_alone
from experiments.contenders import CHECKPOINT
from experiments.environments import make_env, split_levels
from experiments.progress import progress_bar
from experiments.statistics import summarise

EFFORTS = ((4, 1), (16, 1), (32, 2), (128, 4), (512, 8))
"""(candidates, iterations) of a search."""
LONGEST = 600.0
"""Median decisions that take longer are not played [ms]."""
PLANS = ("latent-mpc", "oracle-mpc")


def efforts(
    study: Study, place: Place, out: Path, *, levels: int, labels: tuple[str, ...] = ()
) -> dict[str, list[dict[str, Any]]]:
    """``label -> what each effort comes to``, for everybody who plans and is trained, or only for those `labels`."""
    env = make_env(place.env, place.arguments)
    played = split_levels(env, "test", levels)
    players = [(label, agent) for label, agent in planning(study, place, out, env) if not labels or label in labels]
    found: dict[str, list[dict[str, Any]]] = {label: [] for label, _ in players}
    with progress_bar(len(players) * len(EFFORTS), f"efforts, {place.name}", unit="searches") as bar:
        for label, agent in players:
            for candidates, iterations in EFFORTS:
                searcher = with_effort(agent, env, candidates, iterations)
                times = time_alone(searcher, env)
                if times["cpu_p50"] <= LONGEST:
                    found[label].append(_effort(searcher, env, played, times))
                bar.update()
    return found


def planning(study: Study, place: Place, out: Path, env: Any) -> Iterator[tuple[str, Any]]:
    """(label, agent) of everybody who plans by a model, with the study's first seed."""
    for run in runs_of(study, out):
        if run.place is not place or run.entrant.agent not in PLANS or run.seed != study.seeds[0]:
            continue
        if (run.trained / CHECKPOINT).is_file():
            yield run.entrant.label, agents.load(run.trained / CHECKPOINT, env)
        elif not learns(run.entrant.agent) or not world_models.model_class(run.config["model"]).learns:
            yield run.entrant.label, agents.make(run.entrant.agent, env, **run.config)


def with_effort(agent: Any, env: Any, candidates: int, iterations: int) -> Any:
    """The same agent, searching so hard."""
    config = {**asdict(agent.config), "candidates": candidates, "iterations": iterations}
    harder: Any = agents.make(agent.name, env, **config)
    return harder.with_model(agent.network) if hasattr(agent, "network") else harder


def _effort(agent: Any, env: Any, levels: list[int], times: dict[str, float]) -> dict[str, Any]:
    played = play_levels(agent, env, levels, num_envs=NUM_ENVS)
    means = {name: summarise(name, np.array([e.metrics[name] for e in played])) for name in ("success", "score")}
    return {
        "candidates": agent.config.candidates,
        "iterations": agent.config.iterations,
        "levels": len(levels),
        "milliseconds": {name: round(times[name], 3) for name in ("p50", "p95", "cpu_p50")},
        **{name: {key: round(float(value), 6) for key, value in m._asdict().items()} for name, m in means.items()},
    }
