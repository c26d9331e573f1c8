"""Where a search begins: at what is left of the last plan, or knowing nothing."""

import torch
from jaxtyping import Int64, Shaped
from torch import Tensor

from world_models.planners.action_scale import action_scale
from world_models.planners.categorical import Categorical
from world_models.planners.distribution import Distribution
from world_models.planners.gaussian import BoundedGaussian
from world_models.planners.plan import Warm, ahead
from world_models.planners.units import Units
from world_models.rollout import Latent
from world_models.spec import Spec


def device_of(latent: Latent) -> torch.device:
    """Where a model keeps what it thinks."""
    return next(iter((latent.parts or latent.observation).values())).device


def begin_warm(
    warm: Warm | None,
    executed: int | Int64[Tensor, " batch"],
    spec: Spec,
    latent: Latent,
    *,
    horizon: int,
    kept: int,
) -> Warm:
    """What is left of the last plan, or a start that knows nothing.

    Steps that the plan did not reach repeat its last action; where a distribution of choices ends, all are alike.

    Raises:
        ValueError: a plan of another batch, horizon, or kind of actions.
    """
    batch, device, actions = len(latent), device_of(latent), spec.actions
    number = () if actions.is_discrete else (actions.size,)
    dtype = torch.int64 if actions.is_discrete else torch.float32
    shapes = ((batch, horizon, actions.size), (batch, kept, horizon, *number), (batch,))
    if warm is None:
        centre = torch.zeros(shapes[0], device=device)
        elites = torch.zeros(shapes[1], device=device, dtype=dtype)
        return Warm(centre, elites, torch.zeros(batch, device=device, dtype=torch.bool))
    found = tuple(tuple(part.shape) for part in warm)
    if found != shapes:
        raise ValueError(f"warm: expected centre, elites and known of shapes {shapes}, got {found}.")
    centre, elites, known = warm.to(device)
    left = ahead(centre, executed)
    if actions.is_discrete:
        beyond = torch.arange(horizon, device=device) + torch.as_tensor(executed, device=device).reshape(-1, 1)
        left = torch.where((beyond >= horizon)[..., None], 1.0 / actions.size, left)
    return Warm(left, ahead(elites.transpose(1, 2), executed).transpose(1, 2), known)


def begin_distribution(
    spec: Spec,
    latent: Latent,
    warm: Warm,
    *,
    spreads: tuple[float, float],
    colour: float,
    floor: float,
    doubt: float,
) -> Distribution:
    """Around what is left of the last plan."""
    if spec.actions.is_discrete:
        return Categorical.begin(warm.centre, warm.known, floor=floor, doubt=doubt)
    units, scale = Units.of(spec.actions, warm.centre.device), action_scale(spec, latent)
    return BoundedGaussian.begin(warm.centre, warm.known, units, spreads=spreads, scale=scale, colour=colour)


def check_proposals(
    proposals: Shaped[Tensor, "batch proposal _ ..."] | None, plan: Shaped[Tensor, "batch horizon ..."]
) -> Tensor | None:
    """The same on the plan's device.

    Raises:
        ValueError: not [batch proposal horizon ...] of the plan.
    """
    if proposals is None:
        return None
    expected = (len(plan), "proposals", *plan.shape[1:])
    if proposals.shape[:1] + proposals.shape[2:] != plan.shape:
        raise ValueError(f"proposals: expected shape {expected}, got {tuple(proposals.shape)}.")
    return proposals.to(device=plan.device, dtype=plan.dtype)
