"""What everybody who plans trajectories does alike: keep to a plan for some steps, and learn in rounds.

States of the first round are those of an expert who is led astray by chance, in later ones by the planner itself: who
learns only from where an expert goes never sees where its own mistakes lead (Ross et al., AISTATS 2011).
"""

import time
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium import spaces
from torch import Tensor

from agents.agent import Lesson, Observation, State
from agents.learner import Learner
from agents.networks.policy import as_tensors
from agents.planning.collecting import collect_futures
from agents.planning.disturbances import Disturbance
from agents.planning.futures import Futures
from agents.planning.held_plan import HeldPlans, recall
from agents.planning.planning_config import PlanningConfig
from agents.progress import progress_bar
from agents.training_state import TrainingState
from envs.driving.config import OBSERVATIONS, STEP_SECONDS
from world_models.trajectories.limits import Start

CHUNKS = 20
"""A training checkpoint is written so many times."""
FUTURES = "futures.npz"


class TrajectoryPlanner(Learner):
    """Subclasses decide on plans, say what fits them to an expert's futures, and what is usual among these."""

    asks_worlds: ClassVar[bool] = True
    takes: ClassVar[Mapping[str, str]] = {"dt": "trajectory_dt", "extent": "extent"}
    Fitting: ClassVar[type]
    """Made of the agent: `run(futures, until, rng)` returns the loss, `updates` counts, `noted` is for the history."""
    observes: ClassVar[tuple[str, ...]]
    """What it is to be shown, in the environment's words."""
    config: PlanningConfig

    @property
    def times(self) -> int:
        """Poses of a plan."""
        return self.action_space.shape[0]  # type: ignore[index] - a box, once it is checked

    def check_spaces(self) -> Mapping[str, Any]:
        """The observed spaces.

        Raises:
            ValueError: actions that are no trajectories, or something it needs is not observed.
        """
        observed, actions = self.observation_space.spaces, self.action_space
        if not (isinstance(actions, spaces.Box) and len(actions.shape) == 2 and actions.shape[1] == 3):
            raise ValueError(
                f"Agent {self.name!r} plans trajectories, Box (horizon, 3) as with action='trajectory' on roads, "
                f"got the action space {actions}."
            )
        if missing := [key for key in self.observes if key not in observed]:
            raise ValueError(
                f"Agent {self.name!r} needs observe={self.observes}, the space lacks {missing}: {list(observed)}."
            )
        return observed

    @abstractmethod
    def decide(self, observation: dict[str, Tensor]) -> tuple[Any, ...]:
        """The plan's states [batch time 7], as in a `TrajectorySet`, and what else there is to tell of it."""

    @abstractmethod
    def measure(self, futures: Futures) -> None:
        """Take what is usual from what is learned from first."""

    def visitor(self) -> "TrajectoryPlanner":
        """Who leads the expert astray in later rounds."""
        return self

    @torch.no_grad()
    def act(
        self, observation: Observation, state: State, episode_start: np.ndarray | None, deterministic: bool
    ) -> tuple[np.ndarray, State]:
        held, dt = self.hold(observation, state, episode_start), self.config.dt
        space: Any = self.action_space
        if self.config.handed == "step":
            actions = held.onward(step=STEP_SECONDS, dt=dt)
        else:
            actions = held.poses(later=STEP_SECONDS, step=STEP_SECONDS, dt=dt)
        return actions.astype(space.dtype).clip(space.low, space.high), held.as_state()

    def hold(self, observation: Observation, state: State, episode_start: np.ndarray | None) -> HeldPlans:
        """The plans that are driven now: those that are kept to, and new ones where these have come to their end."""
        size = len(next(iter(observation.values())))
        held = recall(size, self.times, state, episode_start)
        if len(due := held.due(self.config.execute)):
            seen = as_tensors({key: array[due] for key, array in observation.items()})
            plan, *_ = self.decide(seen)
            held.replace(due, Start.of_observation(seen["ego"]), plan)
        return held

    def study(self, lesson: Lesson) -> None:
        config, fitting, saved = self.config, self.Fitting(self), TrainingState(lesson.checkpoint)
        saved.begin(self, fitting, resume=lesson.resume)
        began = time.process_time() - (self.history[-1]["cpu_seconds"] if self.history else 0.0)
        rounds = 1 if isinstance(lesson.source, Futures) else config.rounds
        futures: Futures | None = None
        with progress_bar(config.updates, "planning", initial=fitting.updates, shown=lesson.progress) as bar:
            for number in range(rounds):
                last = config.updates * (number + 1) // rounds
                if fitting.updates >= last:
                    continue
                futures = self._futures(lesson, number, rounds, futures)
                if fitting.updates == 0:
                    self.measure(futures)
                while fitting.updates < last:
                    done = fitting.updates
                    until = min(last, done + max(1, config.updates // CHUNKS))
                    loss = fitting.run(futures, until, np.random.default_rng((config.seed, done)))
                    entry = {"updates": until, "queries": len(futures), "loss": loss, **fitting.noted}
                    self.history.append({**entry, "cpu_seconds": time.process_time() - began})
                    saved.write(self, fitting)
                    bar.update(until - done)
                    bar.set_postfix(loss=f"{loss:.3f}")

    def _futures(self, lesson: Lesson, number: int, rounds: int, futures: Futures | None) -> Futures:
        """What a round learns from: everything that was collected before, and new."""
        if isinstance(lesson.source, Futures):
            return lesson.source
        config = self.config
        kept = None if lesson.checkpoint is None else Path(lesson.checkpoint) / FUTURES
        if futures is None and lesson.resume and kept is not None and kept.is_file():
            futures = Futures.load(kept, capacity=config.samples)
        wanted = config.samples * (number + 1) // rounds
        if futures is None or len(futures) < wanted:
            noise = Disturbance() if number == 0 else Disturbance(visitor=self.visitor(), share=0.9, seconds=(0.5, 6.0))
            futures = collect_futures(
                lesson.source,
                count=wanted - (0 if futures is None else len(futures)),
                seed=config.seed + 1000 * number,
                num_envs=config.num_envs,
                every=config.every,
                dt=config.dt,
                steps=self.times,
                # as it is used to: in later rounds it drives itself
                observe=tuple(name for name in OBSERVATIONS if name in self.observation_space.spaces),
                noise=noise,
                progress=lesson.progress,
                into=Futures(config.samples, dt=config.dt) if futures is None else futures,
            )
            if kept is not None:
                kept.parent.mkdir(parents=True, exist_ok=True)
                futures.save(kept)
        return futures
