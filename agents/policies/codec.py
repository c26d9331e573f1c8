"""Actions of any space as numbers about [-1, 1], in which every head speaks, and back."""

from abc import ABC, abstractmethod
from math import prod

import numpy as np
import torch
from gymnasium import spaces
from jaxtyping import Float
from torch import Tensor, nn

from envs.core.naming import check_known
from envs.kernels.grid_moves import MOVE_COL, MOVE_ROW

LEAST = 1e-3
"""A range below this share of the space's own counts as this much: what hardly varies is not blown up."""


class ActionCodec(nn.Module, ABC):
    """``size`` numbers for each action."""

    size: int

    @property
    def choices(self) -> Float[Tensor, "choice number"] | None:
        """The numbers of every action there is; None where they cannot be counted."""
        return None

    @abstractmethod
    def forward(self, actions: Tensor) -> Float[Tensor, "batch time number"]:
        """Numbers of actions [batch time ...]."""

    @abstractmethod
    def decode(self, chunk: Float[Tensor, "batch time number"]) -> np.ndarray:
        """The nearest actions [batch time ...] that the space holds."""

    def measure(self, actions: Tensor) -> None:
        """Take the usual range from actions [sample ...]; nothing by default."""


class BoxCodec(ActionCodec):
    """Each number between its least and its largest in the data goes to [-1, 1]; decoded ones are clipped to the space.

    Chi et al., *Diffusion Policy* (2023), normalise so: a sampler may then clip to [-1, 1].
    """

    middle: Tensor
    reach: Tensor
    low: Tensor
    high: Tensor

    def __init__(self, space: spaces.Box) -> None:
        super().__init__()
        self.shape, self.dtype, self.size = space.shape, space.dtype, prod(space.shape)
        low, high = (torch.tensor(bound.ravel(), dtype=torch.float32) for bound in (space.low, space.high))
        self.register_buffer("low", low, persistent=False)
        self.register_buffer("high", high, persistent=False)
        self.register_buffer("middle", (low + high) / 2)
        self.register_buffer("reach", (high - low) / 2)

    def forward(self, actions: Tensor) -> Float[Tensor, "batch time number"]:
        return (actions.flatten(2).float() - self.middle) / self.reach

    def decode(self, chunk: Float[Tensor, "batch time number"]) -> np.ndarray:
        flat = torch.clamp(chunk * self.reach + self.middle, self.low, self.high)
        return flat.view(*flat.shape[:2], *self.shape).numpy().astype(self.dtype)

    @torch.no_grad()
    def measure(self, actions: Tensor) -> None:
        flat = actions.flatten(1).float()
        least, most = flat.amin(dim=0), flat.amax(dim=0)
        self.middle.copy_((least + most) / 2)
        self.reach.copy_(torch.maximum((most - least) / 2, LEAST * (self.high - self.low) / 2))


class OneHotCodec(ActionCodec):
    """A choice among n: +1 for the one taken, -1 for the others; the largest is decoded."""

    def __init__(self, space: spaces.Discrete) -> None:
        super().__init__()
        self.size = int(space.n)

    @property
    def choices(self) -> Float[Tensor, "choice number"]:
        return torch.eye(self.size) * 2.0 - 1.0

    def forward(self, actions: Tensor) -> Float[Tensor, "batch time number"]:
        return nn.functional.one_hot(actions.long(), self.size).float() * 2.0 - 1.0

    def decode(self, chunk: Float[Tensor, "batch time number"]) -> np.ndarray:
        return chunk.argmax(dim=2).numpy()


class MoveCodec(ActionCodec):
    """A move on a grid as (rows, cols) that it goes: neighbours in the plane are neighbours in number, and the nearest
    move is decoded. What averages "left" and "right" says "stay", as it would with a steering wheel.
    """

    moves: Tensor
    size = 2

    def __init__(self, space: spaces.Discrete) -> None:
        super().__init__()
        count = int(space.n)
        if count not in (4, 5, 8, 9):
            raise ValueError(f"Moves are 4 or 8, and one more where waiting is one; got the action space {space}.")
        moves = torch.from_numpy(np.stack([MOVE_ROW, MOVE_COL], axis=1)[: count - count % 2]).float()
        self.register_buffer("moves", torch.cat([moves, torch.zeros(count % 2, 2)]), persistent=False)

    @property
    def choices(self) -> Float[Tensor, "choice number"]:
        return self.moves

    def forward(self, actions: Tensor) -> Float[Tensor, "batch time number"]:
        return self.moves[actions.long()]

    def decode(self, chunk: Float[Tensor, "batch time number"]) -> np.ndarray:
        distance = (chunk[:, :, None] - self.moves).square().sum(dim=3)
        return distance.argmin(dim=2).numpy()


def codec_for(space: spaces.Space, *, discrete: str = "one-hot") -> ActionCodec:
    """The codec that suits an action space.

    Args:
        space: Of one agent's actions.
        discrete: How discrete actions are written: "one-hot", or "moves" on grids.

    Raises:
        ValueError: another space, or another way of writing.
    """
    check_known("way of writing discrete actions", discrete, ("one-hot", "moves"))
    if isinstance(space, spaces.Discrete):
        return (MoveCodec if discrete == "moves" else OneHotCodec)(space)
    if isinstance(space, spaces.Box):
        return BoxCodec(space)
    raise ValueError(f"Expected Discrete actions or a Box of them, got the action space {space}.")
