"""Actions of several agents, by name, as the one array that worlds take."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Int64

from envs.core.worlds import Worlds


class JointActions:
    """Checks what each agent would do and stacks it; agents that have left get the first action, which nobody makes.

    Args:
        worlds: Who checks single actions and knows their space.
        names: Of all agents that the world can have, in the order of its agent axis.
    """

    def __init__(self, worlds: Worlds, names: Sequence[str]) -> None:
        self._worlds = worlds
        self._place = {name: k for k, name in enumerate(names)}
        self._shape = worlds.action_space.shape or ()

    def stack(self, actions: dict[str, Any], live: list[str], places: Int64[np.ndarray, " live"]) -> np.ndarray:
        """Actions [1 agent ...] from those of every `live` agent, who are at these `places` of the agent axis.

        Raises:
            ValueError: an action is missing, is of nobody's, or lies outside the space; the agent is named.
        """
        self._check_names(actions, live)
        checked = self._checked([actions[agent] for agent in live], live)
        if len(live) == len(self._place):
            return checked[None]
        joint = np.zeros((1, len(self._place), *self._shape), self._worlds.action_space.dtype)
        joint[0, places] = checked
        return joint

    def _check_names(self, actions: dict[str, Any], live: list[str]) -> None:
        if not isinstance(actions, dict | Mapping):  # a dict is one, but to find that out takes a while
            raise ValueError(f"Actions: expected a dict with one for each of {live}, got {actions!r}.")
        if missing := [agent for agent in live if agent not in actions]:
            raise ValueError(f"No action for {missing}: expected one for each of {live}.")
        if len(actions) > len(live) and (strangers := [agent for agent in actions if agent not in self._place]):
            raise ValueError(f"Actions for unknown agents {strangers}. Known agents: {list(self._place)}.")

    def _checked(self, each: list[Any], live: list[str]) -> np.ndarray:
        if len(set(map(type, each))) == 1:  # of several types, one could be mended by another
            try:
                return self._worlds.check_actions(each, (len(each), *self._shape))
            except (ValueError, TypeError):
                pass  # Checked one by one, below, the error names the agent.
        return np.stack([self._check(agent, action) for agent, action in zip(live, each, strict=True)])

    def _check(self, agent: str, action: Any) -> Any:
        try:
            return self._worlds.check_actions(action, self._shape)
        except ValueError as problem:
            raise ValueError(f"{agent}: {problem}") from problem
