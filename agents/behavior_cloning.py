"""Behaviour cloning: classify what the expert did in the states the expert met (Pomerleau, 1989)."""

import time
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from gymnasium.vector import AutoresetMode
from tqdm import tqdm

from agents.agent import Agent
from agents.demonstrations import Aggregate
from agents.imitation import Fitting, ImitationAgent, ImitationConfig
from agents.labelling import Expert, check_expert
from agents.training_state import TrainingState
from envs.core.batched import vector_like
from envs.episodes import EpisodeStore

CHUNKS = 20
"""A training checkpoint is written so many times."""


class BehaviorCloning(ImitationAgent):
    """Learns from a recorded store, or from `labels` demonstrations that it asks the environment's oracle for."""

    name: ClassVar[str] = "behavior-cloning"
    Config: ClassVar[type] = ImitationConfig

    def learn(
        self,
        source: Any,
        *,
        expert: Agent | str = "oracle",
        checkpoint: str | Path | None = None,
        resume: bool = False,
        progress: bool = True,
    ) -> "BehaviorCloning":
        """Fit the policy.

        Args:
            source: An environment (demonstrations are collected on its training levels), or an `EpisodeStore`.
            expert: Who demonstrates: the oracle or any agent; of a store, its recorded actions count.
            checkpoint: Folder that training can be resumed from.
            resume: Continue from there if something is there.
            progress: Show a bar.
        """
        is_store = isinstance(source, EpisodeStore)
        demonstrations = read_store(source, self.config) if is_store else demonstrate(source, expert, self.config)
        fitting = Fitting(self.network, self.config)
        saved = TrainingState(checkpoint)
        self.history = []
        if resume and saved.exists():
            saved.restore(self, fitting)
        began = time.process_time() - (self.history[-1]["cpu_seconds"] if self.history else 0.0)
        bar = tqdm(total=self.config.updates, initial=fitting.updates, disable=not progress, desc="cloning", delay=2)
        while fitting.updates < self.config.updates:
            until = min(self.config.updates, fitting.updates + max(1, self.config.updates // CHUNKS))
            rng = np.random.default_rng((self.config.seed, fitting.updates))
            done = fitting.updates
            loss = fitting.run(demonstrations, until, rng)
            seconds = time.process_time() - began
            entry = {"updates": until, "queries": demonstrations.total, "loss": loss, "cpu_seconds": seconds}
            self.history.append(entry)
            saved.write(self, fitting)
            bar.update(until - done)
            bar.set_postfix(loss=f"{loss:.3f}")
        bar.close()
        return self


def demonstrate(env: Any, expert: Agent | str, config: ImitationConfig) -> Aggregate:
    """`config.labels` states on the expert's own way, with what it did there."""
    worlds = vector_like(env, config.num_envs, autoreset_mode=AutoresetMode.SAME_STEP)
    asked = Expert(worlds, check_expert(expert))
    aggregate = Aggregate(min(config.labels, config.max_labels))
    observation, _ = worlds.reset(seed=config.seed)
    begins = np.ones(config.num_envs, np.bool_)
    while aggregate.total < config.labels:
        room = config.labels - aggregate.total
        actions = asked.label(observation, begins, room)
        aggregate.add({key: array[:room] for key, array in observation.items()}, actions[:room])
        observation, _, terminated, truncated, _ = worlds.step(actions)
        begins = terminated | truncated
    worlds.close()
    return aggregate


def read_store(store: EpisodeStore, config: ImitationConfig) -> Aggregate:
    """Every recorded step: the observation before it and the action taken (the expert's, where it was recorded)."""
    actions = store.steps["expert_action" if "expert_action" in store.steps else "action"]
    aggregate = Aggregate(min(store.num_steps, config.max_labels))
    for first in range(0, store.num_steps, 4096):
        steps = np.arange(first, min(first + 4096, store.num_steps))
        rows = store.observation_row(steps)
        seen = {key: np.asarray(array[rows]) for key, array in store.observations.items()}
        aggregate.add(seen, np.asarray(actions[steps]).astype(np.int64))
    return aggregate
