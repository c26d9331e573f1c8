"""The ceiling of every table: the environment's own privileged expert."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from agents.agent import Agent, Observation, State
from agents.checkpoint import Checkpoint


@dataclass(frozen=True, kw_only=True)
class OracleConfig:
    """Nothing to choose: the tie rule is an argument of the environment."""


class OracleAgent(Agent):
    """Asks `env` for the expert's actions in its current state; the observation tells only the batch size.

    A copy or pickle leaves the environment behind: `bound_to` gives it another.
    """

    name: ClassVar[str] = "oracle"
    Config: ClassVar[type] = OracleConfig
    sees_state: ClassVar[bool] = True
    env: Any = None

    @classmethod
    def for_env(cls, env: Any, **config: Any) -> "OracleAgent":
        agent = super().for_env(env, **config)
        agent.env = env
        return agent

    def bound_to(self, env: Any) -> "OracleAgent":
        return OracleAgent.for_env(env)

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint, env: Any = None) -> "OracleAgent":
        if env is None:
            raise ValueError("The oracle looks at the state: agents.load(path, env) needs the environment.")
        return cls.for_env(env, **checkpoint.config)

    def act(
        self, observation: Observation, state: State, episode_start: np.ndarray | None, deterministic: bool
    ) -> tuple[np.ndarray, State]:
        if self.env is None:
            raise ValueError("The oracle has no environment to look at: use agent.bound_to(env).")
        actions = np.asarray(self.env.unwrapped.oracle_action())
        batch = actions if hasattr(self.env, "num_envs") else actions[None]
        found = len(next(iter(observation.values())))
        if found != len(batch):
            raise ValueError(
                f"The oracle looks at an environment of {len(batch)} worlds, got a batch of {found} observations: "
                "use agent.bound_to(env) for another environment."
            )
        return batch, None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "env": None}

    def explain(self, observation: Observation, state: State = None) -> dict[str, np.ndarray]:
        """The rest of a shortest path, for a single grid world."""
        if self.env is None or hasattr(self.env, "num_envs"):
            return {}
        worlds = self.env.unwrapped.worlds
        if not hasattr(worlds, "shortest_path"):
            return {}
        return {"plan": worlds.shortest_path()[None]}
