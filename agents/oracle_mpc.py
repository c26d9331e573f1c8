"""The ceiling of planning: the same search as `latent-mpc`, with the simulator itself as the model."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from agents.agent import Observation, Own, State
from agents.latent_mpc import as_actions, check_roads, decider_of, planner_of, proposals_of
from agents.mpc.costing import cost_for
from agents.mpc.deciding import Decision
from agents.mpc.mpc_config import PlanningConfig
from agents.mpc.outline import Outline, native
from agents.mpc.pictures import overlays
from agents.state_reader import StateReader
from agents.world_learner import check_actions
from world_models.oracle import Oracle


@dataclass(frozen=True, kw_only=True)
class OracleMPCConfig(PlanningConfig):
    """How the simulator is searched."""


class OracleMPC(StateReader):
    """Whatever another model does worse with the same planner and cost is the model's fault; what this one does worse
    than the oracle is the planner's.
    """

    name: ClassVar[str] = "oracle-mpc"
    Config: ClassVar[type] = OracleMPCConfig
    config: OracleMPCConfig
    model: Oracle

    @classmethod
    def for_env(cls: type[Own], env: Any, **config: Any) -> Own:
        agent: Any = super().for_env(env, **config)  # type: ignore[misc]
        check_actions(cls.name, agent.action_space)
        outline = Outline.of_env(env)
        check_roads(cls.name, outline, agent.config.horizon)
        agent.model = Oracle.for_env(native(env))
        agent.planner = planner_of(agent.config)
        agent.cost = cost_for(agent.model.spec, agent.config.weights)
        agent.proposals = proposals_of(outline, agent.model, agent.config)
        return agent

    def act(
        self, observation: Observation, state: State, episode_start: np.ndarray | None, deterministic: bool
    ) -> tuple[np.ndarray, State]:
        decision = self._decide(observation, state, episode_start, drawn=not deterministic)
        return as_actions(decision.actions, self.action_space), decision.state

    def read(self) -> np.ndarray:
        """Actions [env ...] of plans made afresh."""
        count = native(self.env).unwrapped.worlds.num_worlds
        return self.act({"occupancy": np.zeros((count, 1))}, None, None, True)[0]

    def explain(self, observation: Observation, state: State = None) -> dict[str, np.ndarray]:
        """The plan, the best candidates with their costs, and who will be where at half the horizon."""
        if self.env is None:
            return {}
        decision = self._decide(observation, state, None, drawn=False)
        return overlays(decision, self.model, Outline.of_env(self.env))

    def _decide(
        self, observation: Observation, state: State, episode_start: np.ndarray | None, *, drawn: bool
    ) -> Decision:
        if self.env is None:
            raise ValueError(f"Agent {self.name!r} has no environment to look at: use agent.bound_to(env).")
        decider = decider_of(self, self.model, torch.device("cpu"))
        return decider.decide(observation, state, episode_start, drawn=drawn)
