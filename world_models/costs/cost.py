"""Costs of foreseen futures: objects that say what they need to see, and that add up.

cost = 5.0 * OccupancyCollision(extent=spec.extent) + Comfort(dt=spec.dt)
found = model.decode(rollout, cost.needs)
cost(found, rollout, goal)      # [batch candidate sample]
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.rollout import Latent, Rollout


class Cost(ABC):
    """What is to be low. Differentiable in what is found, unless a cost says otherwise."""

    heads: ClassVar[tuple[str, ...]] = ()
    extras: ClassVar[tuple[str, ...]] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        """Heads of the model (`world_models.spec.HEADS`) that must be decoded."""
        return self.heads

    @property
    def wants(self) -> tuple[str, ...]:
        """Heads that are looked at where the model has them."""
        return self.extras

    @abstractmethod
    def __call__(
        self, found: dict[str, Tensor], rollout: Rollout, goal: Latent | None = None
    ) -> Float[Tensor, "batch candidate sample"]:
        """The cost of each future.

        Args:
            found: What was decoded, by head, [batch candidate sample horizon ...]; an axis of candidates or samples
                of length 1 stands for all.
            rollout: What it was decoded from; `rollout.start.observation` shows what does not move.
            goal: What to reach, as the model encodes it, for costs that compare with it.
        """

    def terms(
        self, found: dict[str, Tensor], rollout: Rollout, goal: Latent | None = None
    ) -> dict[str, Float[Tensor, "batch candidate sample"]]:
        """The summands by name; they sum to the cost."""
        return {type(self).__name__: self(found, rollout, goal)}

    def __add__(self, other: "Cost") -> "Sum":
        return Sum((*_parts(self), *_parts(other)))

    def __mul__(self, weight: float) -> "Sum":
        return Sum(tuple((weight * old, part) for old, part in _parts(self)))

    __rmul__ = __mul__


@dataclass(frozen=True)
class Sum(Cost):
    """Weighted costs."""

    parts: tuple[tuple[float, Cost], ...]
    """(weight, cost)"""

    @property
    def needs(self) -> tuple[str, ...]:
        """Of all parts."""
        return tuple(dict.fromkeys(head for _, part in self.parts for head in part.needs))

    @property
    def wants(self) -> tuple[str, ...]:
        """Of all parts."""
        return tuple(dict.fromkeys(head for _, part in self.parts for head in part.wants))

    def __call__(
        self, found: dict[str, Tensor], rollout: Rollout, goal: Latent | None = None
    ) -> Float[Tensor, "batch candidate sample"]:
        """The weighted sum."""
        costs = [weight * part(found, rollout, goal) for weight, part in self.parts]
        return torch.stack(torch.broadcast_tensors(*costs)).sum(0)

    def terms(
        self, found: dict[str, Tensor], rollout: Rollout, goal: Latent | None = None
    ) -> dict[str, Float[Tensor, "batch candidate sample"]]:
        """The weighted parts; those of one name are added."""
        named: dict[str, Tensor] = {}
        for weight, part in self.parts:
            for name, cost in part.terms(found, rollout, goal).items():
                named[name] = named[name] + weight * cost if name in named else weight * cost
        return named


class StepCost(Cost):
    """A cost that is paid at every step: subclasses say how much."""

    @abstractmethod
    def by_step(
        self, found: dict[str, Tensor], rollout: Rollout, goal: Latent | None = None
    ) -> Float[Tensor, "batch candidate sample horizon"]:
        """Paid at each step."""

    def __call__(
        self, found: dict[str, Tensor], rollout: Rollout, goal: Latent | None = None
    ) -> Float[Tensor, "batch candidate sample"]:
        """The sum over the horizon."""
        return self.by_step(found, rollout, goal).sum(-1)


@dataclass(frozen=True)
class Constraint(StepCost):
    """Another cost, paid only as far as it exceeds a limit at a step: max(0, cost - at_most)."""

    cost: StepCost
    at_most: float = 0.0

    @property
    def needs(self) -> tuple[str, ...]:
        """Of the cost."""
        return self.cost.needs

    @property
    def wants(self) -> tuple[str, ...]:
        """Of the cost."""
        return self.cost.wants

    def by_step(
        self, found: dict[str, Tensor], rollout: Rollout, goal: Latent | None = None
    ) -> Float[Tensor, "batch candidate sample horizon"]:
        """By how much the limit is exceeded."""
        return (self.cost.by_step(found, rollout, goal) - self.at_most).clamp(min=0.0)


def _parts(cost: Cost) -> tuple[tuple[float, Cost], ...]:
    return cost.parts if isinstance(cost, Sum) else ((1.0, cost),)
