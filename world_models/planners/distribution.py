"""What all distributions over plans can do."""

from abc import ABC, abstractmethod
from typing import Self

from torch import Tensor

from world_models.model import Draws


class Distribution(ABC):
    """Independent rows; a value, `fitted` gives a new one."""

    @property
    @abstractmethod
    def plan(self) -> Tensor:
        """[batch horizon ...] the actions at its centre."""

    @property
    @abstractmethod
    def centre(self) -> Tensor:
        """[batch horizon number] actions or [batch horizon choice] probabilities, as `Warm` keeps them."""

    @abstractmethod
    def draw(self, draws: Draws, count: int) -> Tensor:
        """[batch count horizon ...] actions."""

    @abstractmethod
    def fitted(self, actions: Tensor, weights: Tensor, momentum: float) -> Self:
        """To candidates [batch candidate horizon ...] of weights [batch candidate] that sum to 1.

        `momentum` is the share of the old one that stays.
        """


def draw_units(draws: Draws, like: Tensor, shape: tuple[int, ...]) -> Tensor:
    """Numbers in [0, 1) on the device of `like` [batch ...].

    Raises:
        ValueError: `draws` gives another shape.
    """
    units = draws(shape)
    expected = (len(like), *shape)
    if tuple(units.shape) != expected:
        raise ValueError(f"draws: expected numbers of shape {expected}, got {tuple(units.shape)}.")
    return units.to(like.device)
