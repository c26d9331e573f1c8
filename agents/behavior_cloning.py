"""Behaviour cloning: learn what the expert did in the states the expert met (Pomerleau, 1989)."""

import time
from typing import Any, ClassVar

import numpy as np
from gymnasium.vector import AutoresetMode

from agents.agent import Agent
from agents.demonstrations import Aggregate
from agents.imitation import Fitting, ImitationAgent, ImitationConfig, ImitationLesson
from agents.labelling import Expert
from agents.progress import progress_bar
from agents.training_state import TrainingState
from envs.core.batched import vector_like
from envs.episodes import EpisodeStore

CHUNKS = 20
"""A training checkpoint is written so many times."""


class BehaviorCloning(ImitationAgent):
    """Learns from a recorded store, or from `labels` demonstrations that it asks the environment's oracle for.

    Of a store its recorded actions count; an environment's demonstrations are collected on its training levels.
    """

    name: ClassVar[str] = "behavior-cloning"
    Config: ClassVar[type] = ImitationConfig

    def study(self, lesson: ImitationLesson) -> None:
        config, source = self.config, lesson.source
        is_store = isinstance(source, EpisodeStore)
        demonstrations = read_store(source, config) if is_store else demonstrate(source, lesson.expert, config)
        fitting, saved = self.new_fitting(), TrainingState(lesson.checkpoint)
        saved.begin(self, fitting, resume=lesson.resume)
        began = time.process_time() - (self.history[-1]["cpu_seconds"] if self.history else 0.0)
        with progress_bar(config.updates, "cloning", initial=fitting.updates, shown=lesson.progress) as bar:
            while fitting.updates < config.updates:
                done = fitting.updates
                until = min(config.updates, done + max(1, config.updates // CHUNKS))
                loss = fitting.run(demonstrations, until, np.random.default_rng((config.seed, done)))
                seconds = time.process_time() - began
                entry = {"updates": until, "queries": demonstrations.total, "loss": loss, "cpu_seconds": seconds}
                self.history.append(entry)
                saved.write(self, fitting)
                bar.update(until - done)
                bar.set_postfix(loss=f"{loss:.3f}")

    def new_fitting(self) -> Fitting:
        """What fits the network to labels."""
        return Fitting(self.network, self.config)


def demonstrate(env: Any, expert: Agent | None, config: ImitationConfig) -> Aggregate:
    """`config.labels` states on the expert's own way, with what it did there; None is the oracle of `env`."""
    worlds = vector_like(env, config.num_envs, autoreset_mode=AutoresetMode.SAME_STEP)
    asked = Expert(worlds, expert)
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
    kind = np.int64 if actions.dtype.kind in "iu" else np.float32
    aggregate = Aggregate(min(store.num_steps, config.max_labels))
    for first in range(0, store.num_steps, 4096):
        steps = np.arange(first, min(first + 4096, store.num_steps))
        rows = store.observation_row(steps)
        seen = {key: np.asarray(array[rows]) for key, array in store.observations.items()}
        aggregate.add(seen, np.asarray(actions[steps]).astype(kind))
    return aggregate
