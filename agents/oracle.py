"""The ceiling of every table: the environment's own privileged expert."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from agents.agent import Observation, State
from agents.state_reader import StateReader


@dataclass(frozen=True, kw_only=True)
class OracleConfig:
    """Nothing to choose: the tie rule is an argument of the environment."""


class OracleAgent(StateReader):
    """Asks `env` for the expert's actions in its current state; the observation tells only the batch size."""

    name: ClassVar[str] = "oracle"
    Config: ClassVar[type] = OracleConfig

    def read(self) -> np.ndarray:
        actions = np.asarray(self.env.unwrapped.oracle_action())
        return actions if hasattr(self.env, "num_envs") else actions[None]

    def explain(self, observation: Observation, state: State = None) -> dict[str, np.ndarray]:
        """For a single world the plan: on grids the rest of a shortest path, on roads the next seconds' poses."""
        if self.env is None or hasattr(self.env, "num_envs"):
            return {}
        worlds = self.env.unwrapped.worlds
        if hasattr(worlds, "driver_plan"):
            return {"plan": worlds.driver_plan(self.name)[None]}
        if hasattr(worlds, "shortest_path"):
            return {"plan": worlds.shortest_path()[None]}
        return {}
