"""The floor under all models: on roads everybody goes straight on, on grids nothing moves but the agent."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from world_models.boxes import Canvas
from world_models.checks import check_observed, check_one_future
from world_models.ego_motion import EgoMotion
from world_models.floors.still_grid import StillGrid
from world_models.floors.straight_on import StraightOn
from world_models.model import Draws, WorldModel
from world_models.networks.action_features import check_actions
from world_models.of_env import is_road, spec_of
from world_models.rollout import Before, Latent, Rollout, expand
from world_models.spec import Spec
from world_models.way_left import way_left

ROAD_HEADS = ("occupancy", "flow", "ego", "actors", "to_go")
GRID_HEADS = ("occupancy", "cell")


class ConstantVelocity(WorldModel):
    """Nothing is learned: the agent moves by the rules, others keep the velocity that is seen."""

    name = "constant-velocity"
    learns = False

    @dataclass(frozen=True)
    class Config:
        """Nothing to choose; `seed` is that of every model, and nothing here is random."""

        seed: int = 0

    def __init__(self, spec: Spec, config: Config, rules: EgoMotion | StillGrid) -> None:
        super().__init__(spec, config)
        self.rules = rules

    @classmethod
    def for_env(cls, env: Any, **config: Any) -> "ConstantVelocity":
        """A model of a grid with the whole map in view, or of a road whose observation has actors, ego and route."""
        if not is_road(env):
            spec = spec_of(env, heads=GRID_HEADS, is_differentiable=False)
            return cls(spec, cls.Config(**config), StillGrid.of_env(env))
        spec = spec_of(env, heads=ROAD_HEADS)
        check_observed(spec, "occupancy", "ego", "route", "actors")
        return cls(spec, cls.Config(**config), EgoMotion.of_env(env))

    def encode(self, observation: dict[str, Tensor], before: Before | None = None) -> Latent:
        """Nothing but what is seen."""
        return Latent({}, observation)

    def predict(self, latent: Latent, actions: Tensor, *, samples: int = 1, draws: Draws | None = None) -> Rollout:
        """Where the agent goes; what the others do is for `decode`."""
        check_actions(actions, self.spec.actions, len(latent))
        check_one_future(samples)
        if isinstance(self.rules, StillGrid):
            parts = {"cell": self.rules.cells(latent.observation["occupancy"], actions)}
        else:
            parts = {"ego": self.rules.rollout(latent.observation["ego"], actions)}
        return Rollout(latent, actions, {name: part.unsqueeze(2) for name, part in parts.items()})

    def decode_one(self, rollout: Rollout, key: str) -> Tensor:
        """What is the same for all candidates has no strides along them."""
        if isinstance(self.rules, StillGrid):
            return self._grid(self.rules, rollout, key)
        observation = rollout.start.observation
        if key == "ego":
            return rollout.parts["ego"]
        if key == "to_go":
            return way_left(observation, rollout.parts["ego"][..., :2], self.spec)
        others = StraightOn.of_observation(observation, dt=self.spec.dt, horizon=rollout.horizon)
        assert self.spec.extent is not None
        canvas = Canvas(self.spec.extent, self.spec.resolution)
        found = {"occupancy": others.occupancy, "flow": others.flow}.get(key, lambda _: others.poses)(canvas)
        return expand(found, rollout.actions.shape[1]).unsqueeze(2)

    @staticmethod
    def _grid(rules: StillGrid, rollout: Rollout, key: str) -> Tensor:
        seen = rollout.start.observation["occupancy"]
        rows, cols = seen.shape[-2:]
        cell = functional.one_hot(rollout.parts["cell"], rows * cols).float().unflatten(-1, (rows, cols))
        if key == "cell":
            return cell
        still = seen.float().reshape(len(seen), 1, 1, 1, *seen.shape[1:]).expand(*cell.shape[:4], *seen.shape[1:])
        agent = rules.channels.index("agent")
        return torch.cat([still[..., :agent, :, :], cell.unsqueeze(4), still[..., agent + 1 :, :, :]], 4)
