"""A policy of another library, played by us from its weights."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from gymnasium import spaces
from jaxtyping import Float32

from agents.agent import Agent, Observation, State


@dataclass(frozen=True, kw_only=True)
class TanhPolicyConfig:
    """Nothing to choose: it is as it was trained."""


class TanhPolicy(Agent):
    """Layers with tanh between them, over all keys of the observation flattened and standardised.

    Args:
        weights: `weight_0`, `bias_0`, `weight_1`, ... of linear layers.
        mean, spread: Of the flat observations that it was trained on.
    """

    name: ClassVar[str] = "tanh-policy"
    Config: ClassVar[type] = TanhPolicyConfig

    def __init__(
        self,
        observation_space: spaces.Dict,
        action_space: spaces.Space,
        weights: Mapping[str, np.ndarray],
        *,
        mean: Float32[np.ndarray, " number"],
        spread: Float32[np.ndarray, " number"],
    ) -> None:
        super().__init__(observation_space, action_space, TanhPolicyConfig())
        self.weights, self.mean, self.spread = weights, mean, spread
        self.depth = sum(name.startswith("weight_") for name in weights)

    def act(
        self, observation: Observation, state: State, episode_start: np.ndarray | None, deterministic: bool
    ) -> tuple[np.ndarray, State]:
        numbers = (flat(observation, self.observation_space) - self.mean) / self.spread
        for k in range(self.depth):
            numbers = numbers @ self.weights[f"weight_{k}"].T + self.weights[f"bias_{k}"]
            if k + 1 < self.depth:
                numbers = np.tanh(numbers)
        if isinstance(self.action_space, spaces.Discrete):
            return numbers.argmax(axis=1).astype(np.int64), None
        assert isinstance(self.action_space, spaces.Box)
        shaped = numbers.reshape(len(numbers), *self.action_space.shape)
        return np.clip(shaped, self.action_space.low, self.action_space.high).astype(self.action_space.dtype), None


def flat(observation: Observation, space: spaces.Dict) -> Float32[np.ndarray, "batch number"]:
    """All keys of a batch side by side, in the order of the space."""
    parts = [np.asarray(observation[key], np.float32) for key in space]
    return np.concatenate([part.reshape(len(part), -1) for part in parts], axis=1)
