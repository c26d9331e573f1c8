"""The PettingZoo `ParallelEnv` face: one world, every controlled actor an agent."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium import error, spaces
from pettingzoo import ParallelEnv

from envs.core.arguments import check_count
from envs.core.episodes import check_seed, episode_metrics, fresh_seed, read_level
from envs.core.naming import check_known, load_entry
from envs.core.worlds import Worlds


class WorldParallelEnv(ParallelEnv):
    """`num_agents` agents in one world, ``agent_0`` first; agents leave as their own episodes end.

    Args:
        world: ``"module:Class"`` of the family.
        num_agents: Controlled actors; None controls every actor of the family's default crowd.
        render_mode: ``rgb_array``, ``human`` or None; the frame is agent_0's.
        arguments: Of the environment.
    """

    metadata: dict[str, Any] = {  # noqa: RUF012  # as pettingzoo declares it; each instance has its own
        "render_modes": ["human", "rgb_array"],
        "render_fps": 10,
        "is_parallelizable": True,
    }

    def __init__(
        self, world: str, num_agents: int | None = None, *, render_mode: str | None = None, **arguments: Any
    ) -> None:
        check_count("num_agents", 1 if num_agents is None else num_agents)
        check_known("render_mode", render_mode, (*self.metadata["render_modes"], None))
        self.worlds: Worlds = load_entry(world)(1, num_agents, **arguments)
        self.possible_agents = [f"agent_{k}" for k in range(self.worlds.num_agents)]
        self.agents: list[str] = []
        self.metadata = {**type(self).metadata, "name": type(self.worlds).__name__}
        self.render_mode = render_mode
        self.config = self.worlds.config
        self.channels = self.worlds.channels
        self._has_begun = False
        self._window: Any = None

    def observation_space(self, agent: str) -> spaces.Space:
        """The same for every agent."""
        return self._spaces(agent, self.worlds.observation_space)

    def action_space(self, agent: str) -> spaces.Space:
        """The same for every agent, with a generator of its own."""
        return self._spaces(agent, self.worlds.action_space)

    def _spaces(self, agent: str, space: spaces.Space) -> spaces.Space:
        """PettingZoo wants the same object for the same agent every time."""
        from copy import deepcopy

        cache = self.__dict__.setdefault("_space_of", {})
        return cache.setdefault((agent, id(space)), deepcopy(space))

    def reset(
        self, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, dict], dict[str, dict]]:
        """Begin an episode with every agent; as `WorldEnv.reset`."""
        one = np.ones(1, np.bool_)
        check_seed(seed)
        # PettingZoo's own parallel_api_test resets with an option of the name "options".
        level = read_level(self.worlds, options, (), others=("options",))
        if seed is not None or not self._has_begun:
            self.worlds.set_seeds(np.array([fresh_seed() if seed is None else seed], np.uint64), one)
        self.agents = []  # where no world can be made, nobody goes on
        self.worlds.begin(one, level.reshape(1))
        self._has_begun = True
        live = self.worlds.live_agents()[0]  # a recording may have fewer vehicles to drive
        self.agents = [agent for agent, is_there in zip(self.possible_agents, live, strict=True) if is_there]
        return self._observe(self.agents), {agent: {"level": int(self.worlds.level[0])} for agent in self.agents}

    def step(self, actions: dict[str, Any]) -> tuple[dict, dict, dict, dict, dict]:
        """All live agents act at once.

        Raises:
            gymnasium.error.ResetNeeded: nobody is left.
            ValueError: an action is missing, is of nobody's, or lies outside the space; nothing has changed then.
        """
        if not self.agents:
            raise error.ResetNeeded("No agent is left in the world: call reset() before step().")
        worlds, output = self.worlds, self.worlds.output
        acted = self.agents
        worlds.step(self._joint(actions))
        rewards = {agent: float(output.reward[0, self._index(agent)]) for agent in acted}
        terminated = {agent: bool(output.terminated[0, self._index(agent)]) for agent in acted}
        truncated = {agent: bool(output.truncated[0, self._index(agent)]) for agent in acted}
        infos = {agent: self._info(agent, terminated[agent] or truncated[agent]) for agent in acted}
        self.agents = [agent for agent in acted if not (terminated[agent] or truncated[agent])]
        return self._observe(acted), rewards, terminated, truncated, infos

    def _joint(self, actions: dict[str, Any]) -> np.ndarray:
        """Actions [1 agent ...]; those who have left get the first action, which nobody makes."""
        shape = self.worlds.action_space.shape or ()
        if not isinstance(actions, Mapping):
            raise ValueError(f"Actions: expected a dict with one for each of {self.agents}, got {actions!r}.")
        missing = [agent for agent in self.agents if agent not in actions]
        if missing:
            raise ValueError(f"No action for {missing}: expected one for each of {self.agents}.")
        if strangers := [agent for agent in actions if agent not in self.possible_agents]:
            raise ValueError(f"Actions for unknown agents {strangers}. Known agents: {self.possible_agents}.")
        checked = {agent: self._check_action(agent, actions[agent]) for agent in self.agents}
        idle = np.zeros(shape, self.worlds.action_space.dtype)
        return np.stack([checked.get(agent, idle) for agent in self.possible_agents])[None]

    def _check_action(self, agent: str, action: Any) -> Any:
        try:
            return self.worlds.check_actions(action, self.worlds.action_space.shape or ())
        except ValueError as problem:
            raise ValueError(f"{agent}: {problem}") from problem

    def _index(self, agent: str) -> int:
        return self.possible_agents.index(agent)

    def _info(self, agent: str, has_ended: bool) -> dict[str, Any]:
        index = self._index(agent)
        terms = self.worlds.output.reward_terms[0, index].tolist()
        info: dict[str, Any] = {"reward_terms": dict(zip(self.worlds.reward_names, terms, strict=True))}
        if has_ended:
            info["metrics"] = episode_metrics(self.worlds, 0, index)
        return info

    def _observe(self, agents: list[str]) -> dict[str, dict]:
        observed = self.worlds.observation()
        return {agent: {key: value[0, self._index(agent)] for key, value in observed.items()} for agent in agents}

    def oracle_action(self) -> dict[str, Any]:
        """The expert's action of every live agent."""
        if not self._has_begun:
            raise error.ResetNeeded("Call reset() before oracle_action().")
        advice = self.worlds.oracle_action()[0]
        return {agent: advice[self._index(agent)] for agent in self.agents}

    def get_state(self) -> Any:
        """A copy of the world's state."""
        return self.worlds.get_state()

    def set_state(self, state: Any) -> dict[str, dict]:
        """Go on from `state`; returns the observations of those still there."""
        self.worlds.set_state(state)
        self._has_begun = True
        live = self.worlds.live_agents()[0]
        self.agents = [agent for agent in self.possible_agents if live[self._index(agent)]]
        return self._observe(self.agents)

    def render(self) -> np.ndarray | None:
        """The frame, uint8 [height width 3], or a window in ``human`` mode."""
        if self.render_mode is None:
            return None
        frame = self.worlds.render(0, 0, {}, self.metadata["name"])
        if self.render_mode == "rgb_array":
            return frame
        if self._window is None:
            from envs.core.window import Window

            self._window = Window(fps=self.metadata["render_fps"])
        self._window.show(frame)
        return None

    def close(self) -> None:
        """Close the window and release threads."""
        if self._window is not None:
            self._window.close()
            self._window = None
        self.worlds.close()
