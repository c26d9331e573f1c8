"""The lowest of many: candidates everywhere, then again about the good ones, closer each time."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from agents.config import check_at_least_one
from agents.policies.info_nce import Energy
from agents.policies.noise import Noise
from agents.policies.samplers.boxed import BUFFER, check_positive, choose, resample, scatter


@dataclass(frozen=True, kw_only=True)
class DerivativeFree:
    """Resampled by exp(-E), disturbed by Gaussian noise that shrinks, and so on (Florence et al., 2021, B.1).

    It has to meet the basin of what is best among its first candidates, whose number would have to grow as a power
    of the dimensions: with a few thousand it fails beyond about five.
    """

    samples: int = 256
    iterations: int = 3
    spread: float = 0.33
    """Of the first noise, in units of half the data's range."""
    shrink: float = 0.5
    """What the spread is multiplied by after each iteration."""

    def __post_init__(self) -> None:
        check_at_least_one(self, "samples", "iterations")
        check_positive(self, "spread", "shrink")

    @property
    def evaluations(self) -> int:
        """Network evaluations of one chunk, each of all samples at once."""
        return self.iterations

    @torch.no_grad()
    def sample(
        self, energy: Energy, shape: tuple[int, int], noise: Noise, *, deterministic: bool = False
    ) -> Float[Tensor, "batch number"]:
        """For each row one of the last samples: of the lowest energy, or drawn by the energies.

        Args:
            energy: Of candidates.
            shape: (batch, numbers).
            noise: All randomness there is.
            deterministic: Take the lowest.
        """
        places, spread = scatter(noise, self.samples, shape[1]), self.spread
        again = self.iterations - 1
        unit, disturbed = noise.uniform(again, self.samples), noise.normal(again, self.samples, shape[1])
        energies = energy(places)
        for i in range(again):
            places = resample(places, energies, unit[:, i]).add_(disturbed[:, i], alpha=spread)
            places.clamp_(-1.0 - BUFFER, 1.0 + BUFFER)
            energies, spread = energy(places), spread * self.shrink
        return choose(places, energies, noise, deterministic=deterministic)
