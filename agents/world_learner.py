"""A learner that is made for worlds, not for spaces alone: it remembers which, so that a checkpoint opens without."""

from abc import abstractmethod
from typing import Any

from gymnasium import spaces
from torch import nn

from agents.agent import Own
from agents.checkpoint import Checkpoint
from agents.config import read_config
from agents.learner import Learner
from agents.mpc.outline import Outline


class WorldLearner(Learner):
    """Subclasses build the network for an `Outline`; actions are choices or rows of bounded numbers."""

    outline: Outline
    """Of the worlds that it was made for."""

    def __init__(
        self, observation_space: spaces.Dict, action_space: spaces.Space, config: Any, made_for: Any = None
    ) -> None:
        self._made_for = made_for
        super().__init__(observation_space, action_space, config)
        del self._made_for

    @classmethod
    def for_env(cls: type[Own], env: Any, **config: Any) -> Own:
        observation_space = getattr(env, "single_observation_space", None) or env.observation_space
        action_space = getattr(env, "single_action_space", None) or env.action_space
        return cls(observation_space, action_space, read_config(cls.Config, config), env)  # type: ignore[call-arg]

    def build(self) -> nn.Module:
        check_actions(self.name, self.action_space)
        if self._made_for is None:
            raise ValueError(f"Agent {self.name!r} is made for worlds: use agents.make({self.name!r}, env).")
        is_outline = isinstance(self._made_for, Outline)
        self.outline = self._made_for if is_outline else Outline.of_env(self._made_for)
        return self.build_for(self.outline)

    @abstractmethod
    def build_for(self, outline: Outline) -> nn.Module:
        """The network for these worlds.

        Raises:
            ValueError: worlds that there is no network for.
        """

    def facts(self) -> dict[str, Any]:
        return {**super().facts(), **self.outline.facts()}

    @classmethod
    def from_checkpoint(cls: type[Own], checkpoint: Checkpoint, env: Any = None) -> Own:
        config, observed = read_config(cls.Config, checkpoint.config), checkpoint.observation_space
        outline = Outline.of_facts(checkpoint.facts, observed, checkpoint.action_space)
        if env is not None:
            check_alike(cls.name, outline, env)
        agent = cls(observed, checkpoint.action_space, config, outline)  # type: ignore[call-arg]
        agent.restore(checkpoint)
        return agent


def check_actions(name: str, space: spaces.Space) -> None:
    """Raise ``ValueError`` unless actions are choices or a row of bounded numbers."""
    if not (isinstance(space, spaces.Discrete) or (isinstance(space, spaces.Box) and len(space.shape) == 1)):
        found = f"Box {space.shape}" if isinstance(space, spaces.Box) else str(space)  # a Box lists all its bounds
        raise ValueError(
            f"Agent {name!r} takes choices or a row of bounded numbers, got the action space {found}; on roads make "
            "the environment with action=continuous."
        )


def check_alike(name: str, outline: Outline, env: Any) -> None:
    """Raise ``ValueError`` where an action of `env` lasts longer or shorter than those that were learned from."""
    if not outline.is_road:
        return
    known, found = outline.config.steps_per_action, getattr(env.unwrapped.config, "steps_per_action", None)
    if known != found:
        raise ValueError(f"Agent {name!r} learned from actions of {known} steps (repeat={known}), got {found}.")
