"""One training and all that play with it, in a process of its own."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from envs.core.atomic import write_atomically
from experiments.comparison.entrants import learns
from experiments.comparison.runs import NUM_ENVS, Run
from experiments.contenders import CHECKPOINT
from experiments.environments import make_env, split_levels
from experiments.threads import single_threaded

STATE, BEGUN = "checkpoint", "config.json"
SPENT = "spent.json"


@dataclass(frozen=True)
class Job:
    """Runs that share a training."""

    runs: tuple[Run, ...]

    @property
    def title(self) -> str:
        """For people."""
        first = self.runs[0]
        return f"{first.place.name}: {', '.join(run.entrant.label for run in self.runs)}, seed {first.seed}"

    @property
    def folder(self) -> Path:
        """Of the training."""
        return self.runs[0].trained

    def do(self) -> None:
        """Train and play."""
        do_job(self)


def jobs_of(runs: Sequence[Run]) -> list[Job]:
    """What is left to do, in the order of the runs."""
    found: dict[Path, list[Run]] = {}
    for run in runs:
        if not run.is_finished:
            found.setdefault(run.trained, []).append(run)
    return [Job(tuple(together)) for together in found.values()]


def do_job(job: Job) -> None:
    """Train, unless that is done already, and play; PyTorch on one thread."""
    import torch  # noqa: F401 - before its threads are counted

    with single_threaded():
        agent = trained(job.runs[0])
        for run in job.runs:
            play(with_sampler(agent, run), run)


def trained(run: Run) -> Any:
    """The agent of a run: loaded, or taught (from where it was interrupted, if it was)."""
    import agents

    env = make_env(run.place.env, run.place.arguments)
    if not learns(run.entrant.agent):
        return agents.make(run.entrant.agent, env, **run.config)
    is_begun = (run.trained / BEGUN).is_file() and run.agrees(run.trained / BEGUN)
    if is_begun and (run.trained / CHECKPOINT).is_file():
        return agents.load(run.trained / CHECKPOINT, env)
    agent = agents.make(run.entrant.agent, env, **run.config)
    with_sampler(agent, run)  # its mistakes come before all work
    write_json(run.trained / BEGUN, {"whole_config": run.whole_config})
    source = lessons(run, env)
    began = time.process_time()
    agent.learn(source, checkpoint=run.trained / STATE, resume=is_begun, progress=False)
    # A training that was resumed has its earlier time in its history alone.
    history = getattr(agent, "history", None) or [{}]
    spent = max(time.process_time() - began, history[-1].get("cpu_seconds", 0.0))
    size = {} if source is env else {"steps": source.num_steps, "episodes": source.num_episodes}
    write_json(run.trained / SPENT, {"cpu_seconds": spent, **size})
    agent.save(run.trained / CHECKPOINT)
    for file in (run.trained / STATE).glob("*"):
        file.unlink()
    return agent


def lessons(run: Run, env: Any) -> Any:
    """What a run learns from: its store, or `env` itself."""
    from envs.episodes import EpisodeStore

    return env if run.store is None else EpisodeStore.open(run.store, verify=False)


def with_sampler(agent: Any, run: Run) -> Any:
    """The same network with the sampler the run asks for.

    Raises:
        ValueError: an agent that has none.
    """
    if run.entrant.sampler is None:
        return agent
    if not hasattr(agent, "with_sampler"):
        raise ValueError(f"{run.entrant.label}: {agent.name!r} samples nothing, so it takes no sampler.")
    return agent.with_sampler(run.entrant.sampler, **run.entrant.sampler_config)


def play(agent: Any, run: Run) -> None:
    """Play all held-out levels and write what they came to."""
    from agents.rollouts import play_levels

    env = make_env(run.place.env, run.place.arguments)
    levels = split_levels(env, "test", run.place.levels)
    began = time.process_time()
    played = play_levels(agent, env, levels, num_envs=NUM_ENVS, deterministic=not run.place.drawn)
    metrics = {name: [_number(episode.metrics[name]) for episode in played] for name in played[0].metrics}
    metrics["return"] = [_number(episode.reward_sum) for episode in played]
    network = getattr(agent, "network", None)
    facts = {
        "asked": run.asked,
        "whole_config": run.whole_config,
        "seed": run.seed,
        "evaluations": getattr(agent, "evaluations", None),
        "parameters": None if network is None else sum(weights.numel() for weights in network.parameters()),
        "training": json.loads((run.trained / SPENT).read_text()) if (run.trained / SPENT).is_file() else None,
        "playing_cpu_seconds": time.process_time() - began,
        "levels": levels,
        "metrics": metrics,
    }
    if run.played.is_file():  # what is stale was timed as it was
        run.timed.unlink(missing_ok=True)
    write_json(run.played, facts)


def write_json(path: Path, content: Any) -> None:
    """Write JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (json.dumps(content, default=str, allow_nan=False) + "\n").encode())


def _number(value: float) -> float | None:
    return None if value != value else round(value, 6)
