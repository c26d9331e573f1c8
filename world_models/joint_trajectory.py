"""What everybody else will do together: joint modes of trajectories, given what the ego will do.

After Ngiam et al., *Scene Transformer: a unified architecture for predicting multiple agent trajectories* (ICLR 2022),
and Zhou et al., *Query-Centric Trajectory Prediction* (CVPR 2023). Tokens of everybody, in frames of their own, look
at one another; then each of a few joint modes is one future of the whole scene. Which mode it is depends on what is
seen now alone; what is done in it, on the ego's plan up to then.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from envs.driving.config import STATIC_CHANNELS
from envs.driving.future import FUTURE_CHANNELS
from world_models.bicycle import wrap
from world_models.checks import check_observed
from world_models.ego_motion import EgoMotion
from world_models.experience import Windows
from world_models.joint.crops import Crop, crops
from world_models.joint.losses import joint_losses
from world_models.joint.modes import Futures, ModeDecoder, placed, unroll
from world_models.joint.pictures import picture
from world_models.joint.rasterising import Canvas
from world_models.joint.reaction import Reaction
from world_models.joint.scene import SceneEncoder
from world_models.joint.tokens import Everybody, read_everybody
from world_models.labels import actor_labels
from world_models.model import Draws, WorldModel
from world_models.networks.action_features import check_actions
from world_models.of_env import is_road, spec_of
from world_models.rollout import Before, Latent, Rollout
from world_models.way_left import way_left

HEADS = ("occupancy", "flow", "ego", "actors", "to_go")
MAPS = ("drivable", "lane_boundary", "stop", "crosswalk")
"""Channels of the occupancy that bodies look at."""
USUAL_CROP = Crop()
SEEN = ("poses", "speeds", "sizes", "are_pedestrians", "mask", "own")


@dataclass(frozen=True, kw_only=True)
class JointConfig:
    """Sizes, and what it is told."""

    modes: int = 4
    """Joint futures of a scene."""
    width: int = 64
    """Of tokens of the scene."""
    plan_width: int = 32
    """Of what is done for every candidate."""
    layers: int = 2
    """Of attention among everybody, before the modes part."""
    conditioned: bool = True
    """Whether the others are foreseen given the ego's plan; without, it is as if it were not known."""
    crop: Crop = USUAL_CROP
    """Where bodies look at the map."""
    others: float = 0.05
    """Share of the loss that all but the best mode have together."""
    seed: int = 0
    """Of the first weights."""

    def __post_init__(self) -> None:
        if self.modes < 1 or self.layers < 0:
            raise ValueError(f"JointConfig: expected modes >= 1 and layers >= 0, got {self.modes} and {self.layers}.")
        for name, heads in (("width", 4), ("plan_width", 2)):
            if getattr(self, name) < heads or getattr(self, name) % heads:
                raise ValueError(f"JointConfig.{name}: expected a multiple of {heads}, got {getattr(self, name)}.")
        if not 0.0 <= self.others < 1.0:
            raise ValueError(f"JointConfig.others: expected a share in [0, 1), got {self.others}.")


class JointTrajectory(WorldModel):
    """Foresees trajectories of everybody on the road, in a few joint futures that answer to the ego's plan.

    Before anything is learned it goes straight on: `constant-velocity`.

    `predict(samples=1)` has one sample: `actors` are those of the most likely mode, `occupancy` and `flow` are of all
    modes by how likely they are. More samples are the most likely modes one by one, likeliest first, with
    `Rollout.weights`; as many as there are modes hold everything that is foreseen.
    """

    name: ClassVar[str] = "joint-trajectory"
    Config: ClassVar[type] = JointConfig
    config: JointConfig

    def __init__(self, env: Any, config: JointConfig) -> None:
        if not is_road(env):
            raise ValueError("joint-trajectory is a model of roads: a grid has no trajectories of others.")
        super().__init__(spec_of(env, heads=HEADS, is_stochastic=True), config)
        check_observed(self.spec, "occupancy", "ego", "route", "actors")
        self.ego_motion = EgoMotion.of_env(env)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(config.seed)
            self.scene = SceneEncoder(
                config.width, channels=len(MAPS) + 1, modes=config.modes, layers=config.layers, crop=config.crop
            )
            self.decoder = ModeDecoder(config.width, width=config.plan_width)
            pairs = self.scene.within.pairs
            self.reaction = Reaction(config.width, pairs, width=config.plan_width) if config.conditioned else None

    @classmethod
    def for_env(cls, env: Any, **config: Any) -> "JointTrajectory":
        return cls(env, JointConfig(**config))

    def encode(self, observation: dict[str, Tensor], before: Before | None = None) -> Latent:
        seen = read_everybody(observation)
        found = self.scene(seen, self.look(observation["occupancy"], seen.poses))
        parts = {name: getattr(seen, name) for name in SEEN}
        parts |= {"modes": found["modes"][:, :, 1:], "log_weights": found["weights"]}
        if self.reaction is not None:
            others = (found["tokens"][:, 1:], found["pairs"][:, 1:, 1:], seen.mask[:, 1:])
            parts |= self.reaction.encode(*others)
        return Latent(parts, observation)

    def look(self, occupancy: Tensor, poses: Float[Tensor, "batch body 3"]) -> Tensor:
        """What bodies at `poses` see of the map [batch body channel point]; the last channel is 1 where it is seen."""
        assert self.spec.extent is not None
        maps = occupancy[:, [STATIC_CHANNELS.index(name) for name in MAPS]].to(poses.dtype) / 255.0
        maps = torch.cat([maps, torch.ones_like(maps[:, :1])], 1)
        return crops(maps, poses, self.scene.points, self.spec.extent)

    def predict(self, latent: Latent, actions: Tensor, *, samples: int = 1, draws: Draws | None = None) -> Rollout:
        check_actions(actions, self.spec.actions, len(latent))
        if not 1 <= samples <= self.config.modes:
            raise ValueError(f"joint-trajectory: expected 1 to {self.config.modes} samples, got {samples}.")
        motions = self.ego_motion.rollout(latent.observation["ego"], actions)
        futures = self.futures(latent, motions)
        log_weights, order = latent.parts["log_weights"].sort(dim=-1, descending=True, stable=True)
        rows = torch.arange(len(order), device=order.device)[:, None]
        poses, scales = (part[rows, :, order].transpose(1, 2) for part in (futures.poses, futures.scales))
        chances = log_weights.exp()[:, None]
        if samples > 1:
            poses, scales = poses[:, :, :samples, :, None], scales[:, :, :samples, :, None]
            weights = chances[..., :samples] / chances[..., :samples].sum(-1, keepdim=True)
            shares = torch.ones_like(poses[..., 0, 0])
        else:
            poses, scales = poses.transpose(2, 3)[:, :, None], scales.transpose(2, 3)[:, :, None]
            weights = torch.ones_like(chances[..., :1])
            shares = chances[:, :, None, None].expand(poses.shape[:-2])
        ego = motions[:, :, None].expand(-1, -1, samples, -1, -1)
        # [batch candidate sample time mode actor ...]: each sample mixes the modes that it stands for
        parts = {"poses": poses, "scales": scales, "shares": shares}
        parts = {name: part.expand(-1, actions.shape[1], *part.shape[2:]) for name, part in parts.items()}
        return Rollout(latent, actions, {"ego": ego, **parts}, weights.expand(-1, actions.shape[1], -1))

    def futures(self, latent: Latent, motions: Float[Tensor, "batch candidate time 6"]) -> Futures:
        """Of the others in every mode, [batch candidate mode time actor ...], given the ego's motions.

        One candidate stands for all where these make no difference.
        """
        seen = Everybody(**{name: latent.parts[name] for name in SEEN})
        count = motions.shape[2]
        seconds = self.spec.dt * torch.arange(1, count + 1, device=motions.device, dtype=motions.dtype)
        meant = None if self.reaction is None else self.reaction(latent.parts, seen, motions, seconds)
        controls, scales = self.decoder(latent.parts["modes"], meant, seconds)
        own = unroll(controls, seen.speeds[:, None, None, 1:], self.spec.dt)
        x, y, heading = placed(own, seen.poses[:, None, None, 1:]).unbind(-1)
        there = seen.mask[:, None, None, None, 1:, None]
        poses = torch.where(there, torch.stack([x, y, wrap(heading)], -1), 0.0)
        return Futures(poses, scales)

    def decode_one(self, rollout: Rollout, key: str) -> Tensor:
        if key == "ego":
            return rollout.parts["ego"]
        if key == "actors":
            return rollout.parts["poses"][..., 0, :, :]
        if key == "to_go":
            return way_left(rollout.start.observation, rollout.parts["ego"][..., :2], self.spec)
        return picture(rollout, self.canvas, flow_over=self.spec.dt if key == "flow" else None)

    @property
    def canvas(self) -> Canvas:
        """What `occupancy` is drawn on."""
        assert self.spec.extent is not None
        assert self.spec.foreseen == FUTURE_CHANNELS
        return Canvas(self.spec.extent, self.spec.resolution)

    def loss(self, windows: Windows) -> tuple[Tensor, dict[str, float]]:
        latent = self.encode({key: part[:, 0] for key, part in windows.observation.items()})
        motions = self.ego_motion.rollout(latent.observation["ego"], windows.actions[:, None])
        futures = self.futures(latent, motions)
        truth, known = actor_labels(windows)
        losses = joint_losses(
            Futures(futures.poses[:, 0], futures.scales[:, 0]),
            latent.parts["log_weights"], truth, known & latent.parts["mask"][:, None, 1:], others=self.config.others,
        )  # fmt: skip
        return losses.total, {name: part.item() for name, part in losses._asdict().items()}
