"""What candidate actions cost, as a model foresees them."""

import torch
from jaxtyping import Float, Shaped
from torch import Tensor

from world_models.costs.cost import Cost
from world_models.model import Draws, WorldModel
from world_models.planners.risk import over_futures
from world_models.rollout import Latent


def evaluate(
    model: WorldModel,
    latent: Latent,
    actions: Shaped[Tensor, "batch candidate horizon ..."],
    cost: Cost,
    goal: Latent | None = None,
    *,
    samples: int = 1,
    draws: Draws | None = None,
    risk: str = "mean",
    tail: float = 0.2,
) -> Float[Tensor, "batch candidate"]:
    """One call of `predict`, the heads that the cost needs and no others, and its sum; inf where that is not a number.

    Args:
        model: Who foresees.
        latent: What it kept of now.
        actions: Continuous [.. number] or discrete.
        cost: Of `world_models.costs`.
        goal: For costs that compare with one.
        samples: Futures of each candidate; with 1 the most likely one, unless `draws` are given.
        draws: See `world_models.model.Draws`.
        risk, tail: See `over_futures`.

    Raises:
        ValueError: the cost needs what the model cannot decode, or futures that it cannot draw.
    """
    rollout = model.predict(latent, actions, samples=samples, draws=draws)
    heads = model.spec.heads
    found = model.decode(rollout, [*cost.needs, *(key for key in cost.wants if key in heads)])
    futures = cost(found, rollout, goal)
    total = over_futures(futures, rollout.weights, risk=risk, tail=tail)
    return torch.where(total.isnan(), torch.inf, total)
