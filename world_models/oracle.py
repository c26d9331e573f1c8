"""The simulator as a world model: whatever another model gets wrong beside it is the model's fault, not the planner's.

A latent holds the environment's state. All candidates of all rows step in one private batch of the same worlds, and
what happens there is what would happen in the environment, random events included.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from envs.core.naming import check_known
from envs.core.worlds import Worlds
from world_models.checks import check_one_future
from world_models.model import Draws, WorldModel
from world_models.networks.action_features import check_actions
from world_models.of_env import is_road, spec_of
from world_models.rollout import Before, Latent, Rollout
from world_models.simulated_grids import SimulatedGrids
from world_models.simulated_roads import SimulatedRoads
from world_models.simulation import Notes, Simulation

REWARDS = ("environment", "score")


@dataclass(frozen=True, kw_only=True)
class OracleConfig:
    """Nothing is learned."""

    reward: str = "environment"
    """Of the head `reward`: the environment's own, or on roads by how much a step changes the `score` that may still be
    reached (see `world_models.simulated_roads`)."""

    def __post_init__(self) -> None:
        check_known("reward", self.reward, REWARDS)


class Oracle(WorldModel):
    """Looks at the state of the environment that it was made for; the observation tells only the batch size.

    A copy or pickle leaves the environment behind: `bound_to` gives it another.
    """

    name: ClassVar[str] = "oracle"
    Config: ClassVar[type] = OracleConfig
    reads_state: ClassVar[bool] = True
    learns: ClassVar[bool] = False
    config: OracleConfig
    simulation: Simulation | None

    def __init__(self, env: Any, config: OracleConfig) -> None:
        family = SimulatedRoads if is_road(env) else SimulatedGrids
        super().__init__(spec_of(env, heads=family.heads_of(env), is_differentiable=False), config)
        if config.reward == "score" and family is not SimulatedRoads:
            raise ValueError("OracleConfig.reward: only road environments keep a score, expected 'environment'.")
        self.simulation = Simulation(env, **family.changes)
        self._family = family

    @classmethod
    def for_env(cls, env: Any, **config: Any) -> Self:
        return cls(env, OracleConfig(**config))

    def bound_to(self, env: Any) -> Self:
        """The same of another environment."""
        return type(self).for_env(env, **asdict(self.config))

    def encode(self, observation: dict[str, Tensor], before: Before | None = None) -> Latent:
        simulation = self._simulation()
        found, rows = len(next(iter(observation.values()))), simulation.bound.num_worlds
        if found != rows:
            raise ValueError(
                f"The oracle looks at an environment of {rows} worlds, got a batch of {found} observations: use "
                "oracle.bound_to(env) for another environment."
            )
        parts = simulation.now()
        return Latent({**parts, **_tensors(self._family.begin(simulation, parts))}, observation)

    def predict(self, latent: Latent, actions: Tensor, *, samples: int = 1, draws: Draws | None = None) -> Rollout:
        check_one_future(samples)
        check_actions(actions, self.spec.actions, len(latent))
        found = self._run(latent.parts, actions, self._family.look)
        if self.config.reward == "score":
            found["reward"] = SimulatedRoads.gains(self._simulation(), latent.parts, found)
        return Rollout(latent, actions, {name: part.unsqueeze(2) for name, part in _tensors(found).items()})

    def decode_one(self, rollout: Rollout, key: str) -> Tensor:
        parts, device = rollout.parts, rollout.actions.device
        if key == "reward":
            return parts["reward"].float().to(device)
        if key == "continuation":
            return parts["goes_on"].float().to(device)
        found = self._family.decode(self._simulation(), rollout, key, self._run)
        return torch.from_numpy(found).unsqueeze(2).to(device)

    def _run(self, parts: dict[str, Tensor], actions: Tensor, look: Callable[[Worlds], Notes]) -> Notes:
        return self._simulation().run(parts, actions.detach().cpu().numpy(), look)

    def _simulation(self) -> Simulation:
        if self.simulation is None:
            raise ValueError("The oracle has no environment to look at: use oracle.bound_to(env).")
        return self.simulation

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "simulation": None}


def _tensors(arrays: dict[str, np.ndarray]) -> dict[str, Tensor]:
    return {name: torch.from_numpy(array) for name, array in arrays.items()}
