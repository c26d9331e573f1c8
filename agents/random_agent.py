"""The floor of every table: actions uniform over the action space."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from gymnasium import spaces

from agents.agent import Agent, Observation, State
from envs.kernels.counter_random import draw_rows


@dataclass(frozen=True, kw_only=True)
class RandomConfig:
    """`seed` fixes the actions of every row, episode and step."""

    seed: int = 0


class RandomAgent(Agent):
    """Uniform actions. The state counts each row's episodes and steps, and these number its random draws."""

    name: ClassVar[str] = "random"
    Config: ClassVar[type] = RandomConfig

    def act(
        self, observation: Observation, state: State, episode_start: np.ndarray | None, deterministic: bool
    ) -> tuple[np.ndarray, State]:
        size = len(next(iter(observation.values())))
        episode, step = state if state is not None else (np.zeros(size, np.int64), np.zeros(size, np.int64))
        if state is not None and episode_start is not None:
            began = np.asarray(episode_start, np.bool_)
            episode, step = episode + began, np.where(began, 0, step)
        space = self.action_space
        words = np.empty((size, int(np.prod(space.shape or (1,)))), np.uint64)
        draw_rows(self.config.seed, episode, step, words)
        if isinstance(space, spaces.Discrete):
            return (words[:, 0] % np.uint64(space.n)).astype(np.int64), (episode, step + 1)
        assert isinstance(space, spaces.Box)
        unit = (words / 2.0**64).reshape(size, *space.shape)
        return (space.low + unit * (space.high - space.low)).astype(space.dtype), (episode, step + 1)
