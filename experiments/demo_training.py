"""One training run of the demo, in a process of its own."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Job:
    """Who learns where, from how many expert labels, in how many optimiser steps."""

    env: str
    world: Mapping[str, Any]
    agent: str
    labels: int
    updates: int
    seed: int
    out: str
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """The trained agent's file, and what became of it."""

    job: Job
    checkpoint: Path
    cpu_seconds: float
    success: float
    """On the validation levels that DAgger chooses its policy by."""
    score: float
    """On the same."""
    history: list[dict[str, Any]]


def train(job: Job, trials: int) -> Outcome:
    """Learn on one core, save the agent, and try it on so many validation levels."""
    import torch

    import agents
    from agents.dagger import validation_levels
    from agents.rollouts import mean_metric, play_levels
    from experiments.environments import make_env

    torch.set_num_threads(1)
    began = time.process_time()
    env = make_env(job.env, job.world)
    agent = agents.make(job.agent, env, labels=job.labels, updates=job.updates, seed=job.seed, **job.config)
    agent.learn(env, progress=False)
    spent = time.process_time() - began
    checkpoint = Path(job.out) / f"{job.env}-{job.agent}-{job.labels}.safetensors"
    agent.save(checkpoint)
    tried = play_levels(agent, env, validation_levels(env, trials))
    success, score = mean_metric(tried, "success"), mean_metric(tried, "score")
    return Outcome(job, checkpoint, spent, success, score, getattr(agent, "history", []))
