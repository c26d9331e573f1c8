"""Thinking in latents: an encoder, a predictor that is told the actions, and heads that say what a latent means.

Planning in a learned latent space: Hafner et al., *Learning latent dynamics for planning from pixels* (ICML 2019).
Predicting latents, kept apart by a regulariser, rather than pixels: LeCun, *A path towards autonomous machine
intelligence* (2022); on an encoder that is frozen: Zhou et al., *DINO-WM* (2024).

On grids seen whole the latent has the shape of the map (`world_models.latents.spatial`), on roads it lies on the ground
round the ego (`world_models.latents.ground`), elsewhere it is a vector (`world_models.latents.vector`).
"""

from dataclasses import replace
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from envs.driving.config import RoadConfig
from envs.gridworld.config import GridConfig
from world_models.ego_motion import EgoMotion
from world_models.experience import Windows
from world_models.latents.config import LatentConfig
from world_models.latents.ground import GroundRoom
from world_models.latents.room import Room
from world_models.latents.spatial import SpatialRoom
from world_models.latents.vector import VectorRoom
from world_models.model import Draws, WorldModel
from world_models.networks.action_features import check_actions
from world_models.of_env import spec_of
from world_models.rollout import Before, Latent, Rollout
from world_models.spec import Spec

AGENT = "agent"
"""The channel that shows where the agent is."""


class LatentModel(WorldModel):
    """Foresees in a latent of its own: one with a place for every cell or patch of cells, or a vector.

    A face before one of three rooms; which one `config.kind` says.
    """

    name = "latent"
    Config: ClassVar[type[LatentConfig]] = LatentConfig

    def __init__(self, spec: Spec, config: LatentConfig, room: Room) -> None:
        super().__init__(replace(spec, heads=room.heads, is_differentiable=room.is_differentiable), config)
        self.room = room

    @classmethod
    def for_env(cls, env: Any, *, encoder: str | nn.Module = "trained", **config: Any) -> "LatentModel":
        """A new model of a grid or road environment, single or vector.

        Args:
            env: Its worlds; roads with continuous actions.
            encoder: As in `LatentConfig`, or a module from occupancy in 0..1 [batch channel row col] to anything
                [batch ...]; it learns as far as its own parameters do.
            config: Of `LatentConfig`.

        Raises:
            ValueError: a spatial latent where the map is not in view, or a module where there is nothing to look at.
        """
        given = encoder if isinstance(encoder, nn.Module) else None
        chosen = LatentConfig(encoder="given" if given is not None else str(encoder), **config)
        if (chosen.encoder == "given") != (given is not None):
            raise ValueError("encoder='given': hand in the module itself, for_env(env, encoder=module).")
        spec = spec_of(env, heads=())
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(chosen.seed)
            return cls(spec, chosen, room_for(env, spec, chosen, given))

    def encode(self, observation: dict[str, Tensor], before: Before | None = None) -> Latent:
        """Latents of what is seen now; there is no memory."""
        return Latent(self.room.encode(observation), observation)

    def predict(self, latent: Latent, actions: Tensor, *, samples: int = 1, draws: Draws | None = None) -> Rollout:
        """Latents after every action; there is one future."""
        check_actions(actions, self.spec.actions, len(latent))
        if samples != 1:
            raise ValueError(f"{self.name} foresees one future: expected samples=1, got {samples}.")
        return Rollout(latent, actions, self.room.predict(latent, actions))

    def decode_one(self, rollout: Rollout, key: str) -> Tensor:
        return self.room.decode(rollout, key)

    def loss(self, windows: Windows) -> tuple[Tensor, dict[str, float]]:
        terms = self.room.losses(windows)
        return torch.stack(list(terms.values())).sum(), {name: term.item() for name, term in terms.items()}

    def prepare(self, windows: Windows) -> None:
        self.room.prepare(windows)


def room_for(env: Any, spec: Spec, config: LatentConfig, given: nn.Module | None = None) -> Room:
    """The kind of latent that `config` asks for, or that suits.

    Raises:
        ValueError: a spatial latent where the map is not in view, one on the ground where there are no roads, or a
            module where there is nothing to look at.
    """
    worlds = getattr(env, "unwrapped", env).config
    channels = tuple(worlds.channels)
    is_whole = isinstance(worlds, GridConfig) and worlds.view == "full" and AGENT in channels
    kind = config.kind or usual_kind(spec, config, is_whole=is_whole, is_road=isinstance(worlds, RoadConfig))
    if kind == "spatial":
        if not is_whole or config.encoder != "trained":
            raise ValueError("kind='spatial': expected a grid seen whole and encoder='trained'; use kind='vector'.")
        shape = spec.observation["occupancy"]
        return SpatialRoom(shape, channels.index(AGENT), spec.actions.size, width=config.width)
    if kind == "ground":
        if not isinstance(worlds, RoadConfig) or config.encoder != "trained":
            raise ValueError("kind='ground': expected roads and encoder='trained'; use kind='vector'.")
        return GroundRoom(spec, config, channels=channels, ego=EgoMotion.of_env(env))
    if given is not None and "occupancy" not in spec.observation:
        raise ValueError(f"encoder: a module needs the observation 'occupancy', got {list(spec.observation)}.")
    ego = EgoMotion.of_env(env) if isinstance(worlds, RoadConfig) else None
    return VectorRoom(spec, config, channels=channels, ego=ego, given=given)


def usual_kind(spec: Spec, config: LatentConfig, *, is_whole: bool, is_road: bool) -> str:
    """The kind that suits where none is asked for."""
    if config.encoder != "trained":
        return "vector"
    if is_road and {"occupancy", "ego", "route"} <= set(spec.observation):
        return "ground"
    return "spatial" if is_whole else "vector"
