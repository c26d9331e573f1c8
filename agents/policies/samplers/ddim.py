"""The diffusion chain without noise: large steps of first order."""

from dataclasses import dataclass

import numpy as np

from agents.policies.head import Chunk
from agents.policies.noise import Noise
from agents.policies.noise_schedule import NoiseSchedule
from agents.policies.samplers.chain import ErrorPredictor, check_chain, clean_chunk, links


@dataclass(frozen=True, kw_only=True)
class DDIM:
    """x' = signal' a + spread' e: back to the action that the error e leaves, and out again to the next level.

    Where a is clipped, e stays as predicted, as diffusers' default has it (``use_clipped_model_output=False``).

    Song, Meng and Ermon, *Denoising Diffusion Implicit Models*, 2021, equation 12 with eta = 0.
    """

    steps: int = 10
    """Of the schedule's that are visited."""
    clip: float = 1.0
    """Largest size of a number of the action foreseen at any step; inf: any."""
    spacing: str = "middle"
    """See `NoiseSchedule.visits`. diffusers' own default ``"leading"`` ends at actions half as precise, and at the
    first of the ``"trailing"`` steps so little is left of the action that it is a difference of rounding errors."""

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
        """A chunk from noise `start`; no further noise is drawn."""
        chunk = start
        for link in links(self, schedule, len(start)):
            error = predict_error(chunk, link.step)
            foreseen = clean_chunk(chunk, error, link, self.clip)
            chunk = foreseen.mul_(link.next_signal).add_(error, alpha=link.next_spread)
        return chunk
