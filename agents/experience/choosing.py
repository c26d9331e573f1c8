"""Behaviours where an action is a choice of several."""

import numpy as np
from jaxtyping import Bool, Int64

from agents.experience.mix import BRANCH, NOISY, ORACLE, Mix
from envs.core.batched import WorldVectorEnv


class Choosing:
    """Chooses in every world by its behaviour.

    Args:
        env: The worlds.
        mix: How often noisy choices are random.
        rng: Draws what is random.
    """

    def __init__(self, env: WorldVectorEnv, mix: Mix, rng: np.random.Generator) -> None:
        self._env, self._mix, self._rng = env, mix, rng
        self._chance = np.ones(env.num_envs)

    def begin(self, chosen: Bool[np.ndarray, " env"], behaviours: Int64[np.ndarray, " env"]) -> None:
        """Episodes begin in the chosen worlds, under these behaviours."""
        drawn = self._rng.uniform(*self._mix.chance, size=len(chosen))
        is_noisy = (behaviours == NOISY) | ((behaviours == BRANCH) & (self._rng.random(len(chosen)) < 0.5))
        chance = np.where(behaviours == ORACLE, 0.0, np.where(is_noisy, drawn, 1.0))
        self._chance = np.where(chosen, chance, self._chance)

    def actions(self) -> Int64[np.ndarray, " env"]:
        """What to do now."""
        count = self._env.num_envs
        start, choices = self._env.single_action_space.start, self._env.single_action_space.n  # type: ignore[attr-defined]
        drawn = self._rng.integers(start, start + choices, size=count)
        is_random = self._rng.random(count) < self._chance
        return drawn if is_random.all() else np.where(is_random, drawn, self._env.oracle_action())
