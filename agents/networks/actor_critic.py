"""stable-baselines3's actor and critic on the encoders that imitation uses, so that one can go on from the other."""

from typing import Any

import numpy as np
import torch
from gymnasium import spaces
from jaxtyping import Float
from stable_baselines3.common.policies import MultiInputActorCriticPolicy
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import Tensor, nn

from agents.networks.encoders import encoder_for
from agents.networks.normaliser import Normaliser
from agents.networks.policy import HIDDEN, Policy


class EncodedFeatures(BaseFeaturesExtractor):
    """`encoder_for` the space, as stable-baselines3 takes it.

    Args:
        observation_space: Of one agent.
        cells: Features of each cell of the occupancy; None: what suits the encoder.
    """

    def __init__(self, observation_space: spaces.Dict, cells: int | None = None) -> None:
        encoder = encoder_for(observation_space, cells)
        super().__init__(observation_space, encoder.size)
        self.encoder = encoder
        self.images = [key for key, space in observation_space.items() if space.dtype == np.uint8]

    def forward(self, observations: dict[str, Tensor]) -> Float[Tensor, "batch size"]:
        """Features of observations as they come; bytes 0..255 are brought to 0..1."""
        return self.encoder(self.scaled(observations))

    def scaled(self, observations: dict[str, Tensor]) -> dict[str, Tensor]:
        """What the encoder is given."""
        return {key: seen / 255.0 if key in self.images else seen for key, seen in observations.items()}


class Denormalised(nn.Module):
    """From actions in spreads of the labels back to their own size.

    Kept apart from the layer before it, not folded into it: a step of the optimiser then means as much for an
    action of a hundredth as for one of a hundred, and what a clone says is the same to the last bit.
    """

    def __init__(self, space: spaces.Box) -> None:
        super().__init__()
        self.labels = Normaliser(space.low, space.high, least=0.001)

    def forward(self, values: Float[Tensor, "batch number"]) -> Float[Tensor, "batch number"]:
        """In the space's units."""
        return self.labels.inverse(values)


class EncodedActorCritic(MultiInputActorCriticPolicy):
    """Actor and critic with an encoder each: gradients of values do not reach the actor.

    Vectors are drawn from a Gaussian whose mean is normalised by the bounds or, after `take_over`, by the labels.

    Args:
        spread: Of the Gaussian, in half ranges of the action space.
    """

    def __init__(self, *arguments: Any, spread: float = 0.3, **others: Any) -> None:
        self.spread = spread
        super().__init__(*arguments, **others)

    def _build(self, lr_schedule: Any) -> None:
        super()._build(lr_schedule)
        last = self.action_net
        assert isinstance(last, nn.Linear)
        with torch.no_grad():  # to begin with all choices are alike, and all vectors in the middle
            last.weight.mul_(0.01)
            last.bias.zero_()
        if isinstance(self.action_space, spaces.Box):
            self.action_net = nn.Sequential(last, Denormalised(self.action_space))
            self.set_spread(self.spread)

    @torch.no_grad()
    def set_spread(self, spread: float) -> None:
        """Draw vectors with this standard deviation, in the units that the mean is normalised by."""
        denormalised = self.action_net[1]  # type: ignore[index]
        assert isinstance(denormalised, Denormalised)
        self.log_std.copy_(torch.log(spread * denormalised.labels.scale))

    def actor(self) -> list[nn.Parameter]:
        """All that decides, and nothing that only values."""
        modules = (self.pi_features_extractor, self.mlp_extractor.policy_net, self.action_net)
        found = [parameter for module in modules for parameter in module.parameters()]
        return [*found, self.log_std] if isinstance(self.action_space, spaces.Box) else found

    @torch.no_grad()
    def take_over(self, clone: Policy, *, spread: float) -> None:
        """Decide as `clone` does, to the last bit; the critic begins with its features, and with value 0 everywhere.

        Args:
            clone: Of the same spaces and width.
            spread: Of vectors that are drawn, in spreads of the clone's labels.

        Raises:
            RuntimeError: weights of other shapes.
        """
        for extractor in (self.pi_features_extractor, self.vf_features_extractor):
            extractor.encoder.load_state_dict(clone.encoder.state_dict())  # type: ignore[union-attr, operator]
        is_vector = isinstance(self.action_space, spaces.Box)
        last = self.action_net[0] if is_vector else self.action_net  # type: ignore[index]
        self.mlp_extractor.policy_net[0].load_state_dict(clone.head[0].state_dict())
        last.load_state_dict(clone.head[2].state_dict())
        nn.init.zeros_(self.value_net.weight)
        nn.init.zeros_(self.value_net.bias)
        if is_vector:
            self.action_net[1].labels.load_state_dict(clone.labels.state_dict())  # type: ignore[union-attr, operator]
            self.set_spread(spread)


def encoded_arguments(*, cells: int | None, spread: float) -> dict[str, Any]:
    """Of `EncodedActorCritic`: a head like the clones', and a critic of its own."""
    return {
        "features_extractor_class": EncodedFeatures,
        "features_extractor_kwargs": {"cells": cells},
        "share_features_extractor": False,
        "net_arch": {"pi": [HIDDEN], "vf": [HIDDEN]},
        "activation_fn": nn.ReLU,
        "normalize_images": False,
        "ortho_init": False,  # encoders know better how to begin
        "spread": spread,
    }
