"""A categorical policy over dictionary observations: occupancy of any size, and whatever else there is."""

from collections.abc import Mapping
from math import prod

import numpy as np
import torch
from gymnasium import spaces
from jaxtyping import Float
from torch import Tensor, nn

from agents.networks.propagation import ValuePropagation


class CategoricalPolicy(nn.Module):
    """Logits from what the encoder sees at the agent's cell, joined by the other keys as plain features.

    Args:
        observation_space: With the key `occupancy` [channel row col]; other keys are flattened.
        num_actions: Logits.
        width, maps, iterations: Of `ValuePropagation`.
    """

    def __init__(
        self, observation_space: spaces.Dict, num_actions: int, *, width: int, maps: int, iterations: int | None
    ) -> None:
        super().__init__()
        if "occupancy" not in observation_space.spaces:
            raise ValueError(f"The policy needs the observation 'occupancy', the space has {list(observation_space)}.")
        self.extras = [key for key in observation_space if key != "occupancy"]
        extra_size = sum(prod(observation_space[key].shape or ()) for key in self.extras)
        channels = observation_space["occupancy"].shape[0]  # type: ignore[index]
        self.encoder = ValuePropagation(channels, width=width, maps=maps, iterations=iterations)
        self.head = nn.Sequential(
            nn.Linear(self.encoder.size + extra_size, 128), nn.ReLU(), nn.Linear(128, num_actions)
        )

    def forward(self, observation: Mapping[str, Tensor]) -> Float[Tensor, "batch action"]:
        """Unnormalised log-probabilities."""
        seen = self.encoder(observation["occupancy"])
        return self.head(torch.cat([seen, *(observation[key].flatten(1) for key in self.extras)], dim=1))

    def value_map(self, observation: Mapping[str, Tensor]) -> Float[Tensor, "batch row col"]:
        """The first value map, nan on obstacles."""
        occupancy = observation["occupancy"]
        value, _, _ = self.encoder.spread(occupancy)
        return torch.where(occupancy[:, 0] > 0, torch.nan, value[:, 0])


def as_tensors(observation: Mapping[str, np.ndarray]) -> dict[str, Tensor]:
    """Observations as float32; bytes 0..255 are scaled to 0..1, binary and real keys stay."""
    return {key: _as_tensor(np.asarray(array)) for key, array in observation.items()}


def _as_tensor(array: np.ndarray) -> Tensor:
    tensor = torch.from_numpy(np.array(array, np.float32, order="C"))  # a copy: torch warns of arrays it may not write
    return tensor / 255.0 if array.dtype == np.uint8 else tensor
