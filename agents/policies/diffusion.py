"""Diffusion: learn the noise in a chunk at every level of it, and take it away step by step."""

from typing import Any, ClassVar

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from agents.policies.denoisers import make_denoiser
from agents.policies.head import Chunk, Features, Head, Weight, weighted_mean
from agents.policies.noise import Noise
from agents.policies.noise_schedule import TRAIN_STEPS, squared_cosine
from agents.policies.samplers.ddim import DDIM
from envs.core.naming import check_known

TARGETS = ("velocity", "error")


class DiffusionHead(Head):
    """Predicts the error e in x_t = signal_t a + spread_t e, fitted by a squared distance at steps drawn evenly.

    Ho, Jain and Abbeel, *Denoising Diffusion Probabilistic Models*, 2020; Chi et al., *Diffusion Policy*, 2023. What
    the denoiser answers is the error itself or the velocity v = signal_t e - spread_t a, which says it by
    e = signal_t v + spread_t x_t (Salimans and Ho, *Progressive Distillation*, 2022, appendix D). Which of several ways
    a chunk goes is decided where it is almost noise alone. There a mistake in e is one in a that is spread_t / signal_t
    times as large and costs hardly anything, while v is nearly -a: it is learned in fewer updates.

    Args:
        features, horizon, size: As every head's.
        denoiser: A name in `DENOISERS`.
        width: Of its layers; None: what suits a CPU.
        train_steps: Of the noise schedule.
        target: What the denoiser answers: one of `TARGETS`.

    Raises:
        ValueError: an unknown target.
    """

    samplers: ClassVar[tuple[str, ...]] = ("ddim", "ddpm")

    def __init__(
        self,
        features: int,
        horizon: int,
        size: int,
        *,
        denoiser: str = "mlp",
        width: int | None = None,
        train_steps: int = TRAIN_STEPS,
        target: str = "velocity",
    ) -> None:
        super().__init__(features, horizon, size)
        check_known("target", target, TARGETS)
        self.target = target
        self.denoiser = make_denoiser(denoiser, features, horizon, size, width)
        self.schedule = squared_cosine(train_steps)

    def loss(self, features: Features, chunk: Chunk, weight: Weight, noise: Noise) -> Float[Tensor, ""]:
        last = self.schedule.steps - 1
        step = (noise.uniform() * self.schedule.steps).long().clamp_(max=last)
        error = noise.normal(self.horizon, self.size)
        # Padding is shown as noise alone, so that what it was filled with is no matter.
        shown = chunk * (weight > 0)[..., None]
        found = self.denoiser(self.schedule.disturb(shown, error, step), self.schedule.time(step), features)
        return weighted_mean((found - self._asked(shown, error, step)).square().mean(dim=2), weight)

    def _asked(self, chunk: Chunk, error: Chunk, step: Int64[Tensor, " batch"]) -> Chunk:
        """What the denoiser should have answered."""
        if self.target == "error":
            return error
        signal, spread = self.schedule.shares(step, chunk.dtype)
        return signal * error - spread * chunk

    def propose(self, features: Features, noise: Noise, *, sampler: Any = None, deterministic: bool = False) -> Chunk:
        sampler = DDIM() if sampler is None else sampler
        known = self.denoiser.condition(features)
        signal, spread = self.schedule.shares(torch.arange(self.schedule.steps), known.dtype)
        visits = torch.from_numpy(sampler.visits(self.schedule).copy())
        # Steps that the sampler has not named would answer nan.
        embedded = known.new_full((self.schedule.steps, known.shape[1]), torch.nan)
        embedded[visits] = self.denoiser.embed(self.schedule.time(visits))

        def predict_error(disturbed: Chunk, step: Int64[Tensor, " batch"]) -> Chunk:
            answer = self.denoiser.refine(disturbed, embedded.index_select(0, step).add_(known))
            if self.target == "error":
                return answer
            return answer.mul_(signal.index_select(0, step)).addcmul_(disturbed, spread.index_select(0, step))

        return sampler.sample(predict_error, noise.normal(self.horizon, self.size), self.schedule, noise)
