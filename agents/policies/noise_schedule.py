"""How noise covers a chunk, step by step."""

from dataclasses import dataclass
from functools import cache
from math import cos, pi

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64
from torch import Tensor

TRAIN_STEPS = 100
LARGEST_BETA = 0.999
OFFSET = 0.008

SPACINGS = ("leading", "middle", "trailing")


@dataclass(frozen=True, kw_only=True, eq=False)
class NoiseSchedule:
    """x_t = signal_t a + spread_t e: what is left of the action, and how much noise there is, signal^2 + spread^2 = 1.

    Steps count from 0, almost clean, to ``steps - 1``, almost noise alone.
    """

    kept: Float64[np.ndarray, " step"]
    """signal^2, the product of 1 - beta (``alphas_cumprod`` of others)."""

    @property
    def steps(self) -> int:
        """Number of them."""
        return len(self.kept)

    def levels(self, step: int) -> tuple[float, float]:
        """(signal, spread) at a step; (1, 0) at step -1, where the chain ends."""
        kept = float(self.kept[step]) if step >= 0 else 1.0
        return kept**0.5, (1.0 - kept) ** 0.5

    def time(self, step: Int64[Tensor, " batch"]) -> Float[Tensor, " batch"]:
        """What a denoiser is told of the step, in [0, 1)."""
        return step / self.steps

    def shares(self, step: Int64[Tensor, " batch"], dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """(signal, spread) of each row's step [batch 1 1]."""
        kept = torch.from_numpy(self.kept)[step][:, None, None]
        return kept.sqrt().to(dtype), (1.0 - kept).sqrt().to(dtype)

    def disturb(
        self,
        chunk: Float[Tensor, "batch time number"],
        error: Float[Tensor, "batch time number"],
        step: Int64[Tensor, " batch"],
    ) -> Float[Tensor, "batch time number"]:
        """x_t of actions and noise at each row's step."""
        signal, spread = self.shares(step, chunk.dtype)
        return signal * chunk + spread * error

    def visits(self, count: int, spacing: str) -> Int64[np.ndarray, " count"]:
        """`count` of the steps, falling, evenly spaced.

        Args:
            count: From 1 to `steps`.
            spacing: ``"leading"`` ends at step 0 and begins one space below the noisiest; ``"trailing"`` begins at
                the noisiest and ends one space above 0; ``"middle"`` is half a space off both (names and rounding are
                those of diffusers, where the last is ``"leading"`` with a ``steps_offset`` of half a space).

        Raises:
            ValueError: more steps than there are; unknown spacing.
        """
        if not 1 <= count <= self.steps:
            raise ValueError(f"steps: expected 1 to {self.steps}, those of the schedule, got {count}.")
        if spacing == "trailing":
            # Each by itself: a range of floats down to 0 may have one too many (diffusers' has, for 29 of 100).
            return np.round(self.steps - np.arange(count) * (self.steps / count)).astype(np.int64) - 1
        if spacing in SPACINGS:
            space = self.steps // count
            return np.arange(count, dtype=np.int64)[::-1] * space + (space // 2 if spacing == "middle" else 0)
        raise ValueError(f"Unknown spacing {spacing!r}. Known spacings: {list(SPACINGS)}")


@cache
def squared_cosine(steps: int = TRAIN_STEPS) -> NoiseSchedule:
    """kept(t) = cos^2((t + .008) / 1.008 pi / 2) at t = step / steps, but no step takes more than .999 of what is left.

    Nichol and Dhariwal, *Improved Denoising Diffusion Probabilistic Models*, 2021 (``squaredcos_cap_v2``).
    """

    def left(step: int) -> float:
        return cos((step / steps + OFFSET) / (1.0 + OFFSET) * pi / 2) ** 2

    beta = [min(1.0 - left(step + 1) / left(step), LARGEST_BETA) for step in range(steps)]
    return NoiseSchedule(kept=np.cumprod(1.0 - np.array(beta)))
