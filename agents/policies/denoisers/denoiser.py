"""What every denoiser shares: the time and the features act through one vector, the guide, and the guide is a sum."""

from abc import ABC, abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor, nn

WAVES = 64
"""Numbers that a time is shown as."""
FASTEST = 100.0
"""Angle [rad] that the fastest wave turns through between time 0 and 1: a wave for every step of a hundred."""


class Waves(nn.Module):
    """sin and cos of the time at speeds that are spread evenly in their logarithm."""

    speeds: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("speeds", torch.logspace(0.0, 1.0, WAVES // 2, base=FASTEST), persistent=False)

    def forward(self, time: Float[Tensor, " batch"]) -> Float[Tensor, "batch wave"]:
        """Waves of times in [0, 1]."""
        angle = time[:, None] * self.speeds
        return torch.cat([angle.sin(), angle.cos()], dim=1)


class Denoiser(nn.Module, ABC):
    """A chunk from a chunk, told a time and features.

    ``forward(chunk, time, features) = refine(chunk, embed(time) + condition(features))``. Features stay the same
    through a decision and times are known ahead of it, so a head computes `condition` once, `embed` once for
    all times, and only `refine` at every step. At batch 1 a small layer costs what its call costs, whatever its size.

    Args:
        features: Numbers that describe what was observed.
        horizon, size: Actions of a chunk, and numbers of one action.
        guide: Numbers that `refine` is told of time and features.
        width: Of the layer between features and guide.
    """

    def __init__(self, features: int, horizon: int, size: int, *, guide: int, width: int) -> None:
        super().__init__()
        self.horizon, self.size = horizon, size
        self.of_time = nn.Sequential(Waves(), nn.Linear(WAVES, WAVES), nn.SiLU(), nn.Linear(WAVES, guide))
        self.of_features = nn.Sequential(nn.Linear(features, width), nn.SiLU(), nn.Linear(width, guide))

    def forward(
        self,
        chunk: Float[Tensor, "batch time number"],
        time: Float[Tensor, " batch"],
        features: Float[Tensor, "batch feature"],
    ) -> Float[Tensor, "batch time number"]:
        """The refined chunk at times in [0, 1]."""
        return self.refine(chunk, self.embed(time) + self.condition(features))

    def embed(self, time: Float[Tensor, " batch"]) -> Float[Tensor, "batch guide"]:
        """What the times add to the guide."""
        return self.of_time(time)

    def condition(self, features: Float[Tensor, "batch feature"]) -> Float[Tensor, "batch guide"]:
        """What the features add to the guide."""
        return self.of_features(features)

    @abstractmethod
    def refine(
        self, chunk: Float[Tensor, "batch time number"], guide: Float[Tensor, "batch guide"]
    ) -> Float[Tensor, "batch time number"]:
        """One step of the work, with all that is known of time and features in the guide."""
