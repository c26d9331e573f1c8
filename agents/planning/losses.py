"""How costs of trajectories are fitted to what an expert drove: pure functions of costs."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from agents.policies.info_nce import info_nce
from envs.core.naming import check_known

REDUCTIONS = ("time", "scalar")


class MarginLoss(NamedTuple):
    """What `max_margin` finds."""

    loss: Float[Tensor, " batch"]
    chosen: Int64[Tensor, " batch"]
    """The candidate that violates the margin most."""
    violations: Float[Tensor, "batch candidate"]
    """By how much each candidate does; 0 where the margin holds. Of no graph."""


def max_margin(
    expert: Float[Tensor, "batch time"],
    samples: Float[Tensor, "batch candidate time"],
    task_loss: Float[Tensor, "batch candidate time"],
    *,
    valid: Bool[Tensor, "batch candidate"] | None = None,
    known: Bool[Tensor, "batch time"] | None = None,
    reduce: str = "time",
) -> MarginLoss:
    """The most by which the expert's trajectory fails to be cheaper than a candidate by that one's task loss.

        time     max_i sum_t max(0, c_t(expert) - c_t(i) + d_t(i))     (Zeng et al., *Neural Motion Planner*, 2019)
        scalar   max_i max(0, sum_t c_t(expert) - c_t(i) + d_t(i))     (Ratliff et al., *Maximum Margin Planning*, 2006)

    It is at least the task loss of the cheapest candidate as soon as the expert's trajectory, or one no dearer, is
    among the candidates, and not otherwise: append it. Its gradient is 1 in the expert's costs and -1 in those of
    the one candidate chosen (under `time` where the margin is violated).

    Args:
        expert, samples: Costs.
        task_loss: How bad each candidate really is, >= 0.
        valid: Candidates that count; where none does, the loss is 0.
        known: Steps at which it is known what the expert did; all others are left out.
        reduce: `time` or `scalar`.
    """
    check_known("reduction", reduce, REDUCTIONS)
    gaps = expert.unsqueeze(1) - samples + task_loss
    if known is not None:
        gaps = torch.where(known.unsqueeze(1), gaps, 0.0)
    if reduce == "time":
        gaps = gaps.clamp_min(0.0)
    totals = gaps.sum(-1).clamp_min(0.0)
    if valid is not None:
        totals = torch.where(valid, totals, 0.0)
    chosen = totals.argmax(dim=1)
    # Picked, not maximised over: where several violate it equally, one of them bears the gradient.
    loss = totals.gather(1, chosen.unsqueeze(1)).squeeze(1)
    return MarginLoss(loss, chosen, totals.detach())


def classification(
    expert: Float[Tensor, " batch"],
    samples: Float[Tensor, "batch candidate"],
    *,
    valid: Bool[Tensor, "batch candidate"] | None = None,
) -> Float[Tensor, " batch"]:
    """-log of the expert's share among itself and the samples, each likely by exp(-cost): see `info_nce`.

    Args:
        expert, samples: Costs of whole trajectories.
        valid: Samples that count.
    """
    if valid is not None:
        samples = samples.masked_fill(~valid, float("inf"))
    return info_nce(torch.cat([expert.unsqueeze(1), samples], dim=1))


def maximum_entropy(
    expert: Float[Tensor, " batch"],
    samples: Float[Tensor, "batch candidate"],
    *,
    log_proposal: Float[Tensor, "batch candidate"] | None = None,
    valid: Bool[Tensor, "batch candidate"] | None = None,
) -> Float[Tensor, " batch"]:
    """The cost of the expert's trajectory + log Z, where Z is estimated by samples of a density q:

        Z = sum_i exp(-c_i) / q_i     (but for a constant: Ziebart et al., *Maximum Entropy Inverse RL*, 2008;
                                       with samples: Finn, Levine and Abbeel, *Guided Cost Learning*, 2016)

    For costs w . f its gradient in w is the expert's features less those expected under the softmax of
    -cost - log q over the samples. Unlike `classification` it can be negative, and the expert is no sample itself.

    Args:
        expert, samples: Costs of whole trajectories.
        log_proposal: log q of each sample, but for a constant; all alike where None.
        valid: Samples that count; at least one in each row.
    """
    weights = -samples if log_proposal is None else -samples - log_proposal
    if valid is not None:
        if not bool(valid.any(dim=1).all()):
            row = int((~valid.any(dim=1)).nonzero()[0])
            raise ValueError(f"maximum_entropy: valid has no sample in row {row}; Z needs at least one.")
        weights = weights.masked_fill(~valid, -float("inf"))
    return expert + torch.logsumexp(weights, dim=1)
