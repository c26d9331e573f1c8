"""Flow matching: learn the velocity that carries noise to actions in straight lines."""

from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor

from agents.policies.denoisers import make_denoiser
from agents.policies.head import Chunk, Features, Head, Weight, weighted_mean
from agents.policies.noise import Noise
from agents.policies.samplers.euler import Euler


class FlowHead(Head):
    """Predicts a - z from x_t = (1 - t) z + t a, noise z and action a, fitted by its squared distance.

    Lipman et al., *Flow Matching for Generative Modeling*, 2023; Liu et al., *Flow Straight and Fast*, 2023.

    Args:
        features, horizon, size: As every head's.
        denoiser: A name in `DENOISERS`.
        width: Of its layers; None: what suits a CPU.
    """

    samplers: ClassVar[tuple[str, ...]] = ("euler", "heun")

    def __init__(
        self, features: int, horizon: int, size: int, *, denoiser: str = "mlp", width: int | None = None
    ) -> None:
        super().__init__(features, horizon, size)
        self.denoiser = make_denoiser(denoiser, features, horizon, size, width)

    def loss(self, features: Features, chunk: Chunk, weight: Weight, noise: Noise) -> Float[Tensor, ""]:
        time, start = noise.uniform(), noise.normal(self.horizon, self.size)
        # Padding is shown as noise alone, so that what it was filled with is no matter.
        shown = start.lerp(chunk * (weight > 0)[..., None], time[:, None, None])
        found = self.denoiser(shown, time, features)
        return weighted_mean((found - (chunk - start)).square().mean(dim=2), weight)

    def propose(self, features: Features, noise: Noise, *, sampler: Any = None, deterministic: bool = False) -> Chunk:
        sampler = Euler() if sampler is None else sampler
        known = self.denoiser.condition(features)
        times = sampler.times.float()
        embedded = self.denoiser.embed(times)

        def velocity(chunk: Chunk, time: Float[Tensor, " batch"]) -> Chunk:
            row = torch.searchsorted(times, time.contiguous())
            return self.denoiser.refine(chunk, embedded.index_select(0, row).add_(known))

        return sampler.sample(velocity, noise.normal(self.horizon, self.size))
