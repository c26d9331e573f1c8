"""Fitting a cost to two halves: margins for what is chosen, imitation for what descent makes of it."""

import torch
from jaxtyping import Float
from torch import Tensor

from agents.planning.futures import FutureBatch
from agents.planning.planner_fitting import PlannerFitting, Pool, detached
from agents.planning.trajectory_cost import TrajectoryCost
from agents.planning.unrolled import Unrolled, unroll

NEAR = 0.1
"""Below which distances count squared, so that the last decimetre has no corner [m]."""


class BehaviorTrajectoryFitting(PlannerFitting):
    """The planner's fitting, where refined candidates join the others, and imitation of what refinement comes to."""

    def pool(self, observation: dict[str, Tensor], cost: TrajectoryCost, generator: torch.Generator) -> Pool:
        """The candidates, and at the end the cheapest of them refined."""
        pool, count = super().pool(observation, cost, generator), self._num_refined
        if count == 0:
            return pool
        fixed = detached(cost)
        costs = fixed(pool.poses).masked_fill(~pool.feasible, torch.inf)
        cheapest = costs.topk(count, largest=False)
        begun = _pick(pool.poses, cheapest.indices)
        found = self._unroll(begun, fixed, observation)
        feasible = torch.cat([pool.feasible, cheapest.values.isfinite()], 1)
        return Pool(torch.cat([pool.poses, found.poses], 1), feasible)

    def _unroll(
        self, begun: Tensor, cost: TrajectoryCost, observation: dict[str, Tensor], *, keep_graph: bool = False
    ) -> Unrolled:
        settings, space = self.settings, self.agent.space(observation)
        return unroll(begun, cost, space, steps=settings.refine, tether=settings.held, keep_graph=keep_graph)

    @property
    def _num_refined(self) -> int:
        settings = self.settings
        if settings.halves == "behavior":
            return 0
        return min(settings.hard_negatives, 1) if settings.halves == "trajectory" else settings.hard_negatives

    def planning_loss(self, cost: TrajectoryCost, batch: FutureBatch, pool: Pool) -> Float[Tensor, " batch"]:
        """Of each row."""
        loss, settings = super().planning_loss(cost, batch, pool), self.settings
        if settings.halves == "behavior" or settings.imitation_weight == 0:
            return loss
        return loss + settings.imitation_weight * self.imitation_loss(cost, batch, pool)

    def imitation_loss(self, cost: TrajectoryCost, batch: FutureBatch, pool: Pool) -> Float[Tensor, " batch"]:
        """Distance to the expert [m], over the times known, of the trajectory that began as the best candidate."""
        count = pool.poses.shape[1] - self._num_refined
        task = self.mean_task_loss(pool.poses[:, :count], batch)
        best = task.masked_fill(~pool.feasible[:, :count], torch.inf).argmin(1, keepdim=True)
        found = self._unroll(_pick(pool.poses, best), cost, batch.observation, keep_graph=True)
        squared = (found.poses[:, 0, :, :2] - batch.expert[..., :2]).square().sum(-1)
        # who is far off is so by another behaviour, which no step changes
        away = ((squared + NEAR**2).sqrt() - NEAR).clamp(max=self.settings.far)
        known = batch.expert_known
        return torch.where(known, away, 0.0).sum(1) / known.sum(1).clamp(min=1)


def _pick(poses: Tensor, index: Tensor) -> Tensor:
    """Candidates [batch chosen time 3]."""
    return poses.gather(1, index[..., None, None].expand(-1, -1, *poses.shape[2:]))
