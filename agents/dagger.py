"""DAgger: let the learner drive, let the expert label, learn from all labels so far (Ross et al., AISTATS 2011)."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from agents.config import check_at_least_one
from agents.demonstrations import Aggregate
from agents.gates import GATES, UNCERTAINTIES, make_gate, make_uncertainty
from agents.gates.driving import Driven, Round
from agents.imitation import Fitting, ImitationAgent, ImitationConfig, ImitationLesson
from agents.progress import progress_bar
from agents.rollouts import mean_metric, play_levels
from agents.schedules import SCHEDULES
from agents.training_state import TrainingState
from envs.core.batched import vector_like
from envs.core.levels import LEVELS_PER_SPLIT
from envs.core.naming import check_known

BEST = "best/"
"""Of the best policy's tensors in a training checkpoint."""


@dataclass(frozen=True, kw_only=True)
class DAggerConfig(ImitationConfig):
    """Rounds of driving, labelling and fitting."""

    rounds: int = 10
    gate: str = "mixing"
    """Who acts, and which states are labelled: one of `GATES`. Before there is a novice, the expert acts."""
    schedule: str = "indicator"
    """Mixing: how the expert's share of the driving falls: one of `SCHEDULES`."""
    label_every: int = 1
    """Mixing: of the learner's own steps one in so many is labelled: where steps are short, neighbours say the same."""
    uncertainty: str | None = None
    """Other gates: what tells how sure the learner is, one of `UNCERTAINTIES`; None: risk for safety, else ensemble."""
    risk: float = 0.1
    """Safety: the expert acts where the learner deviates with at least this probability."""
    doubt: float = 0.05
    """Ensemble, hysteresis: the expert acts where the uncertainty is at least this."""
    trust: float | None = None
    """Hysteresis: it acts on until the uncertainty is below this; None: a third of `doubt`."""
    share: float = 0.1
    """Budget: share of the steps that the expert acts in, the most uncertain ones."""
    deviation: float | None = None
    """Distance from which an action is another one, 1 between choices, in spreads of the labels between vectors.
    Ensemble: the expert acts from there on, which means asking always; None: never asked. Safety: None is 0.5."""
    heads: int = 5
    """Networks whose disagreement is the uncertainty `ensemble`."""
    patience: int = 50
    """A round whose gate asks too seldom ends after so many steps for each query that it had; the rest goes on to
    the next round."""
    validation_levels: int = 500
    """Levels on which each round's policy is tried; the best policy is returned."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("mixing schedule", self.schedule, SCHEDULES)
        check_known("gate", self.gate, GATES)
        check_known("uncertainty", self.uncertainty, (*UNCERTAINTIES, None))
        check_at_least_one(self, "rounds", "label_every", "heads", "patience", "validation_levels")
        if not 0.0 <= self.share <= 1.0:
            raise ValueError(f"DAggerConfig.share: expected 0 to 1, got {self.share}.")
        if self.trust is not None and self.trust > self.doubt:
            raise ValueError(f"DAggerConfig.trust: expected at most doubt = {self.doubt}, got {self.trust}.")


class DAgger(ImitationAgent):
    """Dataset aggregation (algorithm 3.1): the policy of the round that did best on validation levels is returned.

    Who acts, and which states the expert is asked about, is the gate's to say. By default each world's action is,
    in round i, the expert's with probability beta_i and the learner's otherwise, and every answer of the expert is a
    label, whether it drove or was only asked. Answers, not steps, are what it is paid for: `labels` in all, evenly
    over rounds.
    """

    name: ClassVar[str] = "dagger"
    asks_worlds: ClassVar[bool] = True
    Config: ClassVar[type] = DAggerConfig
    config: DAggerConfig  # type: ignore[assignment] - narrower, and nobody assigns it

    def study(self, lesson: ImitationLesson) -> None:
        config = self.config
        fitting, saved = Fitting(self.network, config), TrainingState(lesson.checkpoint)
        extra = saved.begin(self, fitting, resume=lesson.resume)
        best, aggregate = _unpack(extra, min(config.labels, config.max_labels))
        with progress_bar(config.rounds, "dagger", initial=len(self.history), shown=lesson.progress) as bar:
            for index in range(len(self.history) + 1, config.rounds + 1):
                began = time.process_time()
                driven = self._drive(lesson, aggregate, index)
                rng = np.random.default_rng((config.seed, index, 1))
                loss = fitting.run(aggregate, config.updates * index // config.rounds, rng)
                success, score = self.validate(lesson.source)
                # Of equals the latest: it has learned from the most labels.
                if all((score, success) >= (entry["score"], entry["success"]) for entry in self.history):
                    best = {name: tensor.clone() for name, tensor in self.network.state_dict().items()}
                entry = {"round": index, "queries": self._spent() + driven.queries, "labels": aggregate.total}
                entry |= {"loss": loss, "success": success, "score": score, "steps": driven.steps}
                entry |= {"expert_steps": driven.expert_steps, "takeovers": driven.takeovers}
                spent = (self.history[-1]["cpu_seconds"] if self.history else 0.0) + time.process_time() - began
                self.history.append({**entry, "cpu_seconds": spent})
                saved.write(self, fitting, _pack(best, aggregate))
                bar.update()
                bar.set_postfix(success=f"{success:.1%}", queries=self._spent())
        self.network.load_state_dict(best)

    def _drive(self, lesson: ImitationLesson, aggregate: Aggregate, index: int) -> Driven:
        """One round of labels, up to its share of the queries and what earlier rounds have left."""
        config = self.config
        uncertainty = make_uncertainty(config, self.network)
        if uncertainty is not None and len(aggregate):
            uncertainty.fit(aggregate, index)
        driving = Round(self, make_gate(config, index), uncertainty, index)
        return driving.drive(lesson, aggregate, config.labels * index // config.rounds - self._spent())

    def _spent(self) -> int:
        """Queries of the rounds so far."""
        return self.history[-1]["queries"] if self.history else 0

    def validate(self, env: Any) -> tuple[float, float]:
        """Success and score on the first `validation_levels` levels of the validation split."""
        episodes = play_levels(self, env, validation_levels(env, self.config.validation_levels))
        return mean_metric(episodes, "success"), mean_metric(episodes, "score")


def validation_levels(env: Any, count: int) -> list[int]:
    """Levels for choosing among policies: disjoint from training and from test."""
    listed = vector_like(env, 1, split="validation", num_levels=count).worlds.levels  # type: ignore[attr-defined]
    if len(listed.ids):
        return listed.ids.tolist()
    return list(range(LEVELS_PER_SPLIT, LEVELS_PER_SPLIT + count))


def _pack(best: Mapping[str, torch.Tensor], aggregate: Aggregate) -> dict[str, torch.Tensor]:
    """What a training checkpoint holds beside network and optimiser."""
    labels = {name: torch.from_numpy(array) for name, array in aggregate.arrays().items()}
    return {f"{BEST}{name}": tensor for name, tensor in best.items()} | labels


def _unpack(extra: Mapping[str, torch.Tensor], capacity: int) -> tuple[dict[str, torch.Tensor], Aggregate]:
    """(best policy, labels) as they were packed; empty where there was nothing."""
    best = {name.removeprefix(BEST): tensor for name, tensor in extra.items() if name.startswith(BEST)}
    arrays = {name: tensor.numpy() for name, tensor in extra.items() if not name.startswith(BEST)}
    return best, Aggregate.from_arrays(capacity, arrays) if arrays else Aggregate(capacity)
