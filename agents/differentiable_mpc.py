"""A planner that solves an optimal control problem whose reference, weights and foresight are learned through it.

Amos et al., *Differentiable MPC for End-to-end Planning and Control* (2018), for the layer; the objective that a
network hands to it as in Karkus et al., *DiffStack* (2022), and Huang et al., *Differentiable Integrated Motion
Prediction and Planning* (2023). What is planned is always what a vehicle can drive, near the path, comfortable, and
behind whoever is in the way, as far as these can be had together.
"""

from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from typing import ClassVar

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from agents.agent import Observation, State
from agents.mpc_layer.corridor import Gaps, room_of
from agents.mpc_layer.fitting import MPCFitting
from agents.mpc_layer.labels import find_anchors
from agents.mpc_layer.mpc_planner_config import DifferentiableMPCConfig
from agents.mpc_layer.network import NUMBERS, WEIGHTS, Advice, MPCNetwork
from agents.mpc_layer.problem import Control, Task, states_of
from agents.mpc_layer.reference import chosen, decide, kept_within, made_drivable, reference_of
from agents.networks.policy import as_tensors
from agents.planning.futures import Futures
from agents.planning.planner_fitting import space_of
from agents.planning.trajectory_planner import TrajectoryPlanner
from envs.driving.config import STEP_SECONDS
from world_models.trajectories.limits import Start
from world_models.trajectories.reference_path import ReferencePath

POINTS = 12
"""Of the key `route`."""


class DifferentiableMPC(TrajectoryPlanner):
    """Drives by learned optimal control; needs observe=("occupancy", "ego", "route", "actors") and trajectories."""

    name: ClassVar[str] = "differentiable-mpc"
    Config: ClassVar[type] = DifferentiableMPCConfig
    Fitting: ClassVar[type] = MPCFitting
    observes: ClassVar[tuple[str, ...]] = ("occupancy", "ego", "route", "actors")
    config: DifferentiableMPCConfig
    network: MPCNetwork

    def build(self) -> MPCNetwork:
        observed, config = self.check_spaces(), self.config
        self.control = Control(config.dt)
        self.unsolved = 0
        """Decisions for which the reference was driven, as there was no solution."""
        return MPCNetwork(
            observed["occupancy"].shape[0],  # type: ignore[index] - a box
            np.concatenate([observed[key].high for key in NUMBERS]),  # type: ignore[attr-defined]
            times=self.times,
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
    def decide(self, observation: dict[str, Tensor]) -> tuple[Tensor, Task, Advice]:
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
        _, task, advice = self.decide(as_tensors(observation))
        held = self.hold(observation, state, None)
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

    def measure(self, futures: Futures) -> None:
        network = self.network
        everyone = futures.take(np.arange(len(futures)), keys=NUMBERS).observation
        network.normalise.measure(network.numbers(everyone))
        moments = network.moments(everyone["ego"])
        network.anchors.copy_(find_anchors(futures, network.extent, modes=network.modes, moments=moments))

    def visitor(self) -> "DifferentiableMPC":
        """The same decisions, as the reference has them: they lead to the same places, at a tenth of the time."""
        twin = copy(self)
        twin.config = replace(self.config, solve=False, handed="plan")
        return twin
