"""The cross-entropy method: fit the distribution to the best candidates, all alike.

After Rubinstein (*The cross-entropy method for combinatorial and continuous optimization*, 1999); elites kept from
iteration to iteration and coloured noise are those of iCEM (Pinneri et al., *Sample-efficient cross-entropy method for
real-time planning*, CoRL 2020).
"""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.planners.sampling import SamplingPlanner


@dataclass(frozen=True, kw_only=True)
class CEM(SamplingPlanner):
    """plan = CEM().plan(model, latent, cost, draws=draws)"""

    def weigh(self, costs: Float[Tensor, "batch elite"]) -> Float[Tensor, "batch elite"]:
        """All alike."""
        return torch.full_like(costs, 1.0 / costs.shape[1])
