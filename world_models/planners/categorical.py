"""Plans of choices: at every step, how likely each is."""

from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor
from torch.nn import functional

from world_models.model import Draws
from world_models.planners.distribution import Distribution, draw_units


@dataclass(frozen=True)
class Categorical(Distribution):
    """Probabilities of the choices, none below its part of `floor`."""

    probabilities: Float[Tensor, "batch horizon choice"]
    floor: float
    """Probability that is shared equally by all choices, whatever was fitted."""

    @classmethod
    def begin(
        cls,
        centre: Float[Tensor, "batch horizon choice"],
        known: Bool[Tensor, " batch"],
        *,
        floor: float,
        doubt: float,
    ) -> "Categorical":
        """From the probabilities `centre` where they are known, else all choices alike.

        `doubt`: probability that is shared equally at first, as what was sure once may not be so any more.
        """
        equal = torch.full_like(centre, 1.0 / centre.shape[2])
        mixed = (1.0 - doubt) * centre + doubt * equal
        return cls(torch.where(known[:, None, None], mixed, equal), floor)

    @property
    def plan(self) -> Int64[Tensor, "batch horizon"]:
        """The likeliest choices; of equals the first."""
        # the first of equals on every device, which argmax does not promise
        best = self.probabilities >= self.probabilities.amax(-1, keepdim=True)
        return best.long().cumsum(-1).eq(0).sum(-1)

    @property
    def centre(self) -> Float[Tensor, "batch horizon choice"]:
        """The probabilities."""
        return self.probabilities

    def draw(self, draws: Draws, count: int) -> Int64[Tensor, "batch count horizon"]:
        """Candidates, by the inverse of the distribution function."""
        units = draw_units(draws, self.probabilities, (count, self.probabilities.shape[1]))
        upto = self.probabilities[:, None].double().cumsum(-1)
        return (units[..., None] >= upto[..., :-1]).sum(-1)

    def fitted(
        self,
        actions: Int64[Tensor, "batch candidate horizon"],
        weights: Float[Tensor, "batch candidate"],
        momentum: float,
    ) -> "Categorical":
        """Weighted frequencies of the choices."""
        size = self.probabilities.shape[2]
        shares = (functional.one_hot(actions, size) * weights[..., None, None]).sum(1)
        mixed = momentum * self.probabilities + (1.0 - momentum) * shares
        return replace(self, probabilities=(1.0 - self.floor) * mixed + self.floor / size)
