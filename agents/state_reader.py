"""Agents that look at their environment's state rather than at observations: experts, drivers."""

from abc import abstractmethod
from dataclasses import asdict
from typing import Any, ClassVar

import numpy as np

from agents.agent import Agent, Observation, Own, State
from agents.checkpoint import Checkpoint


class StateReader(Agent):
    """Decides by the state of `env`, for its whole batch; the observation tells only the batch size.

    A copy or pickle leaves the environment behind: `bound_to` gives it another.
    """

    sees_state: ClassVar[bool] = True
    env: Any = None

    @classmethod
    def for_env(cls: type[Own], env: Any, **config: Any) -> Own:
        agent = super().for_env(env, **config)
        agent.env = env
        return agent

    def bound_to(self: Own, env: Any) -> Own:
        return type(self).for_env(env, **asdict(self.config))

    @classmethod
    def from_checkpoint(cls: type[Own], checkpoint: Checkpoint, env: Any = None) -> Own:
        if env is None:
            raise ValueError(f"Agent {cls.name!r} looks at the state: agents.load(path, env) needs the environment.")
        return cls.for_env(env, **checkpoint.config)

    def act(
        self, observation: Observation, state: State, episode_start: np.ndarray | None, deterministic: bool
    ) -> tuple[np.ndarray, State]:
        if self.env is None:
            raise ValueError(f"Agent {self.name!r} has no environment to look at: use agent.bound_to(env).")
        actions = self.read()
        found = len(next(iter(observation.values())))
        if found != len(actions):
            raise ValueError(
                f"Agent {self.name!r} looks at an environment of {len(actions)} worlds, got a batch of {found} "
                "observations: use agent.bound_to(env) for another environment."
            )
        return actions, None

    @abstractmethod
    def read(self) -> np.ndarray:
        """Actions [env ...] for the present state of `env`, which may be single or a batch."""

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "env": None}
