"""Ancestral sampling: every step draws from the posterior of the one before it."""

from dataclasses import dataclass

import numpy as np

from agents.policies.head import Chunk
from agents.policies.noise import Noise
from agents.policies.noise_schedule import NoiseSchedule
from agents.policies.samplers.chain import ErrorPredictor, check_chain, clean_chunk, links


@dataclass(frozen=True, kw_only=True)
class DDPM:
    """x' is drawn from q(x' | x, a), with a the action that the predicted error leaves.

        mean     = signal' beta / spread^2 a + sqrt(1 - beta) spread'^2 / spread^2 x
        variance = spread'^2 / spread^2 beta

    where beta = 1 - signal^2 / signal'^2 (diffusers' variance ``fixed_small``).

    Ho, Jain and Abbeel, *Denoising Diffusion Probabilistic Models*, 2020, equations 6 and 7.
    """

    steps: int = 100
    """Of the schedule's that are visited."""
    clip: float = 1.0
    """Largest size of a number of the action foreseen at any step; inf: any."""
    spacing: str = "leading"
    """See `NoiseSchedule.visits`."""

    def __post_init__(self) -> None:
        check_chain(self)

    @property
    def evaluations(self) -> int:
        """Network evaluations of one chunk."""
        return self.steps

    def visits(self, schedule: NoiseSchedule) -> np.ndarray:
        """Steps at which the network is asked, falling."""
        return schedule.visits(self.steps, self.spacing)

    def sample(self, predict_error: ErrorPredictor, start: Chunk, schedule: NoiseSchedule, noise: Noise) -> Chunk:
        """A chunk from noise `start`; further noise is drawn for every step but the last."""
        chunk = start
        fresh = noise.normal(self.steps - 1, *start.shape[1:]).to(start.dtype).unbind(1)
        for i, link in enumerate(links(self, schedule, len(start))):
            error = predict_error(chunk, link.step)
            foreseen = clean_chunk(chunk, error, link, self.clip)
            beta = 1.0 - (link.signal / link.next_signal) ** 2
            shrink = link.next_spread / link.spread
            chunk = chunk * ((1.0 - beta) ** 0.5 * shrink**2)
            chunk.add_(foreseen, alpha=link.next_signal * beta / link.spread**2)
            if i < len(fresh):
                chunk.add_(fresh[i], alpha=shrink * beta**0.5)
        return chunk
