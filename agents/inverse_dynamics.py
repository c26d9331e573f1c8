"""Inverse dynamics: which action leads from here to there in so many steps; the cheap rival of search.

Goals are where experience came to by itself, k steps later, so that any behaviour teaches (hindsight: Andrychowicz et
al., *Hindsight experience replay*, 2017; Ghosh et al., *Learning to reach goals via iterated supervised learning*,
2021). On grids the goal is shown in the view, on roads it is a place on the route, as far ahead as there is time for.
"""

import time
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from agents.agent import Lesson, Observation, State
from agents.config import check_at_least_one
from agents.descent import Descent
from agents.imitation import last_tenth
from agents.inverse.hindsight import GridHindsight, Hindsight, RoadHindsight
from agents.mpc.learning import experience_of, mix_of
from agents.mpc.outline import Outline
from agents.mpc.settings import Words
from agents.networks.policy import Policy, policy_for
from agents.progress import progress_bar
from agents.row_noise import count_rows, next_counts, row_uniforms
from agents.training_state import TrainingState
from agents.world_learner import WorldLearner
from envs.core.arguments import check_types

CHUNKS = 20
"""A training checkpoint is written so many times."""
MEASURED = 2048
"""Examples that inputs are normalised by."""


@dataclass(frozen=True, kw_only=True)
class InverseDynamicsConfig:
    """What is collected, and the fitting to it; the network follows from the spaces."""

    width: int | None = None
    """Features of each cell of the occupancy; None: 16 on grids, 32 on roads."""
    reach: int | None = None
    """Steps from which a goal may be taken, at most; None: 16 on grids, 6 on roads."""
    batch_size: int = 64
    learning_rate: float = 3e-3
    weight_decay: float = 1e-2
    warm_up: int = 50
    """Updates over which the learning rate rises."""
    gradient_clip: float = 1.0
    """Largest norm of the gradient."""
    experience: int = 40_000
    """Steps that are collected on training levels: random, of the expert, of the disturbed expert, and branches."""
    mix: Words = ()
    """Shares of these, such as random=0.5: see `agents.experience.Mix`."""
    num_envs: int = 32
    """Worlds that they are collected in."""
    updates: int = 3_000
    """Optimiser steps in all."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_types(self)
        names = ("width", "reach", "batch_size", "warm_up", "experience", "num_envs", "updates")
        check_at_least_one(self, *names)
        mix_of(self.mix)
        if self.learning_rate <= 0:
            raise ValueError(f"InverseDynamicsConfig.learning_rate: expected > 0, got {self.learning_rate}.")


class InverseDynamics(WorldLearner):
    """(what is seen, a goal, steps left) -> action, fitted to experience of any kind."""

    name: ClassVar[str] = "inverse-dynamics"
    asks_worlds: ClassVar[bool] = True
    Config: ClassVar[type] = InverseDynamicsConfig
    config: InverseDynamicsConfig
    network: Policy
    hindsight: Hindsight

    def build_for(self, outline: Outline) -> Policy:
        kind = RoadHindsight if outline.is_road else GridHindsight
        self.hindsight = kind.of(outline, self.config.reach)
        try:
            return policy_for(self.hindsight.space(self.observation_space), self.action_space, width=self.config.width)
        except ValueError as error:
            raise ValueError(f"Agent {self.name!r}: {error}") from error

    @torch.no_grad()
    def act(
        self, observation: Observation, state: State, episode_start: np.ndarray | None, deterministic: bool
    ) -> tuple[np.ndarray, State]:
        asked = self.hindsight.ask(observation)
        counts = count_rows(len(next(iter(asked.values()))), state, episode_start)
        if deterministic or self.network.draws == 0:
            return self.network.likely(asked), next_counts(counts)
        unit = row_uniforms(self.config.seed, counts, self.network.draws)
        return self.network.draw(asked, unit), next_counts(counts)

    @torch.no_grad()
    def explain(self, observation: Observation, state: State = None) -> dict[str, np.ndarray]:
        """What the network has to show: likelihoods and values on grids."""
        return self.network.explain(self.hindsight.ask(observation))

    def study(self, lesson: Lesson) -> None:
        config = self.config
        fitting, saved = Descent(self.network, config), TrainingState(lesson.checkpoint)
        saved.begin(self, fitting, resume=lesson.resume)
        if fitting.updates >= config.updates:
            return
        began = time.process_time() - (self.history[-1]["cpu_seconds"] if self.history else 0.0)
        experience = experience_of(lesson, config)
        if fitting.updates == 0:
            rng = np.random.default_rng((config.seed, config.updates))
            self.network.measure(*self.hindsight.examples(experience, MEASURED, rng))
        with progress_bar(config.updates, "inverting", initial=fitting.updates, shown=lesson.progress) as bar:
            while fitting.updates < config.updates:
                done = fitting.updates
                until = min(config.updates, done + max(1, config.updates // CHUNKS))
                loss = self._fit(fitting, experience, until)
                seconds = time.process_time() - began
                entry = {"updates": until, "queries": len(experience), "loss": loss, "cpu_seconds": seconds}
                self.history.append(entry)
                saved.write(self, fitting)
                bar.update(until - done)
                bar.set_postfix(loss=f"{loss:.3f}")

    def _fit(self, fitting: Descent, experience: Any, until: int) -> float:
        losses = []
        self.network.train()
        try:
            while fitting.updates < until:
                rng = np.random.default_rng((self.config.seed, fitting.updates))
                seen, actions = self.hindsight.examples(experience, self.config.batch_size, rng)
                losses.append(fitting.step(self.network.loss(seen, actions)))
        finally:  # whoever is interrupted may still be asked to play
            self.network.eval()
        return last_tenth(losses)
