"""A latent that is a vector: small enough to foresee thousands of futures, and decoded only where a cost asks for it.

z_0 = encode(observation),  z_t = dynamics(z_0, a_0 .. a_{t-1})

The loss is the distance of predicted latents from those of the frames that came, over all steps; a term against
collapse; and heads. On roads a latent means a view from where the ego will be then; as where that is is known physics
(`EgoMotion`), views can be turned into the frame of now.
"""

import torch
from torch import Tensor, nn

from world_models.ego_motion import EgoMotion
from world_models.experience import Windows
from world_models.latents.autoencoder import pretrain
from world_models.latents.config import LatentConfig
from world_models.latents.dynamics import DYNAMICS
from world_models.latents.encoder import OCCUPANCY, Encoder
from world_models.latents.heads import NumberHead
from world_models.latents.room import Room
from world_models.latents.vector_losses import vector_losses
from world_models.networks.action_features import ActionFeatures
from world_models.networks.coarse_decoder import CoarseDecoder
from world_models.rollout import Latent, Rollout
from world_models.spec import Spec
from world_models.views import turn
from world_models.way_left import way_left


class VectorRoom(Room):
    """See above.

    Args:
        spec: Of the worlds; heads are not looked at.
        config: What is chosen.
        channels: Names of the occupancy's.
        ego: On roads, where the ego goes.
        given: Instead of our encoder's stem, see `Encoder`.
    """

    is_differentiable = True

    def __init__(
        self,
        spec: Spec,
        config: LatentConfig,
        *,
        channels: tuple[str, ...],
        ego: EgoMotion | None = None,
        given: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.spec, self.config, self.ego = spec, config, ego
        self.encoder = Encoder(spec, config, given)
        self.actions = ActionFeatures(spec.actions)
        self.dynamics = DYNAMICS[config.dynamics](spec.actions.size, config)
        self.reward, self.to_go = NumberHead(config.size), NumberHead(config.size)
        self.goes_on = nn.Linear(config.size, 1)
        nn.init.constant_(self.goes_on.bias, 3.0)
        self.foreseen = [channels.index(name) for name in spec.foreseen] if OCCUPANCY in spec.observation else []
        self.agent = channels.index("agent") if "agent" in channels else -1
        heads = ["latent", "reward", "continuation", "to_go"]
        if self.foreseen:
            shape = (len(self.foreseen), *spec.observation[OCCUPANCY][1:])
            coarse = config.coarse if ego is not None else 1
            self.images = CoarseDecoder(config.size, shape, coarse=coarse)
            heads += ["occupancy"] + ["cell"] * (self.agent >= 0)
        self.heads = tuple(heads + ["ego"] * (ego is not None))
        self.is_frozen = config.encoder == "frozen"
        if self.is_frozen:
            self.encoder.requires_grad_(False)

    def encode(self, observation: dict[str, Tensor]) -> dict[str, Tensor]:
        """The vector."""
        return {"latent": self.encoder(observation)}

    def predict(self, latent: Latent, actions: Tensor) -> dict[str, Tensor]:
        """Vectors [batch candidate 1 horizon size], and on roads the ego's motions."""
        parts = {"latent": self.dynamics(latent.parts["latent"], self.actions(actions))}
        if self.ego is not None:
            parts["ego"] = self.ego.rollout(latent.observation["ego"], actions)
        return {name: part.unsqueeze(2) for name, part in parts.items()}

    def decode(self, rollout: Rollout, key: str) -> Tensor:
        if key in rollout.parts:
            return rollout.parts[key]
        latent = rollout.parts["latent"]
        if key == "reward":
            return self.reward(latent)
        if key == "continuation":
            return torch.sigmoid(self.goes_on(latent).squeeze(-1))
        if key == "to_go":
            return self._to_go(rollout)
        logits = self.images(latent)
        if key == "cell":
            place = logits[..., self.foreseen.index(self.agent), :, :]
            return place.flatten(-2).softmax(-1).view(place.shape)
        seen = torch.sigmoid(logits)
        if self.ego is None:
            return seen
        assert self.spec.extent is not None
        poses, side = rollout.parts["ego"][..., :3], self.spec.resolution * self.images.coarse
        return self.images.fine(turn(seen, poses, self.spec.extent, side))

    def _to_go(self, rollout: Rollout) -> Tensor:
        if self.ego is None or "route" not in rollout.start.observation:
            return self.to_go(rollout.parts["latent"])
        return way_left(rollout.start.observation, rollout.parts["ego"][..., :2], self.spec)

    def losses(self, windows: Windows) -> dict[str, Tensor]:
        return vector_losses(self, windows)

    def prepare(self, windows: Windows) -> None:
        """Measure numbers, rewards and costs to go, and fit an encoder that is to be frozen."""
        frames = torch.cat([windows.is_real[:, :1], windows.is_real], 1)
        self.encoder.numbers.measure(windows.observation, frames)
        self.reward.measure(windows.rewards, windows.is_real)
        self.to_go.measure(windows.to_go, frames & windows.to_go.isfinite())
        if self.is_frozen:
            sizes = {"size": self.config.size, "coarse": self.images.coarse if self.foreseen else 1}
            pretrain(self.encoder, windows, **sizes, updates=self.config.pretraining)
