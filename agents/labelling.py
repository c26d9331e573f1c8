"""Asking the expert: who it is, what it would do, and how often it was asked."""

from typing import Any

import numpy as np

from agents.agent import Agent, Observation, State
from envs.core.batched import WorldVectorEnv


class Expert:
    """The environment's oracle, or any agent, with a counter of queries.

    Args:
        worlds: The batch whose states or observations are asked about.
        agent: None for the oracle of `worlds`.
    """

    def __init__(self, worlds: WorldVectorEnv, agent: Agent | None = None) -> None:
        self.worlds = worlds
        self.agent = None if agent is None else agent.bound_to(worlds)
        self.queries = 0
        self._state: State = None

    def label(self, observation: Observation, begins: np.ndarray, wanted: int) -> np.ndarray:
        """What the expert would do now in every world [env ...]; `wanted` of the answers are paid for, a query each."""
        self.queries += min(wanted, self.worlds.num_envs)
        if self.agent is None:
            actions = self.worlds.oracle_action()
        else:
            actions, self._state = self.agent.predict(observation, self._state, begins, deterministic=True)
        return np.asarray(actions, self.worlds.single_action_space.dtype)


def check_expert(expert: Any) -> Agent | None:
    """The expert as an agent, None for ``"oracle"``.

    Raises:
        ValueError: neither.
    """
    if expert is None or expert == "oracle":
        return None
    if not isinstance(expert, Agent):
        raise ValueError(f"Expected expert='oracle' or an agent, got {expert!r}.")
    return expert
