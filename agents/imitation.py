"""What behaviour cloning and DAgger share: a categorical policy network and the fitting of it to labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, pi
from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from torch import nn
from torch.nn import functional

from agents.agent import Agent, Observation, State
from agents.checkpoint import Checkpoint
from agents.demonstrations import Aggregate
from agents.networks.policy import CategoricalPolicy, as_tensors
from agents.row_noise import count_rows, next_counts, row_uniforms
from agents.training_state import Progress
from envs.core.arguments import check_types


@dataclass(frozen=True, kw_only=True)
class ImitationConfig:
    """The network and its optimiser."""

    width: int = 16
    """Features of each cell."""
    maps: int = 2
    """Value maps that spread over the grid."""
    iterations: int | None = None
    """Cells that values spread at most; None: until they settle."""
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
        for name in ("width", "maps", "batch_size", "warm_up", "labels", "updates", "num_envs", "max_labels"):
            if getattr(self, name) < 1:
                raise ValueError(f"{type(self).__name__}.{name}: expected >= 1, got {getattr(self, name)}.")
        if self.iterations is not None and self.iterations < 1:
            raise ValueError(f"{type(self).__name__}.iterations: expected None or >= 1, got {self.iterations}.")
        if self.learning_rate <= 0:
            raise ValueError(f"{type(self).__name__}.learning_rate: expected > 0, got {self.learning_rate}.")


class ImitationAgent(Agent):
    """A categorical policy over discrete actions, fitted to an expert's choices."""

    config: ImitationConfig

    def __init__(self, observation_space: spaces.Dict, action_space: spaces.Space, config: ImitationConfig) -> None:
        if not isinstance(action_space, spaces.Discrete):
            raise ValueError(
                f"Agent {self.name!r} chooses among discrete actions, got the action space {action_space}."
            )
        super().__init__(observation_space, action_space, config)
        shape = {"width": config.width, "maps": config.maps, "iterations": config.iterations}
        with torch.random.fork_rng(devices=[]):  # the caller's generator is none of our business
            torch.manual_seed(config.seed)
            self.network = CategoricalPolicy(observation_space, int(action_space.n), **shape).eval()
        self.history: list[dict[str, Any]] = []
        """How learning went: one entry a round."""

    def act(
        self, observation: Observation, state: State, episode_start: np.ndarray | None, deterministic: bool
    ) -> tuple[np.ndarray, State]:
        logits = self.logits(observation)
        if deterministic:
            return logits.argmax(dim=1).numpy(), None
        counts = count_rows(len(logits), state, episode_start)
        # Gumbel's trick: the largest of logits plus Gumbel noise is a draw from their softmax.
        unit = row_uniforms(self.config.seed, counts, logits.shape[1])
        gumbel = -np.log(-np.log(unit + 1e-12) + 1e-12)
        return (logits.numpy() + gumbel).argmax(axis=1), next_counts(counts)

    @torch.no_grad()
    def logits(self, observation: Mapping[str, np.ndarray]) -> torch.Tensor:
        """Unnormalised log-probabilities [batch action]."""
        return self.network(as_tensors(observation))

    def explain(self, observation: Observation, state: State = None) -> dict[str, np.ndarray]:
        """How likely each action is, and the network's own value map."""
        tensors = as_tensors(observation)
        with torch.no_grad():
            probabilities = functional.softmax(self.network(tensors), dim=1)
            return {"action_probabilities": probabilities.numpy(), "value_map": self.network.value_map(tensors).numpy()}

    def tensors(self) -> dict[str, torch.Tensor]:
        return dict(self.network.state_dict())

    def facts(self) -> dict[str, Any]:
        return {"history": self.history}

    def restore(self, checkpoint: Checkpoint) -> None:
        self.network.load_state_dict(checkpoint.tensors)
        self.history = checkpoint.facts["history"]


class Fitting(Progress):
    """AdamW on the cross-entropy of the expert's choices, over a planned number of updates.

    The rate rises linearly over `warm_up` updates and falls by a cosine to 2 % of itself at the end.
    """

    def __init__(self, network: nn.Module, config: ImitationConfig) -> None:
        self.network = network
        self.config = config
        super().__init__(
            torch.optim.AdamW(network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
        )

    def run(self, aggregate: Aggregate, until: int, rng: np.random.Generator) -> float:
        """Update on batches drawn from `aggregate` until `until` updates are made; mean loss of the last tenth."""
        self.network.train()
        losses = []
        while self.updates < until:
            observation, actions = aggregate.take(rng.integers(len(aggregate), size=self.config.batch_size))
            losses.append(self.update(as_tensors(observation), torch.from_numpy(actions)))
        self.network.eval()
        return float(np.mean(losses[-max(1, len(losses) // 10) :])) if losses else float("nan")

    def update(self, observation: dict[str, torch.Tensor], actions: torch.Tensor) -> float:
        """One step on one batch; returns its loss."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        loss = functional.cross_entropy(self.network(observation), actions)
        self.optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), self.config.gradient_clip)
        self.optimizer.step()
        self.updates += 1
        return loss.item()

    def rate(self) -> float:
        """Learning rate of the next update."""
        share = min(1.0, self.updates / self.config.updates)
        rise = min(1.0, (self.updates + 1) / self.config.warm_up)
        return self.config.learning_rate * rise * (0.02 + 0.98 * 0.5 * (1.0 + cos(pi * share)))
