"""What a trajectory of the ego costs among others who may do this or that."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from agents.planning.trajectory_cost import TrajectoryCost
from agents.social.actor_samples import ActorSamples
from agents.social.interaction import candidate_costs, expected_collision_cost, expected_nearness
from agents.social.joint import EgoSamples


@dataclass(frozen=True)
class Company:
    """The others, and what is believed of them."""

    samples: ActorSamples
    log_belief: Float[Tensor, "batch actors sample"]
    reckoned: Float[Tensor, "batch actors sample"]
    """Log belief that the ego plans against: see `Marginals.without`."""
    ego: EgoSamples
    """The ego, as it took part in the joint."""
    ego_belief: Float[Tensor, "batch sample"]
    """Log belief in its samples."""
    certain: bool
    """Whether the ego takes the most likely sample of each for what will happen."""
    considered: int
    """Most likely samples of each that the ego is held against."""

    def expected(
        self, poses: Float[Tensor, "batch candidate time 3"], size: tuple[float, float], *, margin: float
    ) -> Float[Tensor, "batch candidate time"]:
        """How near to the others the poses come, expected over them; beliefs take no gradient from it.

        A forecast is to be true, and not what would suit the ego's plan.
        """
        keep = 1 if self.certain else min(self.considered, self.reckoned.shape[-1])
        log_belief, index = self.reckoned.detach().topk(keep, -1)
        chosen = index[..., None, None].expand(-1, -1, -1, *self.samples.poses.shape[3:])
        others = self.samples.poses.gather(2, chosen)
        log_belief, mask, sizes = log_belief.log_softmax(-1), self.samples.mask, self.samples.sizes
        if not (poses.requires_grad and torch.is_grad_enabled()):
            return expected_nearness(poses, size, log_belief, (others, sizes), mask=mask, margin=margin)
        costs = candidate_costs(poses, size, others, sizes, margin=margin)
        return expected_collision_cost(log_belief, costs, mask=mask)


@dataclass(frozen=True, kw_only=True)
class SocialCost(TrajectoryCost):
    """The cost of trajectories by themselves + `collision` * the expected nearness to the others, at each time."""

    company: Company
    collision: Float[Tensor, ""]
    margin: float

    def by_time(
        self, poses: Float[Tensor, "batch candidate time 3"], features: Tensor | None = None
    ) -> Float[Tensor, "batch candidate time"]:
        """At each time; `features` of the poses, where they are known already."""
        size = (self.footprint.length, self.footprint.width)
        near = self.company.expected(poses, size, margin=self.margin)
        return self.alone(poses, features) + self.collision * near

    def alone(
        self, poses: Float[Tensor, "batch candidate time 3"], features: Tensor | None = None
    ) -> Float[Tensor, "batch candidate time"]:
        """Without the others."""
        return TrajectoryCost.by_time(self, poses, features)
