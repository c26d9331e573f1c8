"""Nothing is paid any more for what would come after the end of the episode."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from world_models.costs.cost import Cost, StepCost, Sum
from world_models.costs.road_costs import TO_GOAL
from world_models.costs.route_line import RouteLine
from world_models.rollout import Latent, Rollout


@dataclass(frozen=True, kw_only=True)
class UntilGoal(Cost):
    """Of a sum of costs on roads, those of steps that begin short of the goal; what is of whole futures stays.

    Roads end at the goal, or soon after it: who plans on brakes for that, though the episode will be over.
    """

    cost: Sum
    extent: tuple[float, float, float, float]
    """Of the occupancy: the points of `route` reach as far ahead [m]."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Of the sum, and where the ego comes."""
        return tuple(dict.fromkeys((*self.cost.needs, "ego")))

    @property
    def wants(self) -> tuple[str, ...]:
        """Of the sum."""
        return self.cost.wants

    def is_open(self, found: dict[str, Tensor], rollout: Rollout) -> Bool[Tensor, "batch candidate sample horizon"]:
        """Whether the goal lies ahead when a step begins."""
        to_goal = rollout.start.observation["ego"][:, TO_GOAL].view(-1, 1, 1, 1)
        short = RouteLine.of(rollout.start, self.extent).locate(found["ego"][..., :3]).s < to_goal
        before = torch.cat([(to_goal > 0.0).expand_as(short[..., :1]), short[..., :-1]], -1)
        return before.cumprod(-1).bool()

    def __call__(
        self, found: dict[str, Tensor], rollout: Rollout, goal: Latent | None = None
    ) -> Float[Tensor, "batch candidate sample"]:
        """The weighted sum."""
        return torch.stack(torch.broadcast_tensors(*self.terms(found, rollout, goal).values())).sum(0)

    def terms(
        self, found: dict[str, Tensor], rollout: Rollout, goal: Latent | None = None
    ) -> dict[str, Float[Tensor, "batch candidate sample"]]:
        """The weighted parts, as far as they are paid; those of one name are added."""
        is_open, named = self.is_open(found, rollout), {}
        for weight, part in self.cost.parts:
            if isinstance(part, StepCost):
                paid = torch.where(is_open, part.by_step(found, rollout, goal), 0.0).sum(-1)
            else:
                paid = part(found, rollout, goal)
            name = type(part).__name__
            named[name] = named[name] + weight * paid if name in named else weight * paid
        return named
