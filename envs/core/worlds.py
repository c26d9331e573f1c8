"""What the three faces ask of a family of worlds: one core, a batch of worlds with agents in them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Int64, UInt64

NO_AUTORESET, NEXT_STEP, SAME_STEP = 0, 1, 2


class StepOutput(NamedTuple):
    """Arrays that a core overwrites at every step; faces copy what they hand out."""

    reward: np.ndarray  # float64 [world agent]
    reward_terms: np.ndarray  # float64 [world agent term]
    terminated: np.ndarray  # uint8 [world agent]
    truncated: np.ndarray  # uint8 [world agent]
    is_over: np.ndarray  # uint8 [world]
    metrics: np.ndarray  # float64 [world agent metric]


class Worlds(ABC):
    """A batch of worlds. Slot i plays the same episodes for the same seed whatever the batch or its threads."""

    Config: ClassVar[type]
    reward_names: ClassVar[tuple[str, ...]]
    metric_names: ClassVar[tuple[str, ...]]
    render_fps: ClassVar[int] = 10
    max_agents: ClassVar[int | None] = None

    config: Any
    num_worlds: int
    num_agents: int
    channels: tuple[str, ...]
    observation_space: spaces.Dict
    """Of one agent."""
    action_space: spaces.Space
    """Of one agent."""
    output: StepOutput
    level: Int64[np.ndarray, " world"]

    @abstractmethod
    def set_seeds(self, seeds: UInt64[np.ndarray, " world"], chosen: Bool[np.ndarray, " world"]) -> None:
        """Start the sequence of episodes of every chosen world anew from its seed."""

    @abstractmethod
    def begin(self, chosen: Bool[np.ndarray, " world"], levels: Int64[np.ndarray, " world"]) -> None:
        """Begin the next episode of the chosen worlds, at levels[w] (-1: the seed's next level).

        Raises:
            ValueError: a level that does not exist, or that cannot be solved.
        """

    def check_level(self, level: int) -> None:  # noqa: B027
        """Raise ``ValueError`` for a level >= 0 that does not exist. Without a file of levels, all do."""

    @abstractmethod
    def step(self, actions: np.ndarray, autoreset: int = NO_AUTORESET) -> None:
        """Advance all worlds by checked actions [world agent ...]; under NEXT_STEP those that are over begin anew."""

    @abstractmethod
    def check_actions(self, actions: Any, shape: tuple[int, ...]) -> Any:
        """Actions as `step` takes them: an array of `shape`, or a plain number where `shape` is ().

        Raises:
            ValueError: wrong shape, dtype, NaN or out of range; nothing has changed then.
        """

    @abstractmethod
    def observation(self) -> dict[str, np.ndarray]:
        """Fresh copies of every observation key, axes [world agent ...]."""

    def first_observation(self) -> dict[str, np.ndarray]:
        """The same for the first agent of the first world, without those axes."""
        return {key: value[0, 0] for key, value in self.observation().items()}

    @abstractmethod
    def oracle_action(self) -> np.ndarray:
        """The expert's actions [world agent ...] for the current state."""

    @abstractmethod
    def get_state(self) -> Any:
        """A copy of everything needed to go on, a NamedTuple of arrays with a leading world axis."""

    @abstractmethod
    def set_state(self, state: Any) -> None:
        """Go on from a state of the same shapes: equal actions then give a bitwise equal future.

        Raises:
            ValueError: other fields, shapes or dtypes.
        """

    @abstractmethod
    def live_agents(self) -> Bool[np.ndarray, "world agent"]:
        """Whose episodes are still going on."""

    @abstractmethod
    def render(self, world: int, agent: int, overlay: Mapping[str, Any], caption: str) -> np.ndarray:
        """A picture of one world, uint8 [height width 3]."""

    def close(self) -> None:
        """Release threads and windows."""
        return
