"""Imitators that decide on several actions at once: one agent for every family of policies, explicit or sampled."""

from abc import abstractmethod
from copy import copy
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from agents.agent import Observation, State
from agents.chunk_fitting import study
from agents.config import check_at_least_one
from agents.imitation import ImitationConfig, ImitationLesson, Imitator
from agents.networks.encoders import encoder_for
from agents.networks.policy import as_tensors
from agents.policies.codec import codec_for
from agents.policies.head import Head
from agents.policies.network import ChunkNetwork
from agents.policies.noise import RowNoise
from agents.policies.samplers import make_sampler
from agents.receding import Memory, remember
from agents.row_noise import Counts
from envs.core.naming import check_known


@dataclass(frozen=True, kw_only=True)
class ChunkConfig(ImitationConfig):
    """A receding horizon, and the fitting of it to demonstrations."""

    history: int = 1
    """Observations that a decision looks at."""
    horizon: int = 8
    """Actions in a chunk."""
    execute: int = 4
    """Actions of it that are played before the next decision."""
    discrete: str = "one-hot"
    """How discrete actions are written for the head: `one-hot`, or `moves` on grids."""
    noise: str = "decision"
    """How long the noise that a chunk is drawn from lasts: it is new at each `decision`, or the same for an `episode`:
    then what was drawn hangs on what is seen alone, and of two ways the one that was taken is kept to."""
    hidden: int = 256
    """Width of the head's layers."""
    learning_rate: float = 1e-3
    weight_decay: float = 1e-3
    batch_size: int = 128
    warm_up: int = 100
    ema: bool = True
    """Decide by a running mean of the weights (decay 1 - (1 + n) ** -0.75 after n updates) instead of the last ones."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_at_least_one(self, "history", "horizon", "execute", "hidden")
        if self.execute > self.horizon:
            raise ValueError(
                f"{type(self).__name__}.execute: expected <= horizon ({self.horizon}), got {self.execute}."
            )
        check_known("duration of noise", self.noise, ("decision", "episode"))
        check_known("way of writing discrete actions", self.discrete, ("one-hot", "moves"))


class ChunkAgent(Imitator):
    """Looks at the last observations, proposes a chunk of actions, plays the first of them, proposes anew.

    What lasts within an episode is in the state, row by row (`agents.receding`). Subclasses say which head, and
    which sampler where theirs samples.
    """

    Config: ClassVar[type] = ChunkConfig
    config: ChunkConfig
    network: ChunkNetwork

    def __init__(self, observation_space: Any, action_space: Any, config: Any) -> None:
        super().__init__(observation_space, action_space, config)
        self.sampler = self.build_sampler()
        """How chunks are drawn; None where nothing is sampled."""

    def build(self) -> ChunkNetwork:
        config = self.config
        try:
            encoder = encoder_for(self.observation_space, config.width)
            codec = codec_for(self.action_space, discrete=config.discrete)
        except ValueError as error:
            raise ValueError(f"Agent {self.name!r}: {error}") from error
        head = self.build_head(encoder.size * config.history, codec.size)
        return ChunkNetwork(encoder, codec, head, history=config.history)

    @abstractmethod
    def build_head(self, features: int, size: int) -> Head:
        """The head, given how many features there are and how many numbers an action has."""

    def build_sampler(self) -> Any:
        """The sampler that the config names; None where nothing is sampled."""
        return None

    def with_sampler(self, name: str, **settings: Any) -> "ChunkAgent":
        """The same agent, on the same weights, drawing its chunks by another sampler.

        Raises:
            ValueError: a sampler that does not fit what was learned.
        """
        check_known(f"sampler of {self.name!r}", name, self.network.head.samplers)
        other = copy(self)
        other.sampler = make_sampler(name, **settings)
        return other

    @property
    def evaluations(self) -> int:
        """Network evaluations of one proposal, the encoder not counted."""
        return self.network.head.passes if self.sampler is None else self.sampler.evaluations

    @torch.no_grad()
    def act(
        self, observation: Observation, state: State, episode_start: np.ndarray | None, deterministic: bool
    ) -> tuple[np.ndarray, State]:
        memory = self._recall(observation, state, episode_start)
        due = np.flatnonzero(memory.due(self.config.execute))
        if len(due):
            seen = {key: array[due] for key, array in memory.past.items()}
            memory.chunk[due] = self._propose(seen, memory.counts.of(due), deterministic).numpy()
            memory.cursor[due] = 0
        numbers = memory.chunk[np.arange(len(memory.cursor)), memory.cursor]
        return self.network.codec.decode(torch.from_numpy(numbers)[:, None])[:, 0], memory.as_state()

    def _recall(self, observation: Observation, state: State, episode_start: np.ndarray | None) -> Memory:
        head = self.network.head
        shape = (head.horizon, head.size)
        return remember(observation, state, episode_start, history=self.config.history, chunk_shape=shape)

    def _propose(self, past: dict[str, np.ndarray], counts: Counts, deterministic: bool) -> torch.Tensor:
        if self.config.noise == "episode":
            counts = counts._replace(step=np.zeros_like(counts.step))
        noise = RowNoise(self.config.seed, counts)
        features = self.network.encode(past)
        return self.network.head.propose(features, noise, sampler=self.sampler, deterministic=deterministic)

    @torch.no_grad()
    def explain(self, observation: Observation, state: State = None) -> dict[str, np.ndarray]:
        """What the encoder has to show of a batch of observations: on grids, the values that it spreads."""
        return self.network.encoder.explain(as_tensors(observation))

    def study(self, lesson: ImitationLesson) -> None:
        study(self, lesson)
