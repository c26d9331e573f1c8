"""A planner that learns what trajectories cost: the cheapest of many candidates is driven.

Zeng et al., *End-to-end Interpretable Neural Motion Planner* (2019): a network reads the occupancy and writes a volume
of costs over time and space; the expert's trajectory must come out cheaper than every candidate, by a margin that
grows with how bad the candidate is. Refinement on the same costs is that of Sadat et al. (2019).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from agents.agent import Observation, State
from agents.networks.policy import as_tensors
from agents.planning.futures import Futures
from agents.planning.plan_space import PlanSpace
from agents.planning.planner_config import MaxMarginConfig
from agents.planning.planner_fitting import PlannerFitting, space_of
from agents.planning.planner_network import NUMBERS, Judgement, PlannerNetwork
from agents.planning.refinement import refined
from agents.planning.trajectory_cost import TrajectoryCost
from agents.planning.trajectory_planner import TrajectoryPlanner
from envs.driving.config import STEP_SECONDS
from world_models.trajectories.library import SamplerConfig, sample
from world_models.trajectories.limits import Start
from world_models.trajectories.reference_path import ReferencePath
from world_models.trajectories.trajectory_set import TrajectorySet

OBSERVED = ("occupancy", *NUMBERS)
SAMPLER = SamplerConfig(lateral_seconds=2.5, lateral_metres=8.0, turns=(), accelerations=())
"""Candidates that keep to the path's lanes, and are back on it as soon as the oracle is."""
FORBIDDEN = 1e4
"""Cost of what cannot be driven."""


class MaxMarginPlanner(TrajectoryPlanner):
    """Drives the cheapest candidate; needs observe=("occupancy", "ego", "route") and action="trajectory"."""

    name: ClassVar[str] = "max-margin-planner"
    Config: ClassVar[type] = MaxMarginConfig
    Fitting: ClassVar[type[PlannerFitting]] = PlannerFitting
    observes: ClassVar[tuple[str, ...]] = OBSERVED
    config: MaxMarginConfig
    network: PlannerNetwork

    def build(self) -> PlannerNetwork:
        observed, config = self.check_spaces(), self.config
        occupancy = observed["occupancy"].shape
        ahead, behind, *_ = config.extent
        highs = np.concatenate([observed[key].high for key in NUMBERS])
        resolution = (ahead + behind) / occupancy[1]
        return self.network_for(
            occupancy[0],
            highs,
            times=self.times,
            dt=config.dt,
            extent=config.extent,
            resolution=resolution,
            width=config.width,
        )

    def network_for(self, channels: int, highs: np.ndarray, **sizes: Any) -> PlannerNetwork:
        """The network of these sizes."""
        return PlannerNetwork(channels, highs, **sizes)

    def propose(self, observation: Mapping[str, Tensor]) -> TrajectorySet:
        """The candidates."""
        ego, config = observation["ego"], self.config
        path = ReferencePath.of_observation(ego, observation["route"], config.extent[0] / 12)
        times = self.times
        limit = ego[:, 6].clamp(min=1.0)
        return sample(path, Start.of_observation(ego), limit=limit, dt=config.dt, steps=times, config=self.sampler)

    @property
    def sampler(self) -> SamplerConfig:
        """Which candidates."""
        return replace(SAMPLER, proposal_places=self.config.places)

    def space(self, observation: Mapping[str, Tensor]) -> PlanSpace:
        """The trajectories that can be driven."""
        return space_of(observation, dt=self.config.dt)

    def decide(self, observation: dict[str, Tensor]) -> tuple[Tensor, TrajectorySet, Tensor, Judgement]:
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
        _, found, costs, judged = self.decide(as_tensors(observation))
        held = self.hold(observation, state, None)
        worst = costs.masked_fill(~found.feasible, -torch.inf).amax(1, keepdim=True)
        free = (1.0 - torch.sigmoid(judged.occupancy[:, self.times // 2 - 1])).prod(1)
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

    def measure(self, futures: Futures) -> None:
        everyone = futures.take(np.arange(len(futures)), keys=NUMBERS).observation
        self.network.normalise.measure(self.network.numbers(everyone))
