"""Fitting references, weights and foresight: first by what the reference should be, then through the solution too."""

from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from agents.descent import Descent
from agents.imitation import last_tenth
from agents.mpc_layer.labels import PathLabels, labels_of
from agents.mpc_layer.network import Advice, MPCNetwork
from agents.planning.futures import FutureBatch, Futures
from agents.planning.planner_fitting import tensors_of

OFFSET_SHARPNESS = 0.3
"""Offsets below this are regressed to their mean, larger ones to their median [m]."""
OFFSET_WEIGHT, HEADING_WEIGHT = 2.0, 3.0


class MPCFitting(Descent):
    """Descends on the reference's loss + foresight's + in the last updates of each round that of the solved plans.

    Args:
        agent: A `DifferentiableMPC`.
    """

    network: MPCNetwork

    def __init__(self, agent: Any) -> None:
        super().__init__(agent.network, agent.config)
        self.agent, self.settings = agent, agent.config
        self.unsolved = 0
        """Problems that were left out of the loss since the last `run`."""

    @property
    def noted(self) -> dict[str, int]:
        """For the history."""
        return {"unsolved": self.unsolved}

    @property
    def through(self) -> bool:
        """Whether the next update is one of those whose loss is of the solved plans as well."""
        return self.updates >= round(self.settings.updates * (1.0 - self.settings.through))

    def run(self, futures: Futures, until: int, rng: np.random.Generator) -> float:
        """Update on batches drawn from `futures` until `until` updates are made; mean loss of the last tenth."""
        self.network.train()
        self.unsolved, losses = 0, []
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**62)))
            while self.updates < until:
                batch = futures.take(rng.integers(len(futures), size=self.settings.batch_size))
                losses.append(self.step(self.loss(batch, through=self.through)))
        self.network.eval()
        return last_tenth(losses)

    def loss(self, batch: FutureBatch, *, through: bool) -> Float[Tensor, ""]:
        """Mean over a batch."""
        observation = tensors_of(batch)
        advice = self.network(observation)
        coasting = observation["ego"][:, :1].clamp(min=0.0) * self.network.moments(observation["ego"])
        labels = labels_of(batch, advice.view.line, self.network.anchors, coasting)
        loss = reference_loss(advice, labels) + self.settings.foresight_weight * foresight_loss(advice, batch)
        if through:
            loss = loss + self.settings.plan_weight * self._plan_loss(observation, advice, labels, batch)
        return loss

    def _plan_loss(
        self, observation: dict[str, Tensor], advice: Advice, labels: PathLabels, batch: FutureBatch
    ) -> Float[Tensor, ""]:
        """Of the plans for the modes that the expert chose; what could not be solved is left out, and counted."""
        problem = self.agent.problem(observation, advice, labels.mode)
        solution = problem.solve()
        is_solved = solution.solved
        self.unsolved += int((~is_solved).sum())
        if not bool(is_solved.any()):
            return advice.weights.sum() * 0.0
        # rows without a solution are NaN, and must not even be multiplied by 0
        poses = solution.x[is_solved][:, 1:, :3].float()
        return plan_loss(poses, batch.expert[is_solved], batch.expert_known[is_solved])


def reference_loss(advice: Advice, labels: PathLabels) -> Float[Tensor, ""]:
    """Cross-entropy of the modes, and distance of the right one's reference from the expert's place on the path."""
    rows, known = torch.arange(len(labels.mode)), labels.known
    entropy = -(labels.shares * torch.log_softmax(advice.logits, 1)).sum(1).mean()
    progress, offsets = advice.progress[rows, labels.mode], advice.offsets[rows, labels.mode]
    along = functional.smooth_l1_loss(progress, labels.s, reduction="none")
    aside = functional.smooth_l1_loss(offsets, labels.d, reduction="none", beta=OFFSET_SHARPNESS)
    return entropy + mean_over(along + OFFSET_WEIGHT * aside, known)


def foresight_loss(advice: Advice, batch: FutureBatch) -> Float[Tensor, ""]:
    """Distance of the others' foreseen places from where they came."""
    count = advice.others.shape[1]
    away = functional.smooth_l1_loss(advice.others[..., :2], batch.actors[:, :count, :, :2], reduction="none").sum(-1)
    return mean_over(away, batch.actors_known[:, :count])


def plan_loss(
    poses: Float[Tensor, "batch time 3"], expert: Float[Tensor, "batch time 3"], known: Bool[Tensor, "batch time"]
) -> Float[Tensor, ""]:
    """Distance from the expert's poses, and how far the heading is from theirs."""
    away = functional.smooth_l1_loss(poses[..., :2], expert[..., :2], reduction="none").sum(-1)
    turned = 1.0 - torch.cos(poses[..., 2] - expert[..., 2])
    return mean_over(away + HEADING_WEIGHT * turned, known)


def mean_over(values: Float[Tensor, "*batch"], known: Bool[Tensor, "*batch"]) -> Float[Tensor, ""]:
    """Of those that are known."""
    return torch.where(known, values, 0.0).sum() / known.sum().clamp(min=1)
