"""A planner that solves an optimal control problem whose reference, weights and foresight are learned through it.

Amos et al., *Differentiable MPC for End-to-end Planning and Control* (2018), for the layer; the objective that a
network hands to it as in Karkus et al., *DiffStack* (2022), and Huang et al., *Differentiable Integrated Motion
Prediction and Planning* (2023). What is planned is always what a vehicle can drive, near the path, comfortable, and
behind whoever is in the way, as far as these can be had together.
"""

import time
from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from gymnasium import spaces
from jaxtyping import Int64
from torch import Tensor

from agents.agent import Lesson, Observation, Own, State
from agents.learner import Learner
from agents.mpc_layer.corridor import Gaps, room_of
from agents.mpc_layer.fitting import MPCFitting
from agents.mpc_layer.labels import find_anchors
from agents.mpc_layer.mpc_planner_config import DifferentiableMPCConfig
from agents.mpc_layer.network import NUMBERS, WEIGHTS, Advice, MPCNetwork
from agents.mpc_layer.problem import Control, Task, states_of
from agents.mpc_layer.reference import chosen, decide, kept_within, made_drivable, reference_of
from agents.networks.policy import as_tensors
from agents.planning.collecting import collect_futures
from agents.planning.disturbances import Disturbance
from agents.planning.futures import Futures
from agents.planning.held_plan import HeldPlans, recall
from agents.planning.planner_fitting import space_of
from agents.progress import progress_bar
from agents.training_state import TrainingState
from envs.driving.config import OBSERVATIONS, STEP_SECONDS
from world_models.trajectories.limits import Start
from world_models.trajectories.reference_path import ReferencePath

OBSERVED = ("occupancy", "ego", "route", "actors")
CHUNKS = 10
"""A training checkpoint is written so many times a round."""
FUTURES = "futures.npz"
POINTS = 12
"""Of the key `route`."""


class DifferentiableMPC(Learner):
    """Drives by learned optimal control; needs observe=("occupancy", "ego", "route", "actors") and trajectories."""

    name: ClassVar[str] = "differentiable-mpc"
    asks_worlds: ClassVar[bool] = True
    Config: ClassVar[type] = DifferentiableMPCConfig
    config: DifferentiableMPCConfig
    network: MPCNetwork

    @classmethod
    def for_env(cls: type[Own], env: Any, **config: Any) -> Own:
        """As every agent's; `dt` and `extent` are those of `env`."""
        own = getattr(getattr(env, "unwrapped", env), "config", None)
        found = {"dt": "trajectory_dt", "extent": "extent"}
        known = {name: getattr(own, field) for name, field in found.items() if hasattr(own, field)}
        return super().for_env(env, **known | config)

    def build(self) -> MPCNetwork:
        observed, actions, config = self.observation_space.spaces, self.action_space, self.config
        if not (isinstance(actions, spaces.Box) and len(actions.shape) == 2 and actions.shape[1] == 3):
            raise ValueError(
                f"Agent {self.name!r} plans trajectories, Box (horizon, 3) as with action='trajectory' on roads, "
                f"got the action space {actions}."
            )
        if missing := [key for key in OBSERVED if key not in observed]:
            raise ValueError(
                f"Agent {self.name!r} needs observe={OBSERVED}, the space lacks {missing}: {list(observed)}."
            )
        self.control = Control(config.dt)
        self.unsolved = 0
        """Decisions for which the reference was driven, as there was no solution."""
        return MPCNetwork(
            observed["occupancy"].shape[0],  # type: ignore[index] - a box
            np.concatenate([observed[key].high for key in NUMBERS]),  # type: ignore[attr-defined]
            times=actions.shape[0],
            dt=config.dt,
            extent=config.extent,
            width=config.width,
            modes=config.modes,
        )

    def problem(self, observation: Mapping[str, Tensor], advice: Advice, mode: Int64[Tensor, " batch"]) -> Task:
        """What is solved for one mode a row."""
        ego = observation["ego"]
        path = ReferencePath.of_observation(ego, observation["route"], self.config.extent[0] / POINTS)
        s, d = chosen(advice, mode)
        room = room_of(advice, reference_of(path, s, d), Gaps(ahead=self.config.gap))
        reference = reference_of(path, kept_within(s, room), d)
        limit = ego[:, 6].clamp(min=1.0)
        return Task(self.control, Start.of_observation(ego), reference, advice.weights, room, limit)

    @torch.no_grad()
    def act(
        self, observation: Observation, state: State, episode_start: np.ndarray | None, deterministic: bool
    ) -> tuple[np.ndarray, State]:
        held, dt = self._hold(observation, state, episode_start), self.config.dt
        space: Any = self.action_space
        if self.config.handed == "step":
            actions = held.onward(step=STEP_SECONDS, dt=dt)
        else:
            actions = held.poses(later=STEP_SECONDS, step=STEP_SECONDS, dt=dt)
        return actions.astype(space.dtype).clip(space.low, space.high), held.as_state()

    def _hold(self, observation: Observation, state: State, episode_start: np.ndarray | None) -> HeldPlans:
        """The plans that are driven now: those that are kept to, and new ones where these have come to their end."""
        size = len(next(iter(observation.values())))
        held = recall(size, self.network.times, state, episode_start)
        if len(due := held.due(self.config.execute)):
            seen = as_tensors({key: array[due] for key, array in observation.items()})
            plan, *_ = self._decide(seen)
            held.replace(due, Start.of_observation(seen["ego"]), plan)
        return held

    @torch.no_grad()
    def _decide(self, observation: dict[str, Tensor]) -> tuple[Tensor, Task, Advice]:
        """The plan's states [batch time 7], the problem that they solve, and what it was made of."""
        advice = self.network(observation)
        task = self.problem(observation, advice, decide(advice, self.config.boldness))
        safe = made_drivable(task.reference, space_of(observation, dt=self.config.dt))
        if not self.config.solve:
            return safe, task, advice
        solution = task.solve()
        self.unsolved += int((~solution.solved).sum())
        return states_of(solution, self.config.dt, safe), task, advice

    @torch.no_grad()
    def explain(self, observation: Observation, state: State = None) -> dict[str, np.ndarray]:
        """The plan that is driven, the reference of now, the weights, and where the others are foreseen."""
        _, task, advice = self._decide(as_tensors(observation))
        held = self._hold(observation, state, None)
        reference = torch.stack([task.reference.x, task.reference.y, task.reference.course], -1)
        return {
            "plan": held.poses(later=0.0, step=STEP_SECONDS, dt=self.config.dt),
            "samples": reference[:, None].numpy(),
            "futures": advice.others[:, :, None].numpy(),
        }

    @torch.no_grad()
    def weights(self, observation: Observation) -> dict[str, np.ndarray]:
        """What each row of a batch pays for what: see `agents.mpc_layer.network.WEIGHTS`."""
        found = self.network(as_tensors(observation)).weights.numpy()
        return dict(zip(WEIGHTS, found.T, strict=True))

    def study(self, lesson: Lesson) -> None:
        config, fitting, saved = self.config, MPCFitting(self), TrainingState(lesson.checkpoint)
        saved.begin(self, fitting, resume=lesson.resume)
        began = time.process_time() - (self.history[-1]["cpu_seconds"] if self.history else 0.0)
        rounds = 1 if isinstance(lesson.source, Futures) else config.rounds
        futures: Futures | None = None
        with progress_bar(config.updates, "planning", initial=fitting.updates, shown=lesson.progress) as bar:
            for number in range(rounds):
                first, last = (config.updates * k // rounds for k in (number, number + 1))
                if fitting.updates >= last:
                    continue
                futures = self._futures(lesson, number, rounds, futures)
                if fitting.updates == 0:
                    self._measure(futures)
                plain = min(last, round(config.updates * (1.0 - config.through)))
                while fitting.updates < last:
                    done, through = fitting.updates, fitting.updates >= plain
                    until = min(last if through else plain, done + max(1, (last - first) // CHUNKS))
                    loss = fitting.run(futures, until, np.random.default_rng((config.seed, done)), through=through)
                    self.history.append(
                        {
                            "updates": until,
                            "queries": len(futures),
                            "loss": loss,
                            "unsolved": fitting.unsolved,
                            "cpu_seconds": time.process_time() - began,
                        }
                    )
                    saved.write(self, fitting)
                    bar.update(until - done)
                    bar.set_postfix(loss=f"{loss:.3f}")

    def _measure(self, futures: Futures) -> None:
        """Take what is usual from what is learned from first."""
        network = self.network
        everyone = futures.take(np.arange(len(futures)), keys=NUMBERS).observation
        network.normalise.measure(network.numbers(everyone))
        moments = network.moments(everyone["ego"])
        network.anchors.copy_(find_anchors(futures, network.extent, modes=network.modes, moments=moments))

    def _plainly(self) -> "DifferentiableMPC":
        """The same decisions, as the reference has them: they lead to the same places, at a tenth of the time."""
        twin = copy(self)
        twin.config = replace(self.config, solve=False, handed="plan")
        return twin

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
            noise = (
                Disturbance() if number == 0 else Disturbance(visitor=self._plainly(), share=0.9, seconds=(0.5, 6.0))
            )
            futures = collect_futures(
                lesson.source,
                count=wanted - (0 if futures is None else len(futures)),
                seed=config.seed + 1000 * number,
                num_envs=config.num_envs,
                every=config.every,
                dt=config.dt,
                steps=self.network.times,
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
