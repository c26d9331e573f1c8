"""Drivers of the simplest kinds, for the middle of every table of roads: they look at the state, and learn nothing."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from agents.agent import Observation, Own, State
from agents.state_reader import StateReader
from envs import ENVS

FAMILY = "envs.driving."
"""Where the worlds come from that have drivers."""


@dataclass(frozen=True, kw_only=True)
class DriverConfig:
    """Nothing to choose: what drivers know of roads is an argument of the environment."""


class Driver(StateReader):
    """Asks the worlds of `env` what the driver of its own name would do."""

    Config: ClassVar[type] = DriverConfig

    @classmethod
    def for_env(cls: type[Own], env: Any, **config: Any) -> Own:
        if not hasattr(_worlds(env), "driver_action"):
            roads = [name for name, entry in ENVS.items() if entry.startswith(FAMILY)]
            raise ValueError(f"Agent {cls.name!r} drives on roads, and {_title(env)} has none. Known roads: {roads}.")
        return super().for_env(env, **config)

    def read(self) -> np.ndarray:
        return np.asarray(_worlds(self.env).driver_action(self.name))[:, 0]

    def explain(self, observation: Observation, state: State = None) -> dict[str, np.ndarray]:
        """For a single world the plan of a driver who has one: poses of the next seconds."""
        if self.env is None or hasattr(self.env, "num_envs"):
            return {}
        plan = _worlds(self.env).driver_plan(self.name)
        return {} if plan is None else {"plan": plan[None]}


class ConstantVelocity(Driver):
    """Goes on as it goes: no acceleration, and no turn of the wheel."""

    name: ClassVar[str] = "constant-velocity"


class IDMDriver(Driver):
    """Keeps its lane along the route, and its distance, by the intelligent driver model (Treiber et al., 2000)."""

    name: ClassVar[str] = "idm"


class LogReplay(Driver):
    """Follows the recorded track that its vehicle had; on recordings only."""

    name: ClassVar[str] = "log-replay"


def _worlds(env: Any) -> Any:
    return getattr(getattr(env, "unwrapped", env), "worlds", None)


def _title(env: Any) -> str:
    spec = getattr(env, "spec", None)
    return spec.id if spec is not None else type(getattr(env, "unwrapped", env)).__name__
