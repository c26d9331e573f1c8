"""A planner of two halves on one learned cost: candidates choose the behaviour, descent draws the trajectory.

Sadat et al., *Jointly Learnable Behavior and Trajectory Planning for Self-Driving Vehicles* (2019). The cheapest
candidate says what to do; some gradient steps on the same cost say how exactly. The cost is fitted by the margins of
the max-margin planner, which what refinement comes to has to keep as well, and by imitation through the steps.
"""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from agents.max_margin_planner import SAMPLER, MaxMarginPlanner
from agents.planning.plan_space import PlanSpace
from agents.planning.planner_config import MaxMarginConfig
from agents.planning.planner_fitting import PlannerFitting
from agents.planning.trajectory_cost import TrajectoryCost
from agents.planning.twice_network import TwiceNetwork
from agents.planning.unrolled import Unrolled, unroll
from agents.planning.unrolled_fitting import BehaviorTrajectoryFitting
from envs.core.naming import check_known
from world_models.bicycle import ACCELERATION, SPEED, STEERING
from world_models.trajectories.library import SamplerConfig
from world_models.trajectories.limits import curvature_of

HALVES = ("both", "behavior", "trajectory")
GENTLE = replace(SAMPLER, rates=(*SAMPLER.rates[:-1], (2.0, 3.5, 2.6)))
"""Candidates that, but for emergencies, are comfortable with some room to spare."""
PLAIN = replace(GENTLE, speeds=(), waits=(), places=(), shares=(1.0,), proposal_places=(0.0,))
"""One candidate: at the speed that is advised."""


@dataclass(frozen=True, kw_only=True)
class BehaviorTrajectoryConfig(MaxMarginConfig):
    """As of the max-margin planner, and what each half does."""

    halves: str = "both"
    """`both`; `behavior`: the cheapest candidate as it is; `trajectory`: one plain proposal, refined."""
    refine: int = 4
    """Steps of descent."""
    tether: float = 0.3
    """Price of leaving the chosen candidate, for each pose [1/m^2]; a plain proposal may be left for nothing."""
    imitation_weight: float = 2.0
    """Of the distance to the expert of what the steps make of the candidate nearest to it [1/m]."""
    hard_negatives: int = 4
    """Cheapest candidates that are refined and then have to keep the margin as well."""
    blind: bool = True
    """Whether costs are of the scene alone: who is shown how the ego moves, and for how long it has stood, learns to go
    on as it does (de Haan et al., *Causal Confusion in Imitation Learning*, 2019). Candidates begin with its motion."""
    off_road: float = 5.0
    places: tuple[float, ...] = (0.0,)
    handed: str = "step"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_known("half", self.halves, HALVES)
        for name in ("tether", "imitation_weight", "hard_negatives"):
            if getattr(self, name) < 0:
                raise ValueError(f"{type(self).__name__}.{name}: expected >= 0, got {getattr(self, name)}.")

    @property
    def held(self) -> float:
        """The tether as it holds [1/m^2]."""
        return 0.0 if self.halves == "trajectory" else self.tether


class BehaviorTrajectoryPlanner(MaxMarginPlanner):
    """Drives the cheapest candidate, refined; needs observe=("occupancy", "ego", "route") and action="trajectory"."""

    name: ClassVar[str] = "behavior-trajectory-planner"
    Config: ClassVar[type] = BehaviorTrajectoryConfig
    Fitting: ClassVar[type[PlannerFitting]] = BehaviorTrajectoryFitting
    config: BehaviorTrajectoryConfig
    network: TwiceNetwork

    @property
    def sampler(self) -> SamplerConfig:
        """Which candidates: where one half is missing there is but one."""
        if self.config.halves == "trajectory":
            return PLAIN
        return replace(GENTLE, proposal_places=self.config.places)

    def network_for(self, channels: int, highs: np.ndarray, **sizes: Any) -> TwiceNetwork:
        return TwiceNetwork(channels, highs, is_blind=self.config.blind, **sizes)

    def finish(
        self, states: Float[Tensor, "batch time 7"], cost: TrajectoryCost, space: PlanSpace
    ) -> Float[Tensor, "batch time 7"]:
        """The chosen trajectory refined."""
        if self.config.halves == "behavior" or self.config.refine == 0:
            return states
        found = unroll(states[:, None, :, :3], cost, space, steps=self.config.refine, tether=self.config.held)
        return changed(states, found, space)


def changed(states: Float[Tensor, "batch time 7"], found: Unrolled, space: PlanSpace) -> Float[Tensor, "batch time 7"]:
    """States of a `TrajectorySet` after what descent has changed: at each time controls are those between two steps."""
    change, steering = found.change[:, 0], found.plans[:, 0, :, 1]
    bends = curvature_of(steering, space.bicycle.wheelbase)
    before = curvature_of(steering - change[..., STEERING], space.bicycle.wheelbase)
    controls = torch.stack([change[..., ACCELERATION], bends - before], -1)
    controls = 0.5 * (controls + torch.cat([controls[:, 1:], controls[:, -1:]], 1))
    speed = (states[..., SPEED, None] + change[..., SPEED, None]).clamp(min=0.0)
    return torch.cat([found.poses[:, 0], speed, states[..., 4:6] + controls, states[..., 6:]], -1)
