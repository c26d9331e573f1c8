"""Fitting a planner's costs to what an expert drove, and its foresight to where the others went."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from agents.descent import Descent
from agents.imitation import last_tenth
from agents.planning.futures import FutureBatch, Futures
from agents.planning.losses import classification, max_margin, maximum_entropy
from agents.planning.negatives import draw_trajectories
from agents.planning.occupancy_labels import future_occupancy_labels
from agents.planning.plan_space import PLANNING, PlanSpace
from agents.planning.planner_network import Judgement, PlannerNetwork
from agents.planning.task_loss import Others, collisions, distances, leaves_road
from agents.planning.trajectory_cost import TrajectoryCost
from agents.policies.noise import GeneratorNoise
from world_models.trajectories.limits import Start

LOSSES = ("max-margin", "classification", "soft-classification", "maximum-entropy")
TEMPERATURE = 0.3
"""Of soft labels: a candidate that is worse by so much is e times less likely to be right [m]."""
NEGATIVES = 48
"""Trajectories that are found by `langevin` or `coordinates` in each row."""


class Pool(NamedTuple):
    """What the expert's trajectory is told from."""

    poses: Float[Tensor, "batch candidate time 3"]
    feasible: Bool[Tensor, "batch candidate"]


def tensors_of(batch: FutureBatch) -> dict[str, Tensor]:
    """The observation with occupancy in 0..1."""
    occupancy = batch.observation["occupancy"].float().div_(255.0)
    return {**batch.observation, "occupancy": occupancy}


class PlannerFitting(Descent):
    """Descends on the planning loss + `occupancy_weight` * cross-entropy of future occupancy.

    Args:
        agent: A `MaxMarginPlanner`.
    """

    network: PlannerNetwork
    noted: ClassVar[Mapping[str, Any]] = {}
    """Nothing more for the history."""

    def __init__(self, agent: Any) -> None:
        super().__init__(agent.network, agent.config)
        self.agent, self.settings = agent, agent.config

    def run(self, futures: Futures, until: int, rng: np.random.Generator) -> float:
        """Update on batches drawn from `futures` until `until` updates are made; mean loss of the last tenth."""
        generator = torch.Generator().manual_seed(int(rng.integers(2**62)))
        self.network.train()
        losses = []
        while self.updates < until:
            batch = futures.take(rng.integers(len(futures), size=self.settings.batch_size))
            losses.append(self.step(self.loss(batch, generator)))
        self.network.eval()
        return last_tenth(losses)

    def loss(self, batch: FutureBatch, generator: torch.Generator) -> Float[Tensor, ""]:
        """Mean over a batch."""
        observation = tensors_of(batch)
        judged = self.network(observation)
        with torch.no_grad():
            pool = self.pool(observation, judged.cost, generator)
        loss = self.planning_loss(judged.cost, batch, pool).mean()
        if self.settings.occupancy_weight == 0:
            return loss
        return loss + self.settings.occupancy_weight * self.occupancy_loss(judged, batch)

    def pool(self, observation: dict[str, Tensor], cost: TrajectoryCost, generator: torch.Generator) -> Pool:
        """The sampler's trajectories, and those that `negatives` adds."""
        found = self.agent.propose(observation)
        pool, kind = Pool(found.poses, found.feasible), self.settings.negatives
        if kind == "samples":
            return pool
        space, fixed = self.agent.space(observation), detached(cost)
        numbers = space.numbers(space.invert(found.poses)).clamp(-1.0, 1.0)
        noise = GeneratorNoise(len(found.poses), generator)
        drawn = draw_trajectories(kind, numbers, NEGATIVES, noise, energy=space.energy(fixed))
        driven = space.drive(space.plans(drawn))[..., :3]
        everywhere = torch.ones(driven.shape[:2], dtype=torch.bool)
        return Pool(torch.cat([pool.poses, driven], 1), torch.cat([pool.feasible, everywhere], 1))

    def planning_loss(self, cost: TrajectoryCost, batch: FutureBatch, pool: Pool) -> Float[Tensor, " batch"]:
        """Of each row."""
        known = batch.expert_known
        if self.settings.loss == "max-margin":
            return self._margin(cost, batch, pool)
        expert = cost.by_time(batch.expert[:, None])
        costs = torch.where(known[:, None], cost.by_time(pool.poses), 0.0).sum(-1)
        if self.settings.loss == "soft-classification":
            return soft_classification(costs, self.mean_task_loss(pool.poses, batch), pool.feasible)
        own = torch.where(known, expert[:, 0], 0.0).sum(-1)
        if self.settings.loss == "classification":
            return classification(own, costs, valid=pool.feasible)
        alone = ~pool.feasible.any(1, keepdim=True)
        return maximum_entropy(own, costs, valid=pool.feasible | alone)

    def _margin(self, cost: TrajectoryCost, batch: FutureBatch, pool: Pool) -> Tensor:
        """Of all candidates the one is looked for that violates the margin most; it alone needs a gradient."""
        settings, known = self.settings, batch.expert_known
        task, own = self.task_loss(pool.poses, batch), batch.expert[:, None]
        with torch.no_grad():
            costs = detached(cost).by_time(torch.cat([own, pool.poses], 1))
            worst = max_margin(
                costs[:, 0], costs[:, 1:], task, valid=pool.feasible, known=known, reduce=settings.reduce
            ).chosen
        rows = torch.arange(len(worst))
        task, valid = task[rows, worst][:, None], pool.feasible[rows, worst]
        both = cost.by_time(torch.cat([own, pool.poses[rows, worst][:, None]], 1))
        # The mean over time: as large as cross-entropies are.
        return (
            max_margin(both[:, 0], both[:, 1:], task, valid=valid[:, None], known=known, reduce=settings.reduce).loss
            / known.shape[1]
        )

    @torch.no_grad()
    def task_loss(
        self, poses: Float[Tensor, "batch candidate time 3"], batch: FutureBatch
    ) -> Float[Tensor, "batch candidate time"]:
        """Distance to where the expert came, `far` at most [m], and the prices of hitting others and of leaving roads.

        `collision` wherever somebody would be hit, `off_road` wherever the road would be left, unless the expert did.
        """
        settings, network = self.settings, self.network
        away = distances(poses, batch.expert, known=batch.expert_known).clamp(max=settings.far)
        others = Others(batch.actors, batch.sizes, batch.actors_known)
        found = away + settings.collision * collisions(poses, others)
        if settings.off_road == 0:
            return found
        both = torch.cat([batch.expert[:, None], poses], 1)
        leaves = leaves_road(both, batch.observation["occupancy"], extent=network.extent, resolution=network.resolution)
        return found + settings.off_road * (leaves[:, 1:] & ~leaves[:, :1])

    def mean_task_loss(
        self, poses: Float[Tensor, "batch candidate time 3"], batch: FutureBatch
    ) -> Float[Tensor, "batch candidate"]:
        """Over the times that are known."""
        known = batch.expert_known[:, None]
        total = torch.where(known, self.task_loss(poses, batch), 0.0).sum(-1)
        return total / known.sum(-1).clamp(min=1)

    def occupancy_loss(self, judged: Judgement, batch: FutureBatch) -> Float[Tensor, ""]:
        """Cross-entropy of the cells, summed over 300 of them, where the episode went on."""
        network = self.network
        labels = future_occupancy_labels(batch, extent=network.extent, resolution=network.resolution)
        known = batch.expert_known[:, :, None, None, None].expand_as(labels)
        loss = functional.binary_cross_entropy_with_logits(judged.occupancy, labels.float(), weight=known.float())
        return 300.0 * loss


def soft_classification(
    costs: Float[Tensor, "batch candidate"],
    task: Float[Tensor, "batch candidate"],
    valid: Bool[Tensor, "batch candidate"],
) -> Float[Tensor, " batch"]:
    """Cross-entropy of the candidates' shares exp(-cost) to those of exp(-task loss / TEMPERATURE); 0 without any.

    Unlike `classification` it never sees the expert's own trajectory among the candidates', which can be told from
    them by how it was made.
    """
    hidden = ~valid & valid.any(1, keepdim=True)
    wanted = torch.softmax((-task / TEMPERATURE).masked_fill(hidden, -1e9), 1)
    shares = torch.log_softmax((-costs).masked_fill(hidden, -1e9), 1)
    return -(wanted * shares).sum(1)


def detached(cost: TrajectoryCost) -> TrajectoryCost:
    """The same numbers, of no graph."""
    volume = replace(cost.volume, values=cost.volume.values.detach())
    return replace(cost, volume=volume, outside=cost.outside.detach(), weights=cost.weights.detach())


def space_of(observation: Mapping[str, Tensor], *, dt: float) -> PlanSpace:
    """The trajectories that can be driven from where egos are, at steps of `dt`."""
    return PlanSpace.at(Start.of_observation(observation["ego"]), replace(PLANNING, dt=dt))
