"""DAgger: let the learner drive, let the expert label, learn from all labels so far (Ross et al., AISTATS 2011)."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium.vector import AutoresetMode
from tqdm import tqdm

from agents.agent import Agent
from agents.demonstrations import Aggregate
from agents.imitation import Fitting, ImitationAgent, ImitationConfig
from agents.labelling import Expert, check_expert
from agents.rollouts import mean_metric, play_levels
from agents.schedules import SCHEDULES, mixing
from agents.training_state import TrainingState
from envs.core.batched import vector_like
from envs.core.levels import LEVELS_PER_SPLIT
from envs.core.naming import check_known


@dataclass(frozen=True, kw_only=True)
class DAggerConfig(ImitationConfig):
    """Rounds of driving, labelling and fitting."""

    rounds: int = 10
    schedule: str = "indicator"
    """How the expert's share of the driving falls: one of `SCHEDULES`."""
    validation_levels: int = 500
    """Levels on which each round's policy is tried; the best policy is returned."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("mixing schedule", self.schedule, SCHEDULES)
        for name in ("rounds", "validation_levels"):
            if getattr(self, name) < 1:
                raise ValueError(f"DAggerConfig.{name}: expected >= 1, got {getattr(self, name)}.")


class DAgger(ImitationAgent):
    """Dataset aggregation (algorithm 3.1): the policy of the round that did best on validation levels is returned.

    In round i each world's action is the expert's with probability beta_i and the learner's otherwise; every
    state met is labelled. Labels, not steps, are what the expert is paid for: `labels` in all, evenly over rounds.
    """

    name: ClassVar[str] = "dagger"
    Config: ClassVar[type] = DAggerConfig
    config: DAggerConfig  # type: ignore[assignment] - narrower, and nobody assigns it

    def learn(
        self,
        source: Any,
        *,
        expert: Agent | str = "oracle",
        checkpoint: str | Path | None = None,
        resume: bool = False,
        progress: bool = True,
    ) -> "DAgger":
        """Run the rounds.

        Args:
            source: An environment; its training levels are driven on.
            expert: Who labels: the environment's oracle or any agent.
            checkpoint: Folder that training can be resumed from; written after every round.
            resume: Continue from there if something is there.
            progress: Show a bar.
        """
        config = self.config
        asked = check_expert(expert)
        fitting, saved = Fitting(self.network, config), TrainingState(checkpoint)
        aggregate, best = Aggregate(min(config.labels, config.max_labels)), dict[str, torch.Tensor]()
        self.history = []
        if resume and saved.exists():
            extra = saved.restore(self, fitting)
            best = {name.removeprefix("best/"): tensor for name, tensor in extra.items() if name.startswith("best/")}
            arrays = {name: tensor.numpy() for name, tensor in extra.items() if not name.startswith("best/")}
            aggregate = Aggregate.from_arrays(aggregate.capacity, arrays)
        bar = tqdm(total=config.rounds, initial=len(self.history), disable=not progress, desc="dagger", delay=2)
        for index in range(len(self.history) + 1, config.rounds + 1):
            began = time.process_time()
            self._drive(source, asked, aggregate, index)
            rng = np.random.default_rng((config.seed, index, 1))
            loss = fitting.run(aggregate, config.updates * index // config.rounds, rng)
            success, score = self.validate(source)
            # Of equals the latest: it has learned from the most labels.
            if all((success, score) >= (entry["success"], entry["score"]) for entry in self.history):
                best = {name: tensor.clone() for name, tensor in self.network.state_dict().items()}
            entry = {"round": index, "queries": aggregate.total, "loss": loss, "success": success, "score": score}
            spent = (self.history[-1]["cpu_seconds"] if self.history else 0.0) + time.process_time() - began
            self.history.append({**entry, "cpu_seconds": spent})
            kept = {f"best/{name}": tensor for name, tensor in best.items()}
            saved.write(self, fitting, kept | {k: torch.from_numpy(v) for k, v in aggregate.arrays().items()})
            bar.update()
            bar.set_postfix(success=f"{success:.1%}", queries=aggregate.total)
        bar.close()
        self.network.load_state_dict(best)
        return self

    def _drive(self, env: Any, expert: Agent | None, aggregate: Aggregate, index: int) -> None:
        """One round of labels: mix expert and learner step by step, label every state met."""
        config = self.config
        worlds = vector_like(env, config.num_envs, autoreset_mode=AutoresetMode.SAME_STEP)
        asked = Expert(worlds, expert)
        rng = np.random.default_rng((config.seed, index, 0))
        beta = mixing(config.schedule, index, config.rounds)
        observation, _ = worlds.reset(seed=config.seed + index * config.num_envs)
        begins = np.ones(config.num_envs, np.bool_)
        until = config.labels * index // config.rounds
        while aggregate.total < until:
            room = until - aggregate.total
            labels = asked.label(observation, begins, room)
            aggregate.add({key: array[:room] for key, array in observation.items()}, labels[:room])
            drives = rng.random(config.num_envs) < beta
            own = labels if drives.all() else self.predict(observation, None, begins, deterministic=True)[0]
            observation, _, terminated, truncated, _ = worlds.step(np.where(drives, labels, own))
            begins = terminated | truncated
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
