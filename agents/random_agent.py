"""The floor of every table: actions uniform over the action space."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from gymnasium import spaces

from agents.agent import Agent, Observation, State
from agents.row_noise import count_rows, next_counts, row_uniforms
from envs.core.arguments import check_types


@dataclass(frozen=True, kw_only=True)
class RandomConfig:
    """`seed` fixes the actions of every row, episode and step."""

    seed: int = 0

    def __post_init__(self) -> None:
        check_types(self)


class RandomAgent(Agent):
    """Uniform actions. The state counts each row's episodes and steps, and these number its random draws."""

    name: ClassVar[str] = "random"
    Config: ClassVar[type] = RandomConfig

    def act(
        self, observation: Observation, state: State, episode_start: np.ndarray | None, deterministic: bool
    ) -> tuple[np.ndarray, State]:
        size = len(next(iter(observation.values())))
        space = self.action_space
        counts = count_rows(size, state, episode_start)
        unit = row_uniforms(self.config.seed, counts, int(np.prod(space.shape or (1,))))
        if isinstance(space, spaces.Discrete):
            return (unit[:, 0] * space.n).astype(np.int64), next_counts(counts)
        assert isinstance(space, spaces.Box)
        scaled = space.low + unit.reshape(size, *space.shape) * (space.high - space.low)
        return scaled.astype(space.dtype), next_counts(counts)
