"""Noise with a memory: what disturbs a driver for a while in one direction, rather than to and fro at every step."""

import math

import numpy as np
from jaxtyping import Bool, Float64


class ColouredNoise:
    """Numbers [row number] of mean 0 and variance 1; what is `steps` apart has correlation exp(-steps / memory).

    x_{t+1} = r x_t + sqrt(1 - r^2) e_t with r = exp(-1 / memory), from the stationary distribution on.

    Args:
        shape: (rows, numbers).
        memory: Steps.
        rng: Draws them.
    """

    def __init__(self, shape: tuple[int, int], *, memory: float, rng: np.random.Generator) -> None:
        self._keep, self._rng = math.exp(-1.0 / memory), rng
        self.value: Float64[np.ndarray, "row number"] = rng.normal(size=shape)

    def advance(self, begins: Bool[np.ndarray, " row"]) -> None:
        """One step on; rows that begin forget what was."""
        fresh = self._rng.normal(size=self.value.shape)
        later = self._keep * self.value + math.sqrt(1.0 - self._keep**2) * fresh
        self.value = np.where(begins[:, None], fresh, later)
