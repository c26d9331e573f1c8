"""How much of each action's range there is to search, as things are now."""

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.bicycle import Bicycle
from world_models.rollout import Latent
from world_models.spec import Spec

LATERAL = 5.0
"""Lateral acceleration at full scale [m/s^2]: nearly all that comfort allows."""
LEAST = 0.01
STEERING = 1
BICYCLE = Bicycle()


def action_scale(spec: Spec, latent: Latent) -> Float[Tensor, "#batch number"]:
    """Share of the range in which sensible actions lie, for each row.

    1 but for the steering of a fast vehicle. At 25 m/s a tenth of the range turns it by a lateral acceleration of
    13 m/s^2, so that hardly any plan drawn over the whole range would stay on the road.
    """
    ego = latent.observation.get("ego")
    ones = torch.ones(1, spec.actions.size)
    if spec.extent is None or ego is None or spec.actions.is_discrete or spec.actions.size != 2:
        return ones if ego is None else ones.to(ego.device)
    # lateral acceleration = speed^2 / wheelbase * steering, for small angles
    share = LATERAL * BICYCLE.wheelbase / (BICYCLE.max_steering * ego[:, 0].square().clamp(min=1.0))
    return torch.stack([torch.ones_like(share), share.clamp(LEAST, 1.0)], -1)
