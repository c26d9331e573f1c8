"""The agent-centred window as stable-baselines3's features."""

from math import prod
from typing import Any

import torch
from gymnasium import spaces
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from torch import nn

from agents.networks.centred import CentredWindow


class CentredFeatures(BaseFeaturesExtractor):
    """The agent-centred window and all other keys, through one layer."""

    def __init__(self, observation_space: spaces.Dict, width: int = 256) -> None:
        super().__init__(observation_space, width)
        self.extras = [key for key in observation_space if key != "occupancy"]
        self.window = CentredWindow(*observation_space["occupancy"].shape)  # type: ignore[misc]
        extra_size = sum(prod(observation_space[key].shape or ()) for key in self.extras)
        self.layer = nn.Sequential(nn.Linear(self.window.size + extra_size, width), nn.ReLU())

    def forward(self, observations: dict[str, torch.Tensor]) -> torch.Tensor:
        """Features [batch width]."""
        extras = [observations[key].flatten(1) for key in self.extras]
        return self.layer(torch.cat([self.window(observations["occupancy"].float()), *extras], dim=1))


def centred_arguments(*, width: int) -> dict[str, Any]:
    """Of stable-baselines3's policy: one window for actor and critic."""
    return {
        "features_extractor_class": CentredFeatures,
        "features_extractor_kwargs": {"width": width},
        "net_arch": [width],
        "activation_fn": nn.ReLU,
        "normalize_images": False,
    }
