"""Two passes of one network: a guess from nothing, and a second look at it. The cheap baseline of diffusion."""

from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from agents.policies.denoisers import make_denoiser
from agents.policies.head import Chunk, Features, Head, Weight, weighted_mean
from agents.policies.noise import Noise

SECOND = 0.9
"""Time of the second pass: it is trained on actions that noise of a tenth their scale was added to."""


class TwoPassHead(Head):
    """f(0, 0) guesses the action, f(.9, guess) mends it; deterministic.

    Fitted by |f(0, 0) - a|^2 / .9^2 + |f(.9, a + .1 z) - a|^2 / .1^2 (the minimal iterative policy of *Much Ado
    About Noising*, 2025). The first pass is a regression to the mean; the second moves what it is shown towards
    actions seen nearby, at most a few tenths.

    Args:
        features, horizon, size: As every head's.
        denoiser: A name in `DENOISERS`.
        width: Of its layers; None: what suits a CPU.
    """

    passes: ClassVar[int] = 2

    def __init__(
        self, features: int, horizon: int, size: int, *, denoiser: str = "mlp", width: int | None = None
    ) -> None:
        super().__init__(features, horizon, size)
        self.denoiser = make_denoiser(denoiser, features, horizon, size, width)

    def loss(self, features: Features, chunk: Chunk, weight: Weight, noise: Noise) -> Float[Tensor, ""]:
        shown = chunk * (weight > 0)[..., None]  # what padding was filled with is no matter
        near = shown.add(noise.normal(self.horizon, self.size), alpha=1.0 - SECOND)
        known = self.denoiser.condition(features)
        guess = self._pass(torch.zeros_like(chunk), 0.0, known)
        mended = self._pass(near, SECOND, known)
        error = (guess - chunk).square() / SECOND**2 + (mended - chunk).square() / (1.0 - SECOND) ** 2
        return weighted_mean(error.mean(dim=2), weight)

    def propose(self, features: Features, noise: Noise, *, sampler: Any = None, deterministic: bool = False) -> Chunk:
        known = self.denoiser.condition(features)
        nothing = known.new_zeros(len(known), self.horizon, self.size)
        return self._pass(self._pass(nothing, 0.0, known), SECOND, known)

    def _pass(self, chunk: Chunk, time: float, known: Float[Tensor, "batch guide"]) -> Chunk:
        # One row of time for the whole batch: the sum stretches it.
        return self.denoiser.refine(chunk, self.denoiser.embed(known.new_full((1,), time)) + known)
