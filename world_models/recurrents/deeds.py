"""What is done at a step, as numbers: the choice, or the actions and how the ego moves by them."""

from abc import ABC, abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from world_models.bicycle import wrap
from world_models.ego_motion import EgoMotion

MOVED = (10.0, 1.0, 0.3, 10.0, 5.0, 0.3)
"""Usual size of: metres ahead and to the left in a step, turn, speed, acceleration, steering angle."""


class Deeds(ABC):
    """Turns actions into numbers."""

    size: int

    @abstractmethod
    def numbers(self, ego: Tensor | None, actions: Tensor) -> tuple[Tensor, Tensor | None]:
        """Of actions [batch candidate horizon ...]: numbers [batch candidate horizon size], and the ego's motions
        [batch candidate horizon 6] where it has such.
        """


class Choices(Deeds):
    """One of `size`."""

    def __init__(self, size: int) -> None:
        self.size = size

    def numbers(self, ego: Tensor | None, actions: Tensor) -> tuple[Tensor, Tensor | None]:
        return functional.one_hot(actions, self.size).float(), None


class Controls(Deeds):
    """Actions of a vehicle, and what they do to it: known physics, so that only what is seen has to be learned."""

    def __init__(self, motion: EgoMotion, actions: int) -> None:
        self.motion, self.size = motion, actions + len(MOVED)

    def numbers(self, ego: Tensor | None, actions: Tensor) -> tuple[Tensor, Tensor | None]:
        assert ego is not None
        motions = self.motion.rollout(ego, actions)
        usual = torch.tensor(MOVED, device=motions.device, dtype=motions.dtype)
        return torch.cat([actions, by_step(motions) / usual], -1), motions


def by_step(motions: Float[Tensor, "*batch horizon 6"]) -> Float[Tensor, "*batch horizon 6"]:
    """Motions seen from the origin as each is seen from the one before it."""
    before = torch.cat([torch.zeros_like(motions[..., :1, :3]), motions[..., :-1, :3]], -2)
    x, y, turned = (motions[..., :3] - before).unbind(-1)
    cos, sin = torch.cos(before[..., 2]), torch.sin(before[..., 2])
    moved = torch.stack([x * cos + y * sin, y * cos - x * sin, wrap(turned)], -1)
    return torch.cat([moved, motions[..., 3:]], -1)


def from_here(steps: Float[Tensor, "*batch horizon 3"]) -> Float[Tensor, "*batch horizon 3"]:
    """Poses, each seen from the one before it, as they are seen from the origin: `by_step` undone."""
    heading = steps[..., 2].cumsum(-1)
    before = heading - steps[..., 2]
    cos, sin = torch.cos(before), torch.sin(before)
    x, y = steps[..., 0], steps[..., 1]
    return torch.stack([(x * cos - y * sin).cumsum(-1), (x * sin + y * cos).cumsum(-1), wrap(heading)], -1)
