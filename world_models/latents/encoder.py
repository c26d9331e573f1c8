"""From an observation to a vector."""

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor, nn

from world_models.latents.config import LatentConfig
from world_models.networks.numbers import Numbers
from world_models.networks.road_stem import BYTE, FlatStem, as_shares
from world_models.spec import Spec

OCCUPANCY = "occupancy"
NUMBERS = ("ego", "route")
"""Keys besides the occupancy."""


class Encoder(nn.Module):
    """Occupancy through a stem, numbers through a layer, both joined linearly.

    Args:
        spec: What is observed.
        config: Sizes.
        given: A module from occupancy in 0..1 [batch channel row col] to anything [batch ...], instead of our stem.
    """

    def __init__(self, spec: Spec, config: LatentConfig, given: nn.Module | None = None) -> None:
        super().__init__()
        self.full = BYTE if spec.extent is not None else 1.0
        self.numbers = Numbers(spec.observation, NUMBERS)
        self.is_own = given is None
        self.look = given if given is not None else self._stem(spec, config)
        joined = 0 if self.look is None else self._looked(spec, self.look)
        if self.numbers.size:
            self.count = nn.Sequential(nn.Linear(self.numbers.size, config.size), nn.GELU())
            joined += config.size
        if not joined:
            raise ValueError(
                f"Expected {OCCUPANCY!r} or one of {NUMBERS} in the observation, got {list(spec.observation)}."
            )
        self.join = nn.Linear(joined, config.size)

    def _shown(self, occupancy: Tensor) -> Tensor:
        """Bytes to our stem on roads, which knows them; else 0..1."""
        is_known = self.is_own and self.full == BYTE
        return occupancy if is_known else as_shares(occupancy, self.full)

    @staticmethod
    def _stem(spec: Spec, config: LatentConfig) -> nn.Module | None:
        if OCCUPANCY not in spec.observation:
            return None
        channels, rows, cols = spec.observation[OCCUPANCY]
        patch = 4 if spec.extent is not None else 2
        stem = FlatStem(channels, rows, cols, size=config.hidden, width=config.width, patch=patch)
        return nn.Sequential(stem, nn.GELU())

    @staticmethod
    @torch.no_grad()
    def _looked(spec: Spec, look: nn.Module) -> int:
        """How many numbers come of an image."""
        return look(torch.zeros(2, *spec.observation[OCCUPANCY])).flatten(1).shape[1]

    def forward(self, observation: Mapping[str, Tensor]) -> Float[Tensor, "batch size"]:
        """Latents."""
        parts = []
        if self.look is not None:
            parts.append(self.look(self._shown(observation[OCCUPANCY])).flatten(1))
        if self.numbers.size:
            parts.append(self.count(self.numbers(observation)))
        return self.join(torch.cat(parts, 1))
