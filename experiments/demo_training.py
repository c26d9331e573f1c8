"""One training run of the demo, in a process of its own."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Job:
    """Who learns, from how many expert labels, in how many optimiser steps."""

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
    history: list[dict[str, Any]]


def train(job: Job, world: Mapping[str, Any]) -> Outcome:
    """Learn on one core, save the agent, and try it on validation levels."""
    import torch

    import agents
    from agents.dagger import validation_levels
    from agents.rollouts import mean_metric, play_levels
    from experiments.environments import make_env

    torch.set_num_threads(1)
    began = time.process_time()
    env = make_env("GridNav-v0", world)
    agent = agents.make(job.agent, env, labels=job.labels, updates=job.updates, seed=job.seed, **job.config)
    agent.learn(env, progress=False)
    spent = time.process_time() - began
    checkpoint = Path(job.out) / f"{job.agent}-{job.labels}.safetensors"
    agent.save(checkpoint)
    success = mean_metric(play_levels(agent, env, validation_levels(env, 500)), "success")
    return Outcome(job, checkpoint, spent, success, getattr(agent, "history", []))
