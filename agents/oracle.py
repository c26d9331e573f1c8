"""The ceiling of every table: the environment's own privileged expert."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from agents.agent import Agent, Observation, State
from agents.batching import check_batch
from agents.checkpoint import Checkpoint


@dataclass(frozen=True, kw_only=True)
class OracleConfig:
    """Nothing to choose: the tie rule is an argument of the environment."""


class OracleAgent(Agent):
    """Asks `env` for the expert's actions in its current state; the observation tells only the batch size."""

    name: ClassVar[str] = "oracle"
    Config: ClassVar[type] = OracleConfig
    sees_state: ClassVar[bool] = True
    env: Any = None

    @classmethod
    def for_env(cls, env: Any, **config: Any) -> Self:
        agent = super().for_env(env, **config)
        agent.env = env
        return agent

    def bound_to(self, env: Any) -> "OracleAgent":
        return OracleAgent.for_env(env)

    @classmethod
    def from_checkpoint(cls, checkpoint: Checkpoint, env: Any = None) -> Self:
        if env is None:
            raise ValueError("The oracle looks at the state: agents.load(path, env) needs the environment.")
        return cls.for_env(env, **checkpoint.config)

    def act(
        self, observation: Observation, state: State, episode_start: np.ndarray | None, deterministic: bool
    ) -> tuple[np.ndarray, State]:
        actions = np.asarray(self.env.unwrapped.oracle_action())
        batch = actions if hasattr(self.env, "num_envs") else actions[None]
        check_batch("oracle's environment", len(next(iter(observation.values()))), len(batch))
        return batch, None

    def explain(self, observation: Observation, state: State = None) -> dict[str, np.ndarray]:
        """The rest of a shortest path, for a single grid world."""
        worlds = self.env.unwrapped.worlds
        if hasattr(self.env, "num_envs") or not hasattr(worlds, "shortest_path"):
            return {}
        return {"plan": worlds.shortest_path()[None]}
