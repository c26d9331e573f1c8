"""A planner that learns what trajectories cost: the cheapest of many candidates is driven.

Zeng et al., *End-to-end Interpretable Neural Motion Planner* (2019): a network reads the occupancy and writes a volume
of costs over time and space; the expert's trajectory must come out cheaper than every candidate, by a margin that
grows with how bad the candidate is. Refinement on the same costs is that of Sadat et al. (2019).
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium import spaces
from jaxtyping import Float
from torch import Tensor

from agents.agent import Lesson, Observation, Own, State
from agents.learner import Learner
from agents.networks.policy import as_tensors
from agents.planning.collecting import collect_futures
from agents.planning.disturbances import Disturbance
from agents.planning.futures import Futures
from agents.planning.held_plan import HeldPlans, recall
from agents.planning.plan_space import PlanSpace
from agents.planning.planner_config import MaxMarginConfig
from agents.planning.planner_fitting import PlannerFitting, space_of
from agents.planning.planner_network import NUMBERS, Judgement, PlannerNetwork
from agents.planning.refinement import refined
from agents.planning.trajectory_cost import TrajectoryCost
from agents.progress import progress_bar
from agents.training_state import TrainingState
from envs.driving.config import OBSERVATIONS, STEP_SECONDS
from world_models.trajectories.library import SamplerConfig, sample
from world_models.trajectories.limits import Start
from world_models.trajectories.reference_path import ReferencePath
from world_models.trajectories.trajectory_set import TrajectorySet

OBSERVED = ("occupancy", *NUMBERS)
CHUNKS = 20
"""A training checkpoint is written so many times."""
SAMPLER = SamplerConfig(lateral_seconds=2.5, lateral_metres=8.0, turns=(), accelerations=())
"""Candidates that keep to the path's lanes, and are back on it as soon as the oracle is."""
FORBIDDEN = 1e4
"""Cost of what cannot be driven."""
FUTURES = "futures.npz"


class MaxMarginPlanner(Learner):
    """Drives the cheapest candidate; needs observe=("occupancy", "ego", "route") and action="trajectory"."""

    name: ClassVar[str] = "max-margin-planner"
    asks_worlds: ClassVar[bool] = True
    Config: ClassVar[type] = MaxMarginConfig
    Fitting: ClassVar[type[PlannerFitting]] = PlannerFitting
    observes: ClassVar[tuple[str, ...]] = OBSERVED
    """What it is to be shown, in the environment's words."""
    config: MaxMarginConfig
    network: PlannerNetwork

    @classmethod
    def for_env(cls: type[Own], env: Any, **config: Any) -> Own:
        """As every agent's; `dt` and `extent` are those of `env`."""
        own = getattr(getattr(env, "unwrapped", env), "config", None)
        found = {"dt": "trajectory_dt", "extent": "extent"}
        known = {name: getattr(own, field) for name, field in found.items() if hasattr(own, field)}
        return super().for_env(env, **known | config)

    def build(self) -> PlannerNetwork:
        observed, config = self._check_spaces(), self.config
        occupancy = observed["occupancy"].shape
        ahead, behind, *_ = config.extent
        highs = np.concatenate([observed[key].high for key in NUMBERS])
        resolution = (ahead + behind) / occupancy[1]
        return self.network_for(
            occupancy[0],
            highs,
            times=self.action_space.shape[0],  # type: ignore[index] - a box
            dt=config.dt,
            extent=config.extent,
            resolution=resolution,
            width=config.width,
        )

    def network_for(self, channels: int, highs: np.ndarray, **sizes: Any) -> PlannerNetwork:
        """The network of these sizes."""
        return PlannerNetwork(channels, highs, **sizes)

    def _check_spaces(self) -> Mapping[str, Any]:
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

    def propose(self, observation: Mapping[str, Tensor]) -> TrajectorySet:
        """The candidates."""
        ego, config = observation["ego"], self.config
        path = ReferencePath.of_observation(ego, observation["route"], config.extent[0] / 12)
        times = self.network.volumes.times
        limit = ego[:, 6].clamp(min=1.0)
        return sample(path, Start.of_observation(ego), limit=limit, dt=config.dt, steps=times, config=self.sampler)

    @property
    def sampler(self) -> SamplerConfig:
        """Which candidates."""
        return replace(SAMPLER, proposal_places=self.config.places)

    def space(self, observation: Mapping[str, Tensor]) -> PlanSpace:
        """The trajectories that can be driven."""
        return space_of(observation, dt=self.config.dt)

    @torch.no_grad()
    def act(
        self, observation: Observation, state: State, episode_start: np.ndarray | None, deterministic: bool
    ) -> tuple[np.ndarray, State]:
        held = self._hold(observation, state, episode_start)
        space: Any = self.action_space
        dt = self.config.dt
        if self.config.handed == "step":
            actions = held.onward(step=STEP_SECONDS, dt=dt)
        else:
            actions = held.poses(later=STEP_SECONDS, step=STEP_SECONDS, dt=dt)
        return actions.astype(space.dtype).clip(space.low, space.high), held.as_state()

    def _hold(self, observation: Observation, state: State, episode_start: np.ndarray | None) -> HeldPlans:
        """The plans that are driven now: those that are kept to, and new ones where these have come to their end."""
        size = len(next(iter(observation.values())))
        held = recall(size, self.network.volumes.times, state, episode_start)
        if len(due := held.due(self.config.execute)):
            seen = as_tensors({key: array[due] for key, array in observation.items()})
            plan, *_ = self._decide(seen)
            held.replace(due, Start.of_observation(seen["ego"]), plan)
        return held

    def _decide(self, observation: dict[str, Tensor]) -> tuple[Tensor, TrajectorySet, Tensor, Judgement]:
        """The plan's states [batch time 7], and what it was chosen from: candidates, their costs, and the judgement."""
        judged, found = self.network(observation), self.propose(observation)
        costs = judged.cost(found.poses) + FORBIDDEN * ~found.feasible
        plan = found.select(costs.argmin(1)).states[:, 0]
        return self.finish(plan, judged.cost, self.space(observation)), found, costs, judged

    def finish(
        self, states: Float[Tensor, "batch time 7"], cost: TrajectoryCost, space: PlanSpace
    ) -> Float[Tensor, "batch time 7"]:
        """What is made of the cheapest candidate."""
        return refined(states, cost, space, steps=self.config.refine) if self.config.refine else states

    @torch.no_grad()
    def explain(self, observation: Observation, state: State = None) -> dict[str, np.ndarray]:
        """The plan that is driven, the candidates of now and their costs, who is foreseen where, the volume of costs.

        `occupancy` is that at half the horizon, by whomever; what cannot be driven costs as much as the worst that can.
        """
        _, found, costs, judged = self._decide(as_tensors(observation))
        held = self._hold(observation, state, None)
        worst = costs.masked_fill(~found.feasible, -torch.inf).amax(1, keepdim=True)
        free = (1.0 - torch.sigmoid(judged.occupancy[:, self.network.volumes.times // 2 - 1])).prod(1)
        return {
            "plan": held.poses(later=0.0, step=STEP_SECONDS, dt=self.config.dt),
            "samples": found.poses.numpy(),
            "sample_costs": torch.minimum(costs, worst.clamp(min=-FORBIDDEN)).numpy(),
            "occupancy": (1.0 - free).numpy(),
            "cost_volume": judged.cost.volume.values.numpy(),
        }

    @torch.no_grad()
    def forecast(self, observation: Observation) -> np.ndarray:
        """Probability [batch time 2 row col] of vehicles, and of pedestrians, in each cell at a plan's times."""
        return torch.sigmoid(self.network(as_tensors(observation)).occupancy).numpy()

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
                if number == 0:
                    everyone = futures.take(np.arange(len(futures)), keys=NUMBERS).observation
                    self.network.normalise.measure(self.network.numbers(everyone))
                while fitting.updates < last:
                    done = fitting.updates
                    until = min(last, done + max(1, config.updates // CHUNKS))
                    loss = fitting.run(futures, until, np.random.default_rng((config.seed, done)))
                    seconds = time.process_time() - began
                    self.history.append(
                        {"updates": until, "queries": len(futures), "loss": loss, "cpu_seconds": seconds}
                    )
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
            noise = Disturbance() if number == 0 else Disturbance(visitor=self, share=0.9, seconds=(0.5, 6.0))
            futures = collect_futures(
                lesson.source,
                count=wanted - (0 if futures is None else len(futures)),
                seed=config.seed + 1000 * number,
                num_envs=config.num_envs,
                dt=config.dt,
                steps=self.network.volumes.times,
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
