"""DAgger: let the learner drive, let the expert label, learn from all labels so far (Ross et al., AISTATS 2011)."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium.vector import AutoresetMode

from agents.config import check_at_least_one
from agents.demonstrations import Aggregate
from agents.imitation import Fitting, ImitationAgent, ImitationConfig, ImitationLesson
from agents.labelling import Expert
from agents.progress import progress_bar
from agents.rollouts import mean_metric, play_levels
from agents.schedules import SCHEDULES, mixing
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
    schedule: str = "indicator"
    """How the expert's share of the driving falls: one of `SCHEDULES`."""
    label_every: int = 1
    """Of the learner's own steps one in so many is labelled: where steps are short, neighbours say the same."""
    validation_levels: int = 500
    """Levels on which each round's policy is tried; the best policy is returned."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("mixing schedule", self.schedule, SCHEDULES)
        check_at_least_one(self, "rounds", "label_every", "validation_levels")


class DAgger(ImitationAgent):
    """Dataset aggregation (algorithm 3.1): the policy of the round that did best on validation levels is returned.

    In round i each world's action is the expert's with probability beta_i and the learner's otherwise. Every
    answer of the expert is a label, whether it drove or was only asked. Labels, not steps, are what it is paid
    for: `labels` in all, evenly over rounds.
    """

    name: ClassVar[str] = "dagger"
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
                self._drive(lesson, aggregate, index)
                rng = np.random.default_rng((config.seed, index, 1))
                loss = fitting.run(aggregate, config.updates * index // config.rounds, rng)
                success, score = self.validate(lesson.source)
                # Of equals the latest: it has learned from the most labels.
                if all((score, success) >= (entry["score"], entry["success"]) for entry in self.history):
                    best = {name: tensor.clone() for name, tensor in self.network.state_dict().items()}
                entry = {"round": index, "queries": aggregate.total, "loss": loss, "success": success, "score": score}
                spent = (self.history[-1]["cpu_seconds"] if self.history else 0.0) + time.process_time() - began
                self.history.append({**entry, "cpu_seconds": spent})
                saved.write(self, fitting, _pack(best, aggregate))
                bar.update()
                bar.set_postfix(success=f"{success:.1%}", queries=aggregate.total)
        self.network.load_state_dict(best)

    def _drive(self, lesson: ImitationLesson, aggregate: Aggregate, index: int) -> None:
        """One round of labels: expert and learner drive in turn; asked are those who drive, and all now and then."""
        config = self.config
        worlds = vector_like(lesson.source, config.num_envs, autoreset_mode=AutoresetMode.SAME_STEP)
        asked = Expert(worlds, lesson.expert)
        rng = np.random.default_rng((config.seed, index, 0))
        beta = mixing(config.schedule, index, config.rounds)
        observation, _ = worlds.reset(seed=config.seed + index * config.num_envs)
        begins, unseen = np.ones((2, config.num_envs), np.bool_)
        until, answers = config.labels * index // config.rounds, None
        for step in count():
            drives = rng.random(config.num_envs) < beta
            is_asked = drives | (step % config.label_every == 0)
            if is_asked.any():
                paid = np.flatnonzero(is_asked)[: until - aggregate.total]
                answers, unseen = asked.label(observation, unseen, len(paid)), np.zeros_like(unseen)
                aggregate.add({key: array[paid] for key, array in observation.items()}, answers[paid])
            if aggregate.total >= until:
                break
            own = None if drives.all() else self.predict(observation, None, begins, deterministic=True)[0]
            observation, _, terminated, truncated, _ = worlds.step(_mix(drives, answers, own))
            begins = terminated | truncated
            unseen |= begins
        worlds.close()

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


def _mix(drives: np.ndarray, experts: Any, own: Any) -> Any:
    """The expert's actions [env ...] where it drives, the learner's elsewhere."""
    if own is None:
        return experts
    if experts is None or not drives.any():
        return own
    return np.where(drives.reshape(-1, *[1] * (own.ndim - 1)), experts, own)


def _pack(best: Mapping[str, torch.Tensor], aggregate: Aggregate) -> dict[str, torch.Tensor]:
    """What a training checkpoint holds beside network and optimiser."""
    labels = {name: torch.from_numpy(array) for name, array in aggregate.arrays().items()}
    return {f"{BEST}{name}": tensor for name, tensor in best.items()} | labels


def _unpack(extra: Mapping[str, torch.Tensor], capacity: int) -> tuple[dict[str, torch.Tensor], Aggregate]:
    """(best policy, labels) as they were packed; empty where there was nothing."""
    best = {name.removeprefix(BEST): tensor for name, tensor in extra.items() if name.startswith(BEST)}
    arrays = {name: tensor.numpy() for name, tensor in extra.items() if not name.startswith(BEST)}
    return best, Aggregate.from_arrays(capacity, arrays) if arrays else Aggregate(capacity)
