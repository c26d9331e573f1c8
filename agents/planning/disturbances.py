"""Leading an expert astray for moments, so that its recoveries are among what it demonstrates."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32

from agents.agent import Agent, Observation


@dataclass(frozen=True, kw_only=True)
class Disturbance:
    """What is done to the expert's trajectories, and how often.

    While it lasts, poses are turned about the ego, stretched, and pushed ahead: the vehicle leaves its path, drives
    faster or slower, or rolls on where it should stand. Or a `visitor` drives, who may be the learner itself: then
    the expert shows how it goes on from where the learner gets to.
    """

    share: float = 0.5
    """Of the worlds: the others are never disturbed."""
    turn: float = 0.12
    """Spread of the angle [rad]."""
    pace: float = 0.25
    """Spread of the logarithm of the factor."""
    push: float = 1.0
    """Spread of the added speed, of which the positive half counts [m/s]."""
    seconds: tuple[float, float] = (0.4, 1.2)
    """How long it lasts, least and most."""
    rest: tuple[float, float] = (4.1, 8.0)
    """How long the expert then drives undisturbed; what is cut short of its horizon is no sample."""
    visitor: Agent | None = None
    """Who drives instead; it decides from each observation alone."""


class Phases:
    """In which worlds the expert is disturbed now, and how.

    Args:
        disturbance: What is done; None: nothing.
        num_envs: Worlds.
        step_seconds: Length of a step.
        rng: Draws what is left open.
    """

    def __init__(
        self, disturbance: Disturbance | None, num_envs: int, *, step_seconds: float, rng: np.random.Generator
    ) -> None:
        self._plan, self._rng, self._dt = disturbance or Disturbance(share=0.0), rng, step_seconds
        self._is_chosen = np.arange(num_envs) < round(self._plan.share * num_envs)
        self._left = self._steps((0.0, self._plan.rest[1]), num_envs)
        self.active = np.zeros(num_envs, np.bool_)
        self._turn, self._pace, self._push = np.zeros((3, num_envs))

    def _steps(self, seconds: tuple[float, float], count: int) -> np.ndarray:
        return np.ceil(self._rng.uniform(*seconds, count) / self._dt).astype(np.int64)

    def advance(self, began: Bool[np.ndarray, " env"]) -> None:
        """One step on; an episode that begins does so undisturbed."""
        plan, count = self._plan, len(began)
        self._left -= 1
        due = self._is_chosen & (self._left < 0)
        begins = due & ~self.active
        calm = (due & self.active) | began
        self._left = np.where(begins, self._steps(plan.seconds, count), self._left)
        self._left = np.where(calm, self._steps(plan.rest, count), self._left)
        self.active = (self.active | begins) & ~calm
        drawn = self._rng.normal(size=(3, count))
        self._turn = np.where(begins, plan.turn * drawn[0], self._turn)
        self._pace = np.where(begins, np.exp(plan.pace * drawn[1]), self._pace)
        self._push = np.where(begins, plan.push * drawn[2].clip(min=0.0), self._push)

    def disturbed(
        self, actions: Float32[np.ndarray, "env time 3"], observation: Observation, *, dt: float
    ) -> Float32[np.ndarray, "env time 3"]:
        """What is driven instead of the expert's trajectories `actions`, whose poses are `dt` apart."""
        if not self.active.any():
            return actions
        changed, rows = actions.copy(), np.flatnonzero(self.active)
        if self._plan.visitor is not None:
            seen = {key: array[rows] for key, array in observation.items()}
            changed[rows] = self._plan.visitor.predict(seen, deterministic=True)[0]
            return changed
        x, y, heading = np.moveaxis(actions[rows], -1, 0) * self._pace[rows, None]
        x = x + self._push[rows, None] * dt * np.arange(1, actions.shape[1] + 1)
        heading = actions[rows, :, 2]
        turn = self._turn[rows, None]
        cos, sin = np.cos(turn), np.sin(turn)
        changed[rows] = np.stack((x * cos - y * sin, x * sin + y * cos, heading + turn), axis=-1)
        return changed
