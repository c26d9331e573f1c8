"""Inverse reinforcement learning on grids: learn what ground costs from an expert's paths, then plan on those costs."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from math import log, sqrt
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium import spaces
from jaxtyping import Float64
from torch import Tensor, nn

from agents.agent import Agent, Observation, State
from agents.config import check_at_least_one
from agents.imitation import ImitationLesson, Imitator
from agents.inverse_rl.demonstrations import Demonstrations, demonstrate, read_store
from agents.inverse_rl.ground import Ground, num_classes
from agents.inverse_rl.max_margin_planning import MaximumMargin
from agents.inverse_rl.maxent import MaximumEntropy
from agents.inverse_rl.moves import Moves
from agents.inverse_rl.planning import plan
from agents.progress import progress_bar
from agents.row_noise import count_rows, draw_categorical, next_counts, row_uniforms
from agents.training_state import Progress, TrainingState
from envs.core.arguments import check_types
from envs.core.naming import check_known
from envs.episodes import EpisodeStore

METHODS = {"max-margin": MaximumMargin, "maximum-entropy": MaximumEntropy}
FIRST_COST = 4.0
"""Of every class, before anything is learned."""
WRITES = 10
"""A training checkpoint is written so many times."""


@dataclass(frozen=True, kw_only=True)
class InverseRLConfig:
    """The method, the demonstrations, and the moves that the environment allows (read from it by `agents.make`)."""

    method: str = "max-margin"
    """`max-margin` (Ratliff et al., 2006) or `maximum-entropy` (Ziebart et al., 2008)."""
    demonstrations: int = 64
    """Paths shown."""
    updates: int = 200
    """Steps along the (sub)gradient."""
    learning_rate: float = 0.15
    """Of the logarithms of costs, falling to zero."""
    regularisation: float = 1e-5
    """Weight of |costs|^2 / 2 in the loss."""
    seed: int = 0
    """Of the levels demonstrated, and of moves that are drawn."""
    diagonal_cost: float = sqrt(2.0)
    corner_cutting: str = "allow"

    def __post_init__(self) -> None:
        check_types(self)
        check_known("method", self.method, METHODS)
        check_known("corner_cutting", self.corner_cutting, ("allow", "forbid"))
        check_at_least_one(self, "demonstrations", "updates")
        if self.learning_rate <= 0:
            raise ValueError(f"InverseRLConfig.learning_rate: expected > 0, got {self.learning_rate}.")
        if self.regularisation < 0:
            raise ValueError(f"InverseRLConfig.regularisation: expected >= 0, got {self.regularisation}.")


class GroundCosts(nn.Module):
    """The cost of each class of ground, as its logarithm: steps are relative, and costs stay positive."""

    def __init__(self, classes: int) -> None:
        super().__init__()
        self.log_cost = nn.Parameter(torch.full((classes,), log(FIRST_COST), dtype=torch.float64))

    def forward(self) -> Float64[Tensor, " class"]:
        """The costs."""
        return self.log_cost.exp()


class InverseRL(Imitator):
    """Plans over the whole map at every step, with shortest paths on the costs that it has learned.

    Deterministic, it takes the first move of an exact shortest path; otherwise it draws from the maximum-entropy policy
    of the same costs. Where no goal is in view it has nothing to plan for, and every move is as good as any other.
    """

    name: ClassVar[str] = "inverse-rl"
    Config: ClassVar[type] = InverseRLConfig
    takes: ClassVar[Mapping[str, str]] = {"diagonal_cost": "diagonal_cost", "corner_cutting": "corner_cutting"}
    config: InverseRLConfig
    network: GroundCosts

    def build(self) -> GroundCosts:
        space, action_space = self.observation_space.spaces.get("occupancy"), self.action_space
        if not isinstance(space, spaces.MultiBinary) or len(space.shape) != 3:
            raise ValueError(f"Agent {self.name!r} plans on maps: it needs a grid's binary 'occupancy', got {space}.")
        if not isinstance(action_space, spaces.Discrete) or action_space.n not in (4, 5, 8, 9):
            raise ValueError(f"Agent {self.name!r} chooses among 4 or 8 moves, got the action space {action_space}.")
        number = 8 if action_space.n >= 8 else 4
        self.moves = Moves(number, self.config.diagonal_cost, self.config.corner_cutting)
        return GroundCosts(num_classes(space.shape[0]))

    @property
    def costs(self) -> Float64[np.ndarray, " class"]:
        """What each class of ground costs: that without a channel, then one for each channel after the agent's."""
        return self.network().detach().numpy()

    def act(
        self, observation: Observation, state: State, episode_start: np.ndarray | None, deterministic: bool
    ) -> tuple[np.ndarray, State]:
        ground = Ground.of_occupancy(observation["occupancy"])
        counts = count_rows(len(ground), state, episode_start)
        found = plan(ground, self.costs, self.moves, wants_policy=not deterministic)
        if deterministic:
            return found.move, next_counts(counts)
        with np.errstate(divide="ignore"):
            logits = np.log(found.probabilities)
        return draw_categorical(logits, row_uniforms(self.config.seed, counts, self.moves.number)), next_counts(counts)

    def explain(self, observation: Observation, state: State = None) -> dict[str, np.ndarray]:
        """Minus the cost of the rest of the way from every cell, that way from the agent's, and the soft policy."""
        ground = Ground.of_occupancy(observation["occupancy"])
        found = plan(ground, self.costs, self.moves, wants_policy=True)
        waits = np.zeros((len(ground), int(self.action_space.n) - self.moves.number))  # type: ignore[attr-defined]
        return {
            "value_map": found.value_map,
            "plan": found.path,
            "action_probabilities": np.concatenate((found.probabilities, waits), axis=1),
        }

    def study(self, lesson: ImitationLesson) -> None:
        config, network = self.config, self.network
        shown = self.demonstrations(lesson.source, lesson.expert)
        objective = METHODS[config.method](shown, self.moves, num_classes=len(self.costs))
        fitting = Progress(torch.optim.Adam(network.parameters(), lr=config.learning_rate, betas=(0.9, 0.99)))
        saved = TrainingState(lesson.checkpoint)
        saved.begin(self, fitting, resume=lesson.resume)
        began = time.process_time() - (self.history[-1]["cpu_seconds"] if self.history else 0.0)
        with progress_bar(config.updates, config.method, initial=fitting.updates, shown=lesson.progress) as bar:
            while fitting.updates < config.updates:
                loss = self._descend(fitting, objective)
                bar.update()
                if fitting.updates % max(1, config.updates // WRITES) and fitting.updates < config.updates:
                    continue
                seconds = time.process_time() - began
                entry = {"updates": fitting.updates, "queries": shown.num_moves, "loss": loss, "cpu_seconds": seconds}
                self.history.append(entry | {"costs": self.costs.tolist()})
                saved.write(self, fitting)
                bar.set_postfix(loss=f"{loss:.3f}")

    def demonstrations(self, source: Any, expert: Agent | None) -> Demonstrations:
        """What is learned from: `config.demonstrations` paths of a store, or of the expert on training levels.

        Raises:
            ValueError: nothing to learn from, or an environment that shows windows.
        """
        if isinstance(source, EpisodeStore):
            return read_store(source, count=self.config.demonstrations)
        return demonstrate(source, count=self.config.demonstrations, seed=self.config.seed, expert=expert)

    def _descend(self, fitting: Progress, objective: MaximumMargin | MaximumEntropy) -> float:
        """One step along the gradient, of costs' logarithms; then back to where costs are admissible."""
        fitting.optimizer.zero_grad()
        costs = np.maximum(self.costs, objective.least)
        loss, gradient = objective(costs)
        # Of classes that no demonstration shows nothing is learned, not even that they are cheap.
        gradient = (gradient + self.config.regularisation * costs) * costs * objective.is_shown
        self.network.log_cost.grad = torch.from_numpy(gradient)
        for group in fitting.optimizer.param_groups:
            group["lr"] = self.config.learning_rate * (1.0 - fitting.updates / self.config.updates)
        fitting.optimizer.step()
        with torch.no_grad():
            self.network.log_cost.clamp_(min=log(objective.least))
        fitting.updates += 1
        return loss
