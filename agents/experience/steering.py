"""Behaviours where actions are numbers: drivers, and coloured noise on top of them."""

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from agents.experience.mix import BRANCH, NOISY, ORACLE, RANDOM, Mix
from agents.experience.noise import ColouredNoise
from envs.core.batched import WorldVectorEnv
from envs.driving.config import STEP_SECONDS

NOBODY, IDM, EXPERT = 0, 1, 2
"""Whose actions the noise is added to."""
WHOM = {
    RANDOM: (0.5, 0.5, 0.0),
    ORACLE: (0.0, 0.0, 1.0),
    NOISY: (0.0, 0.0, 1.0),
    BRANCH: (0.3, 0.2, 0.5),
}
"""Chances of them, by behaviour."""
LEAST_SPEED = 4.0
"""Below it steering is disturbed no more than at this speed [m/s]."""
WIDEST = 0.5
"""Spread of noise in the steering action at most."""
CONSTANT = 0.3
"""Chance that the noise of a branch stays as it begins: one action, held."""
WILD, WILDEST = 0.25, 0.6
"""Chance that the noise of a branch has this spread in every number, whatever the speed: as planners search."""


class Steering:
    """Acts in every world by its behaviour.

    Args:
        env: The worlds: roads, or any others whose actions are numbers; those have no drivers but the oracle.
        mix: How strong the noise is, and how long it lasts.
        rng: Draws what is random.
    """

    def __init__(self, env: WorldVectorEnv, mix: Mix, rng: np.random.Generator) -> None:
        self._env, self._mix, self._rng, count = env, mix, rng, env.num_envs
        self._is_road = hasattr(env.worlds, "driver_action")
        self._dt = STEP_SECONDS * env.config.steps_per_action if self._is_road else 1.0
        numbers = (env.single_action_space.shape or (1,))[0]
        self._noise = ColouredNoise((count, numbers), memory=max(mix.memory / self._dt, 0.1), rng=rng)
        self._whom = np.full(count, EXPERT)
        self._spread = np.zeros((2, count))
        self._is_constant, self._is_calm, self._is_wild = np.zeros((3, count), np.bool_)
        self._has_phases, self._left = np.zeros(count, np.bool_), np.zeros(count, np.int64)

    def begin(self, chosen: Bool[np.ndarray, " env"], behaviours: Int64[np.ndarray, " env"]) -> None:
        """Episodes begin in the chosen worlds, under these behaviours."""
        rng, mix, count = self._rng, self._mix, len(chosen)
        chances = np.cumsum([WHOM[int(behaviour)] for behaviour in behaviours], axis=1)
        whom = (rng.random((count, 1)) >= chances).sum(axis=1)
        whom = np.where((whom == IDM) & (not self._is_road), EXPERT, whom)
        self._whom = np.where(chosen, whom, self._whom)
        spread = np.stack([rng.uniform(*mix.acceleration, count), rng.uniform(*mix.lateral, count)])
        self._spread = np.where(chosen, spread * (behaviours != ORACLE), self._spread)
        drawn = (behaviours == BRANCH) & (rng.random((2, count)) < [[CONSTANT], [WILD]])
        self._is_constant, self._is_wild = np.where(chosen, drawn, (self._is_constant, self._is_wild))
        self._has_phases = np.where(chosen, behaviours == NOISY, self._has_phases)
        self._is_calm = np.where(chosen, self._has_phases, self._is_calm)
        self._left = np.where(chosen, self._steps((0.0, mix.calm[1])), self._left)
        self._noise.advance(chosen)

    def _steps(self, seconds: tuple[float, float]) -> Int64[np.ndarray, " env"]:
        drawn = self._rng.uniform(*seconds, size=self._env.num_envs)
        return np.ceil(drawn / self._dt).astype(np.int64)

    def actions(self) -> Float32[np.ndarray, "env number"]:
        """What to do now."""
        space = self._env.single_action_space
        strength = np.where(self._is_calm, 0.0, 1.0)[:, None] * self._noise.value
        wanted = self._base() + strength * self._spreads()
        self._advance()
        return wanted.clip(space.low, space.high).astype(np.float32)  # type: ignore[attr-defined]

    def _base(self) -> Float64[np.ndarray, "env number"]:
        base = np.zeros(self._noise.value.shape)
        for whom, name in ((IDM, "idm"), (EXPERT, "oracle")):
            rows = self._whom == whom
            if rows.any():
                asked = self._env.worlds.driver_action(name)[:, 0] if self._is_road else self._env.oracle_action()  # type: ignore[attr-defined]
                base[rows] = asked[rows]
        return base

    def _spreads(self) -> Float64[np.ndarray, "env number"]:
        """Of the noise in each number of the actions."""
        if not self._is_road:
            return np.broadcast_to(self._spread[0, :, None], self._noise.value.shape)
        own = self._env.worlds.state.actors[:, 0]  # type: ignore[attr-defined]
        # Steering by an angle turns with curvature angle / wheelbase, and that times v^2 is the lateral acceleration.
        angle = self._spread[1] * own["wheelbase"] / np.maximum(own["speed"], LEAST_SPEED) ** 2
        steering = np.minimum(angle / self._env.config.max_steering, WIDEST)
        return np.where(self._is_wild[:, None], WILDEST, np.stack([self._spread[0], steering], axis=1))

    def _advance(self) -> None:
        """One step on: the noise changes, and phases end."""
        held = self._noise.value
        self._noise.advance(np.zeros(len(held), np.bool_))
        self._noise.value = np.where(self._is_constant[:, None], held, self._noise.value)
        self._left -= 1
        turns = self._has_phases & (self._left < 0)
        self._is_calm = self._is_calm ^ turns
        lasts = np.where(self._is_calm, self._steps(self._mix.calm), self._steps(self._mix.disturbed))
        self._left = np.where(turns, lasts, self._left)
