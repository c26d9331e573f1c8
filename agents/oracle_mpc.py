"""The ceiling of planning: the same search as `latent-mpc`, with the simulator itself as the model."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from agents.agent import Observation, Own, State
from agents.latent_mpc import as_actions, check_worlds, decider_of, planner_of, proposals_of
from agents.mpc.costing import cost_for
from agents.mpc.deciding import Decision
from agents.mpc.mpc_config import PlanningConfig
from agents.mpc.outline import Outline, native
from agents.mpc.pictures import overlays
from agents.state_reader import StateReader
from agents.world_learner import check_actions
from world_models.costs.judged import judged_cost
from world_models.oracle import Oracle


@dataclass(frozen=True, kw_only=True)
class OracleMPCConfig(PlanningConfig):
    """How the simulator is searched, and for what."""

    judged: bool = False
    """On roads: search for the score itself, as the simulator would give it, rather than by the cost that other models
    are searched by. It tells what the planner could do if nothing were lost between the cost and the score."""


class OracleMPC(StateReader):
    """Plans as latent-mpc does, with the simulator itself as the model: the ceiling.

    Whatever another model does worse with the same planner and cost is the model's fault; what this one does worse
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
        check_worlds(cls.name, outline, agent.config.horizon)
        settings, is_judged = agent.config, agent.config.judged
        if isinstance(settings.proposals, str) or settings.latent_goal is not None:
            raise ValueError("oracle-mpc has no use for proposals of an agent, or a latent goal; 'latent-mpc' has.")
        if is_judged and not outline.is_road:
            raise ValueError("judged: only roads keep a score that could be searched for.")
        if is_judged and settings.weights:
            raise ValueError("judged: the score has no weights of its own to be given; leave out one of the two.")
        agent.model = Oracle.for_env(native(env), reward="score" if is_judged else "environment")
        agent.proposals = proposals_of(outline, agent.model, settings)
        agent.planner = planner_of(settings, agent.model, agent.proposals)
        agent.cost = judged_cost(agent.model.spec) if is_judged else cost_for(agent.model.spec, settings.weights)
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
