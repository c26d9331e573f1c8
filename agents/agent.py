"""What every agent is: stable-baselines3's `predict`, batched, with all that lasts within an episode in `state`."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np
from gymnasium import spaces

from agents.batching import as_batch
from agents.checkpoint import Checkpoint, write_checkpoint
from agents.config import read_config

Observation = Mapping[str, np.ndarray]
State = tuple[np.ndarray, ...] | None
Own = TypeVar("Own", bound="Agent")
"""The class it is called on (`typing.Self`, which runtime type checkers refuse on single methods)."""


@dataclass(frozen=True, kw_only=True)
class Lesson:
    """What one call of `learn` asks for."""

    source: Any
    checkpoint: str | Path | None
    resume: bool
    progress: bool


class Agent(ABC):
    """Decides. One object serves any number of environments: it keeps nothing of an episode.

    `Config` is a frozen dataclass; subclasses implement `act` on batches and inherit `predict`.
    """

    name: ClassVar[str]
    """In the table `AGENTS`."""
    sees_state: ClassVar[bool] = False
    """Whether it looks at its environment's state, and so decides for that environment's whole batch."""
    asks_worlds: ClassVar[bool] = False
    """Whether it learns by acting in an environment, or asking about it: recorded episodes do not tell it enough."""
    takes: ClassVar[Mapping[str, str]] = {}
    """Field of `Config` -> argument of the environment that says it, where nobody says otherwise."""
    Config: ClassVar[type]

    def __init__(self, observation_space: spaces.Dict, action_space: spaces.Space, config: Any) -> None:
        if not isinstance(observation_space, spaces.Dict):
            raise ValueError(f"Agent {self.name!r} needs dictionary observations, got the space {observation_space}.")
        self.observation_space = observation_space
        self.action_space = action_space
        self.config = config

    @classmethod
    def for_env(cls: type[Own], env: Any, **config: Any) -> Own:
        """An untrained agent for the spaces of `env`, single or vector."""
        observation_space = getattr(env, "single_observation_space", None) or env.observation_space
        action_space = getattr(env, "single_action_space", None) or env.action_space
        world = getattr(getattr(env, "unwrapped", env), "config", None)
        known = {field: getattr(world, said) for field, said in cls.takes.items() if hasattr(world, said)}
        return cls(observation_space, action_space, read_config(cls.Config, known | config))

    def predict(
        self,
        observation: Observation,
        state: State = None,
        episode_start: np.ndarray | None = None,
        deterministic: bool = False,
    ) -> tuple[np.ndarray | np.generic, State]:
        """Actions for a batch of observations (first axis), or for one (then without that axis).

        Args:
            observation: Every key [batch ...].
            state: What the last call returned; None begins every row.
            episode_start: bool [batch]; True begins that row alone.
            deterministic: Take the most likely action rather than a drawn one.

        Raises:
            ValueError: keys or ranks that do not fit the observation space; `state` or `episode_start` of another
                batch.
        """
        batch, is_single = as_batch(observation, self.observation_space)
        action, state = self.act(batch, state, episode_start, deterministic)
        return (action[0] if is_single else action), state

    @abstractmethod
    def act(
        self, observation: Observation, state: State, episode_start: np.ndarray | None, deterministic: bool
    ) -> tuple[np.ndarray, State]:
        """`predict` for observations that are a batch for certain."""

    def bound_to(self, env: Any) -> "Agent":
        """The same agent for another environment; itself, unless it looks at the state."""
        return self

    def explain(self, observation: Observation, state: State = None) -> dict[str, np.ndarray]:
        """What there is to show of the decision for a batch: keys of the renderer's overlays; nothing by default."""
        return {}

    def learn(
        self: Own, source: Any, *, checkpoint: str | Path | None = None, resume: bool = False, progress: bool = True
    ) -> Own:
        """Learn from an environment or from recorded episodes, and return the agent itself, learner or not.

        Args:
            source: What to learn from.
            checkpoint: Folder that training can be resumed from.
            resume: Continue from there if something is there.
            progress: Show a bar.
        """
        self.study(Lesson(source=source, checkpoint=checkpoint, resume=resume, progress=progress))
        return self

    def study(self, lesson: Any) -> None:  # noqa: B027 - most agents have nothing to learn
        """`learn`, for those that do; nothing by default."""

    def tensors(self) -> dict[str, Any]:
        """What `save` keeps besides the config."""
        return {}

    def facts(self) -> dict[str, Any]:
        """What `save` keeps of how the agent came to be (JSON)."""
        return {}

    def save(self, path: str | Path) -> None:
        """Write one file, atomically: a reader finds the previous checkpoint or this one, whole."""
        spaces_ = (self.observation_space, self.action_space)
        write_checkpoint(path, Checkpoint(self.name, asdict(self.config), *spaces_, self.facts(), self.tensors()))

    @classmethod
    def from_checkpoint(cls: type[Own], checkpoint: Checkpoint, env: Any = None) -> Own:
        """The saved agent."""
        config = read_config(cls.Config, checkpoint.config)
        agent = cls(checkpoint.observation_space, checkpoint.action_space, config)
        agent.restore(checkpoint)
        return agent

    def restore(self, checkpoint: Checkpoint) -> None:  # noqa: B027 - most agents have nothing to take over
        """Take over what `tensors` and `facts` had saved; nothing by default."""
