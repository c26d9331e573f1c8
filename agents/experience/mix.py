"""Who acts in experience that is collected, and how much of it."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int64

BEHAVIOURS = ("random", "oracle", "noisy", "branches")
RANDOM, ORACLE, NOISY, BRANCH = range(4)
EXPECTED_STEPS = 20.0
"""Of an episode that has just begun, while shares are kept."""


@dataclass(frozen=True, kw_only=True)
class Mix:
    """Shares of the steps that are collected, and what there is to tell of each behaviour.

    Where actions are a choice: `random` chooses uniformly, and `noisy` is the oracle with a random choice now and then.
    On roads noise is coloured: `random` drives by it alone or adds it to the intelligent driver model, `noisy` adds it
    to the oracle's actions in phases. Branches are short episodes of their own that leave from states on the way.
    """

    random: float = 0.15
    oracle: float = 0.2
    noisy: float = 0.45
    branches: float = 0.2
    branch_steps: int = 8
    """Steps of a branch."""
    chance: tuple[float, float] = (0.1, 0.6)
    """That a noisy choice is random, least and most: drawn for each episode."""
    acceleration: tuple[float, float] = (0.1, 0.5)
    """Spread of noise in the acceleration, as a share of the largest: drawn for each episode."""
    lateral: tuple[float, float] = (0.2, 1.2)
    """Spread of noise in the lateral acceleration [m/s^2], by the steering that makes it: drawn for each episode."""
    memory: float = 1.5
    """Seconds that the noise remembers."""
    disturbed: tuple[float, float] = (1.0, 3.0)
    """How long the oracle is disturbed, least and most [s]."""
    calm: tuple[float, float] = (1.0, 6.0)
    """How long it then drives alone [s]."""

    def __post_init__(self) -> None:
        shares = {name: getattr(self, name) for name in BEHAVIOURS}
        if not all(math.isfinite(share) and share >= 0 for share in shares.values()) or sum(shares.values()) <= 0:
            raise ValueError(f"Mix: expected shares >= 0, one of them > 0, got {shares}.")
        if self.branches >= sum(shares.values()):
            raise ValueError(f"Mix.branches: expected something to branch off, got {shares}.")
        if self.branch_steps < 1:
            raise ValueError(f"Mix.branch_steps: expected at least 1, got {self.branch_steps}.")

    @property
    def shares(self) -> np.ndarray:
        """Of `BEHAVIOURS`, 1 in all."""
        shares = np.array([getattr(self, name) for name in BEHAVIOURS], np.float64)
        return shares / shares.sum()


class Shares:
    """Which behaviour begins next, so that steps come to be shared as they should."""

    def __init__(self, mix: Mix) -> None:
        self._wanted = mix.shares[:BRANCH]
        self._steps = np.zeros(BRANCH)

    def count(self, running: Int64[np.ndarray, " env"]) -> None:
        """A step was made by each of these behaviours."""
        self._steps += np.bincount(running, minlength=BRANCH)

    def next(self, running: Int64[np.ndarray, " env"], begins: int) -> Int64[np.ndarray, " begins"]:
        """Behaviours of `begins` episodes, beside those that are `running`."""
        expected = self._steps + EXPECTED_STEPS * np.bincount(running, minlength=BRANCH)
        chosen = []
        for _ in range(begins):
            with np.errstate(divide="ignore", invalid="ignore"):
                shares = np.where(self._wanted > 0, (expected + 0.5 * EXPECTED_STEPS) / self._wanted, np.inf)
            chosen.append(int(shares.argmin()))
            expected[chosen[-1]] += EXPECTED_STEPS
        return np.array(chosen, np.int64)
