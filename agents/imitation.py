"""What behaviour cloning and DAgger share: a policy network and the fitting of it to an expert's labels."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from agents.agent import Agent, Lesson, Observation, Own, State
from agents.config import check_at_least_one
from agents.demonstrations import Aggregate
from agents.descent import Descent
from agents.labelling import check_expert
from agents.learner import Learner
from agents.networks.policy import Policy, as_tensors, policy_for
from agents.row_noise import count_rows, next_counts, row_uniforms
from envs.core.arguments import check_types


@dataclass(frozen=True, kw_only=True)
class ImitationConfig:
    """The labels, and the fitting to them; the network follows from the spaces."""

    width: int | None = None
    """Features of each cell of the occupancy; None: 16 on grids, 32 on roads."""
    batch_size: int = 64
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    warm_up: int = 50
    """Updates over which the learning rate rises."""
    gradient_clip: float = 1.0
    """Largest norm of the gradient."""
    labels: int = 20_000
    """Expert queries in all."""
    updates: int = 2_500
    """Optimiser steps in all."""
    seed: int = 0
    num_envs: int = 64
    """Worlds that demonstrations are collected in."""
    max_labels: int = 200_000
    """Labels kept at most; the oldest give way."""

    def __post_init__(self) -> None:
        check_types(self)
        check_at_least_one(self, "width", "batch_size", "warm_up", "labels", "updates", "num_envs", "max_labels")
        if self.learning_rate <= 0:
            raise ValueError(f"{type(self).__name__}.learning_rate: expected > 0, got {self.learning_rate}.")


@dataclass(frozen=True, kw_only=True)
class ImitationLesson(Lesson):
    """A lesson with somebody to imitate."""

    expert: Agent | None
    """None: the environment's oracle."""


class Imitator(Learner):
    """A learner with somebody to imitate."""

    def learn(
        self: Own,
        source: Any,
        *,
        expert: Agent | str | None = "oracle",
        checkpoint: str | Path | None = None,
        resume: bool = False,
        progress: bool = True,
    ) -> Own:
        """As every agent's `learn`; `expert` is who demonstrates and labels: the oracle, or any agent.

        Raises:
            ValueError: another expert.
        """
        asked = check_expert(expert)
        self.study(
            ImitationLesson(source=source, checkpoint=checkpoint, resume=resume, progress=progress, expert=asked)
        )
        return self


class ImitationAgent(Imitator):
    """A policy fitted to an expert's actions: classification of discrete ones, regression of those in a box."""

    config: ImitationConfig
    network: Policy

    def build(self) -> Policy:
        try:
            return policy_for(self.observation_space, self.action_space, width=self.config.width)
        except ValueError as error:
            raise ValueError(f"Agent {self.name!r}: {error}") from error

    @torch.no_grad()
    def act(
        self, observation: Observation, state: State, episode_start: np.ndarray | None, deterministic: bool
    ) -> tuple[np.ndarray, State]:
        tensors, draws = as_tensors(observation), self.network.draws
        if deterministic or draws == 0:
            return self.network.likely(tensors), None
        counts = count_rows(len(next(iter(tensors.values()))), state, episode_start)
        return self.network.draw(tensors, row_uniforms(self.config.seed, counts, draws)), next_counts(counts)

    @torch.no_grad()
    def explain(self, observation: Observation, state: State = None) -> dict[str, np.ndarray]:
        """What the network has to show: likelihoods and values on grids, the plan where actions are trajectories."""
        return self.network.explain(as_tensors(observation))


class Fitting(Descent):
    """A policy's own loss, on batches drawn from an expert's labels."""

    network: Policy
    config: ImitationConfig

    def __init__(self, network: Policy, config: ImitationConfig) -> None:
        super().__init__(network, config)

    def run(self, aggregate: Aggregate, until: int, rng: np.random.Generator) -> float:
        """Update on batches drawn from `aggregate` until `until` updates are made; mean loss of the last tenth."""
        if self.updates < until:
            self._measure(aggregate)
        self.network.train()
        losses = []
        while self.updates < until:
            observation, actions = aggregate.take(rng.integers(len(aggregate), size=self.config.batch_size))
            losses.append(self.step(self.network.loss(as_tensors(observation), torch.from_numpy(actions))))
        self.network.eval()
        return last_tenth(losses)

    def _measure(self, aggregate: Aggregate) -> None:
        everyone, extras = np.arange(len(aggregate)), self.network.encoder.extras
        observation, actions = aggregate.take(everyone, keys=extras)
        self.network.measure(as_tensors(observation), torch.from_numpy(actions))


def last_tenth(losses: list[float]) -> float:
    """Mean of the last tenth; nan where there is none."""
    return float(np.mean(losses[-max(1, len(losses) // 10) :])) if losses else float("nan")
