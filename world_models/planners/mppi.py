"""Model predictive path integral control: every candidate counts by how little it costs.

    weight_k = exp(-(J_k - min J) / T) / sum_j exp(-(J_j - min J) / T)

After Williams, Aldrich and Theodorou (*Model predictive path integral control: from theory to parallel computation*,
2017). T is in units of the cost: the lower, the more the best candidate counts.
The paper's plan is the mean of one iteration: `MPPI(iterations=1, answer="mean")`.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from world_models.planners.sampling import SamplingPlanner

WORST = 1e30
"""Stands for costs that are infinite, of which differences make no sense."""


@dataclass(frozen=True, kw_only=True)
class MPPI(SamplingPlanner):
    """plan = MPPI(temperature=0.5).plan(model, latent, cost, draws=draws)"""

    elites: int = 128
    """Best candidates, which the distribution is fitted to: all of the default's."""
    temperature: float = 0.1
    """T, in units of the cost."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not (math.isfinite(self.temperature) and self.temperature > 0.0):
            raise ValueError(f"temperature: expected a finite number > 0, got {self.temperature}.")

    def weigh(self, costs: Float[Tensor, "batch elite"]) -> Float[Tensor, "batch elite"]:
        """By their costs."""
        above = costs.clamp(max=WORST) - costs.amin(1, keepdim=True).clamp(max=WORST)
        return torch.softmax(-above / self.temperature, 1)
