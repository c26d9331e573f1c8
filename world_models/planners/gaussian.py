"""Plans of bounded numbers: a Gaussian at every step, cut off at the bounds."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from world_models.model import Draws
from world_models.planners.distribution import Distribution, draw_units
from world_models.planners.noise import coloured, normal
from world_models.planners.units import Units


@dataclass(frozen=True)
class BoundedGaussian(Distribution):
    """Mean and spread in units of half the range of each action; what is drawn beyond a bound is put on it."""

    mean: Float[Tensor, "batch horizon number"]
    spread: Float[Tensor, "batch horizon number"]
    units: Units
    least: Float[Tensor, "#batch 1 number"]
    most: Float[Tensor, "#batch 1 number"]
    """Bounds of the spread; every search begins with the largest."""
    colour: float
    """Exponent of the noise: see `coloured`."""

    @classmethod
    def begin(
        cls,
        centre: Float[Tensor, "batch horizon number"],
        known: Bool[Tensor, " batch"],
        units: Units,
        *,
        spreads: tuple[float, float],
        scale: Float[Tensor, "#batch number"],
        colour: float,
    ) -> "BoundedGaussian":
        """Around the actions `centre` where they are known, else around the middle of the range.

        `spreads`, smallest and largest, are of actions that are searched at full `scale`.
        """
        mean = torch.where(known[:, None, None], units.of_actions(centre), 0.0)
        least, most = (spread * scale[:, None] for spread in spreads)
        return cls(mean, most.expand_as(mean), units, least, most, colour)

    @property
    def plan(self) -> Float[Tensor, "batch horizon number"]:
        """The mean."""
        return self.units.to_actions(self.mean)

    @property
    def centre(self) -> Float[Tensor, "batch horizon number"]:
        """The mean."""
        return self.plan

    def draw(self, draws: Draws, count: int) -> Float[Tensor, "batch count horizon number"]:
        """Candidates within the bounds."""
        white = normal(draw_units(draws, self.mean, (count, *self.mean.shape[1:])))
        noise = coloured(white, self.colour)
        return self.units.to_actions((self.mean[:, None] + self.spread[:, None] * noise).clamp(-1.0, 1.0))

    def fitted(
        self,
        actions: Float[Tensor, "batch candidate horizon number"],
        weights: Float[Tensor, "batch candidate"],
        momentum: float,
    ) -> "BoundedGaussian":
        """Weighted mean and standard deviation of candidates."""
        units, shares = self.units.of_actions(actions), weights[..., None, None]
        mean = (shares * units).sum(1)
        spread = (shares * (units - mean[:, None]).square()).sum(1).sqrt()
        return replace(
            self,
            mean=momentum * self.mean + (1.0 - momentum) * mean,
            spread=(momentum * self.spread + (1.0 - momentum) * spread).clamp(self.least, self.most),
        )
