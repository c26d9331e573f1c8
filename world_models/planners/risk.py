"""What several possible futures of a candidate are worth together."""

import torch
from jaxtyping import Float
from torch import Tensor

from envs.core.naming import check_known

RISKS = ("mean", "worst", "cvar")


def check_risk(risk: str, tail: float) -> None:
    """Raise ``ValueError`` for an unknown way to weigh futures, or a tail that is no share."""
    check_known("risk", risk, RISKS)
    if not 0.0 < tail <= 1.0:
        raise ValueError(f"tail: expected a share in (0, 1], got {tail}.")


def over_futures(
    costs: Float[Tensor, "batch candidate sample"],
    weights: Float[Tensor, "batch candidate sample"] | None = None,
    *,
    risk: str = "mean",
    tail: float = 0.2,
) -> Float[Tensor, "batch candidate"]:
    """One cost from those of all futures.

    `mean`; `worst`; or `cvar`, the mean of the worst `tail` of the probability (conditional value at risk: Rockafellar
    and Uryasev, 2000).

    Args:
        costs: Of each future.
        weights: Probabilities of the futures, which sum to 1; None: equal.
        risk: Of `RISKS`.
        tail: Of `cvar`.
    """
    check_risk(risk, tail)
    if costs.shape[2] == 1:
        return costs[..., 0]
    if risk == "worst":
        return costs.amax(-1)
    shares = torch.full_like(costs, 1.0 / costs.shape[2]) if weights is None else weights.expand_as(costs)
    if risk == "mean":
        return (costs * shares).sum(-1)
    worst_first, order = costs.sort(stable=True, dim=-1, descending=True)
    shares = shares.gather(-1, order)
    before = shares.cumsum(-1) - shares
    taken = torch.minimum((tail - before).clamp(min=0.0), shares)
    return (worst_first * taken).sum(-1) / tail
