"""The `gymnasium.Env` face: a batch of one world with one agent."""

from collections.abc import Mapping
from typing import Any, ClassVar

import gymnasium
import numpy as np

from envs.core.episodes import check_seed, episode_metrics, fresh_seed, read_level
from envs.core.naming import check_known, load_entry
from envs.core.window import Window
from envs.core.worlds import Worlds


class WorldEnv(gymnasium.Env):
    """One agent in one world. Made by ``gymnasium.make(id, **arguments)``."""

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["human", "rgb_array"], "render_fps": 10}

    def __init__(self, world: str, render_mode: str | None = None, **arguments: Any) -> None:
        check_known("render_mode", render_mode, (*self.metadata["render_modes"], None))
        self.world, self.arguments = world, arguments
        self.worlds: Worlds = load_entry(world)(1, 1, **arguments)
        self.render_mode = render_mode
        self.observation_space = self.worlds.observation_space
        self.action_space = self.worlds.action_space
        self.config = self.worlds.config
        self.channels = self.worlds.channels
        """Names of the occupancy channels."""
        self._actions = np.zeros((1, 1, *(self.action_space.shape or ())), self.action_space.dtype)
        self._action, self._action_shape = self._actions[0, 0, ...], self.action_space.shape or ()
        self._terms = self.worlds.output.reward_terms[0, 0]
        self._has_begun = False
        self._overlay: Mapping[str, Any] = {}
        self._window = Window(fps=self.metadata["render_fps"])

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[dict, dict[str, Any]]:
        """Begin an episode: the seed's next level, or ``options={"level": k}``.

        Without a seed the sequence of episodes goes on (the first time, from a random seed).
        """
        check_seed(seed)
        level = read_level(self.worlds, options, ())
        super().reset(seed=seed)
        one = np.ones(1, np.bool_)
        if seed is not None or not self._has_begun:
            self.worlds.set_seeds(np.array([fresh_seed() if seed is None else seed], np.uint64), one)
        self.worlds.begin(one, level.reshape(1))
        self._has_begun = True
        self._overlay = {}
        if self.render_mode == "human":
            self.render()
        return self._observe(), {"level": int(self.worlds.level[0])}

    def step(self, action: Any) -> tuple[dict, float, bool, bool, dict[str, Any]]:
        """Act once.

        Raises:
            gymnasium.error.ResetNeeded: before the first reset, or after the end of an episode.
            ValueError: an action outside the action space; the world has not changed then.
        """
        worlds = self.worlds
        output = worlds.output
        if output.is_over.item(0):
            raise gymnasium.error.ResetNeeded(
                "The episode has ended: call reset() before step()."
                if self._has_begun
                else "Call reset() before step()."
            )
        self._action[...] = worlds.check_actions(action, self._action_shape)
        worlds.step(self._actions)
        # Views kept and `item` instead of indices: at this rate every look into an array counts.
        info: dict[str, Any] = {"reward_terms": dict(zip(worlds.reward_names, self._terms.tolist()))}  # noqa: B905
        terminated, truncated = output.terminated.item(0) != 0, output.truncated.item(0) != 0
        if terminated or truncated:
            info["metrics"] = episode_metrics(worlds, 0, 0)
        if self.render_mode == "human":
            self.render()
        return self._observe(), output.reward.item(0), terminated, truncated, info

    def _observe(self) -> dict[str, np.ndarray]:
        return self.worlds.first_observation()

    def oracle_action(self) -> Any:
        """The privileged expert's action for the current state."""
        if not self._has_begun:
            raise gymnasium.error.ResetNeeded("Call reset() before oracle_action().")
        return self.worlds.oracle_action()[0, 0]

    def get_state(self) -> Any:
        """A copy of the world's state, to be given to `set_state` of any env with the same arguments."""
        return self.worlds.get_state()

    def set_state(self, state: Any) -> dict[str, np.ndarray]:
        """Go on from `state`; returns the observation there. Equal actions give a bitwise equal future."""
        self.worlds.set_state(state)
        self._has_begun = True
        return self._observe()

    def set_overlay(self, overlay: Mapping[str, Any]) -> None:
        """What the next frames show of an agent's thoughts: a row of the result of its `explain`."""
        self._overlay = overlay

    def render(self) -> np.ndarray | None:
        """The frame, uint8 [height width 3], or a window in ``human`` mode."""
        if self.render_mode is None:
            gymnasium.logger.warn(
                "render() was called, but no render_mode was given: "
                f'use gymnasium.make("{self.spec.id if self.spec else "id"}", render_mode="rgb_array").'
            )
            return None
        frame = self.worlds.render(0, 0, self._overlay, self.spec.id.split("/")[-1] if self.spec else "")
        if self.render_mode == "rgb_array":
            return frame
        self._window.show(frame)
        return None

    def close(self) -> None:
        """Close the window and release threads."""
        self._window.close()
        self.worlds.close()

    def __getattr__(self, name: str) -> Any:
        """What only some families offer (`optimal_actions`, `distances`, ...) comes from the worlds themselves."""
        worlds = self.__dict__.get("worlds")
        if worlds is None or name.startswith("_") or not hasattr(type(worlds), name):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(worlds, name)
