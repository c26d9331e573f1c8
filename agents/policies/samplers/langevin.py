"""Langevin chains: down the slope of the energy, with noise, in steps that grow smaller."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from agents.config import check_at_least_one
from agents.policies.info_nce import Candidates, Energy, slope
from agents.policies.noise import Noise
from agents.policies.samplers.boxed import BUFFER, check_positive, choose, scatter
from envs.core.naming import check_known

CONVENTIONS = ("ibc", "ula")
SCHEDULES = ("geometric", "polynomial")


@dataclass(frozen=True, kw_only=True)
class Langevin:
    """Steps s from `first` to `last`, noise n, under one of two conventions of temperature T = `temperature`:

        ibc    x' = x - s (dE/2 + T n)            on a unit Gaussian of variance T^2 s / (1 - s/4): it cools as s falls
        ula    x' = x - s/2 dE + sqrt(s T) n      on a unit Gaussian of variance T / (1 - s/4): it samples exp(-E / T)

    The first is that of Florence et al., *Implicit Behavioral Cloning* (2021), which multiplies the noise by s; the
    second is the unadjusted Langevin algorithm. Steps longer than `clip` are cut, and all stay within the box.
    """

    steps: int = 50
    chains: int = 32
    """Of each row; what one ends in is chosen by its energy."""
    convention: str = "ibc"
    first: float = 0.1
    """Size of the first step."""
    last: float = 1e-5
    """Size of the last step."""
    schedule: str = "geometric"
    """`geometric`: each step the same share of the one before; `polynomial`: (first - last)(1 - i/steps)^2 + last."""
    temperature: float = 1.0
    clip: float = 0.1
    """Largest change of a number in one step."""
    box: float = 1.0 + BUFFER
    """Largest size of a number."""

    def __post_init__(self) -> None:
        check_at_least_one(self, "steps", "chains")
        check_known("convention", self.convention, CONVENTIONS)
        check_known("schedule", self.schedule, SCHEDULES)
        check_positive(self, "first", "last", "clip", "box")
        if self.temperature < 0:
            raise ValueError(f"{type(self).__name__}.temperature: expected >= 0, got {self.temperature}.")

    @property
    def evaluations(self) -> int:
        """Network evaluations of one chunk: a step takes one with its gradient, the choice among chains one more."""
        return self.steps + (self.chains > 1)

    def sizes(self) -> list[float]:
        """Of all steps."""
        shares = [i / self.steps for i in range(self.steps)]
        if self.schedule == "polynomial":
            return [(self.first - self.last) * (1.0 - share) ** 2 + self.last for share in shares]
        whole = max(1, self.steps - 1) / self.steps
        return [self.first * (self.last / self.first) ** (share / whole) for share in shares]

    def sample(
        self, energy: Energy, shape: tuple[int, int], noise: Noise, *, deterministic: bool = False
    ) -> Float[Tensor, "batch number"]:
        """For each row the end of one chain: of the lowest energy, or drawn by the energies.

        Args:
            energy: Of candidates.
            shape: (batch, numbers).
            noise: All randomness there is.
            deterministic: Take the lowest.
        """
        ends = self.walk(energy, scatter(noise, self.chains, shape[1]), noise)
        if self.chains == 1:
            return ends[:, 0]
        with torch.no_grad():
            return choose(ends, energy(ends), noise, deterministic=deterministic)

    def walk(self, energy: Energy, start: Candidates, noise: Noise) -> Candidates:
        """Where chains end that begin at `start`. Nothing of it hangs on any graph."""
        place = start.detach()
        for size in self.sizes():
            # Not in place: the slope of a plain energy may be one number, shared by all.
            step = slope(energy, place) * (size / 2)
            if self.temperature > 0:
                spread = size * self.temperature if self.convention == "ibc" else (size * self.temperature) ** 0.5
                step.add_(noise.normal(*place.shape[1:]), alpha=spread)
            place = (place - step.clamp_(-self.clip, self.clip)).clamp_(-self.box, self.box)
        return place
