"""From dictionary observations to features: one encoder for grids, one for roads, one for numbers alone."""

from collections.abc import Mapping
from math import prod

import numpy as np
import torch
from gymnasium import spaces
from jaxtyping import Float
from torch import Tensor, nn

from agents.networks.normaliser import Normaliser
from agents.networks.propagation import ValuePropagation
from agents.networks.view import ViewEncoder

OCCUPANCY, EGO = "occupancy", "ego"


class Encoder(nn.Module):
    """`size` features from a dictionary observation."""

    size: int
    extras: tuple[str, ...]
    """Keys other than `occupancy`, in the order in which they are taken."""
    is_plain: bool = False
    """Whether features are the observed numbers themselves, on a usual scale."""

    def explain(self, observation: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
        """What there is to show of the features: keys of the renderer's overlays; nothing by default."""
        return {}

    def measure(self, observation: Mapping[str, Tensor]) -> None:
        """Take what is usual from observations, of which only `extras` are looked at; nothing by default."""


def encoder_for(space: spaces.Dict, width: int | None) -> Encoder:
    """The encoder that suits a space: `GridEncoder` for binary occupancy, `RoadEncoder` for what vehicles see.

    Observations with neither `occupancy` nor `ego` are numbers alone: `VectorEncoder`.

    Args:
        space: Of the observations.
        width: Features of each cell; None: 16 on grids, 32 on roads.
    """
    if isinstance(space.get(OCCUPANCY), spaces.MultiBinary):
        return GridEncoder(space, width=width or 16)
    if OCCUPANCY not in space.spaces and EGO not in space.spaces:
        return VectorEncoder(space)
    return RoadEncoder(space, width=width or 32)


class GridEncoder(Encoder):
    """What the propagated values tell at the agent's cell, joined by the other keys as plain features.

    Args:
        space: With the key `occupancy` [channel row col]; other keys are flattened.
        width, maps, iterations: Of `ValuePropagation`.
    """

    def __init__(self, space: spaces.Dict, *, width: int, maps: int = 2, iterations: int | None = None) -> None:
        super().__init__()
        if OCCUPANCY not in space.spaces:
            raise ValueError(f"The encoder needs the observation {OCCUPANCY!r}, the space has {list(space)}.")
        channels = space[OCCUPANCY].shape[0]  # type: ignore[index]
        self.propagation = ValuePropagation(channels, width=width, maps=maps, iterations=iterations)
        self.extras = tuple(key for key in space if key != OCCUPANCY)
        self.size = self.propagation.size + sum(prod(space[key].shape or ()) for key in self.extras)

    def forward(self, observation: Mapping[str, Tensor]) -> Float[Tensor, "batch size"]:
        """Features of a batch."""
        seen = self.propagation(observation[OCCUPANCY])
        return torch.cat([seen, *(observation[key].flatten(1) for key in self.extras)], dim=1)

    def explain(self, observation: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
        """The first value map, nan on obstacles."""
        occupancy = observation[OCCUPANCY]
        value, _, _ = self.propagation.spread(occupancy)
        return {"value_map": torch.where(occupancy[:, 0] > 0, torch.nan, value[:, 0]).numpy()}


class RoadEncoder(Encoder):
    """The view by convolutions, all other keys normalised through two layers, both joined by a third.

    Args:
        space: Vectors (Box), and `occupancy` [channel row col] where it is observed.
        width: Of `ViewEncoder`.
        size: Features.
    """

    def __init__(self, space: spaces.Dict, *, width: int, size: int = 128) -> None:
        super().__init__()
        self.extras = tuple(key for key in space if key != OCCUPANCY)
        self.view = ViewEncoder(*space[OCCUPANCY].shape, width=width) if OCCUPANCY in space.spaces else None  # type: ignore[misc]
        joined = 0 if self.view is None else self.view.size
        if self.extras:
            low, high = (np.concatenate([_bound(space[key], name) for key in self.extras]) for name in ("low", "high"))
            self.normaliser = Normaliser(low, high, least=0.001)
            self.layers = nn.Sequential(nn.Linear(len(low), size // 2), nn.ReLU(), nn.Linear(size // 2, size // 2))
            joined += size // 2
        self.join = nn.Sequential(nn.ReLU(), nn.Linear(joined, size), nn.ReLU())
        self.size = size

    def forward(self, observation: Mapping[str, Tensor]) -> Float[Tensor, "batch size"]:
        """Features of a batch."""
        parts = [] if self.view is None else [self.view(observation[OCCUPANCY])]
        if self.extras:
            # asinh: as it is near the mean, and like a logarithm far out, where the data may never have been.
            parts.append(self.layers(torch.asinh(self.normaliser(flattened(observation, self.extras)))))
        return self.join(torch.cat(parts, dim=1))

    def measure(self, observation: Mapping[str, Tensor]) -> None:
        if self.extras:
            self.normaliser.measure(flattened(observation, self.extras))


class VectorEncoder(Encoder):
    """All keys normalised, side by side; nothing is learned here but what is usual.

    Args:
        space: Of arrays, which are flattened.
    """

    is_plain = True

    def __init__(self, space: spaces.Dict) -> None:
        super().__init__()
        self.extras = tuple(space)
        low, high = (np.concatenate([_bound(space[key], name) for key in self.extras]) for name in ("low", "high"))
        self.normaliser = Normaliser(low, high, least=0.001)
        self.size = len(low)

    def forward(self, observation: Mapping[str, Tensor]) -> Float[Tensor, "batch size"]:
        """Features of a batch."""
        return self.normaliser(flattened(observation, self.extras))

    def measure(self, observation: Mapping[str, Tensor]) -> None:
        self.normaliser.measure(flattened(observation, self.extras))


def flattened(observation: Mapping[str, Tensor], keys: tuple[str, ...]) -> Float[Tensor, "batch number"]:
    """These keys of a batch, flat and side by side."""
    return torch.cat([observation[key].flatten(1) for key in keys], dim=1)


def _bound(space: spaces.Space, name: str) -> np.ndarray:
    if isinstance(space, spaces.Box):
        return np.asarray(getattr(space, name), np.float64).ravel()
    return np.full(prod(space.shape or ()), float(name == "high"))
