"""The PettingZoo `ParallelEnv` face: one world, every controlled actor an agent."""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
from gymnasium import error, spaces
from pettingzoo import ParallelEnv

from envs.core.arguments import check_count
from envs.core.episodes import check_seed, episode_metrics, fresh_seed, read_level
from envs.core.joint_actions import JointActions
from envs.core.named_rows import name_rows
from envs.core.naming import check_known, load_entry
from envs.core.window import Window
from envs.core.worlds import Worlds

Pick = Callable[[Sequence[Any]], Sequence[Any]]
"""Takes those of the values of all possible agents that are some agents'."""


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
        self._place = {agent: k for k, agent in enumerate(self.possible_agents)}
        self._joint = JointActions(self.worlds, self.possible_agents)
        output = self.worlds.output
        # Views of the first world, made once: at this rate every look into an array counts.
        self._reward, self._terms = output.reward[0], output.reward_terms[0]
        self._terminated, self._truncated = (ends[0].view(np.bool_) for ends in (output.terminated, output.truncated))
        self._name_terms = name_rows(self.worlds.reward_names)
        self.metadata = {**type(self).metadata, "name": type(self.worlds).__name__}
        self.render_mode = render_mode
        self.config = self.worlds.config
        self.channels = self.worlds.channels
        self._has_begun = False
        self._window = Window(fps=self.metadata["render_fps"])

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
        self._let_act([])  # where no world can be made, nobody goes on
        self.worlds.begin(one, level.reshape(1))
        self._has_begun = True
        live = self.worlds.live_agents()[0]  # a recording may have fewer vehicles to drive
        self._let_act([agent for agent, is_there in zip(self.possible_agents, live, strict=True) if is_there])
        infos = {agent: {"level": int(self.worlds.level[0])} for agent in self.agents}
        return self._observe(self._of_live, self.agents), infos

    def step(self, actions: dict[str, Any]) -> tuple[dict, dict, dict, dict, dict]:
        """All live agents act at once.

        Raises:
            gymnasium.error.ResetNeeded: nobody is left.
            ValueError: as `JointActions.stack`; nothing has changed then.
        """
        if not self.agents:
            raise error.ResetNeeded("No agent is left in the world: call reset() before step().")
        acted, of_acted = self.agents, self._of_live
        self.worlds.step(self._joint.stack(actions, acted, self._live))
        terms = self._name_terms(of_acted(self._terms.tolist()))
        infos: dict[str, Any] = {agent: {"reward_terms": own} for agent, own in zip(acted, terms, strict=True)}
        rewards = dict(zip(acted, of_acted(self._reward.tolist()), strict=True))
        terminated = dict(zip(acted, of_acted(self._terminated.tolist()), strict=True))
        truncated = dict(zip(acted, of_acted(self._truncated.tolist()), strict=True))
        if True in terminated.values() or True in truncated.values():
            for agent in acted:
                if terminated[agent] or truncated[agent]:
                    infos[agent]["metrics"] = episode_metrics(self.worlds, 0, self._place[agent])
            self._let_act([agent for agent in acted if not (terminated[agent] or truncated[agent])])
        return self._observe(of_acted, acted), rewards, terminated, truncated, infos

    def _let_act(self, agents: list[str]) -> None:
        """These agents, and no others, are in the world."""
        self.agents = agents
        self._live = np.array([self._place[agent] for agent in agents], np.int64)
        places = self._live.tolist()
        # For one, or none, an `itemgetter` would give no tuple.
        self._of_live: Pick = (
            itemgetter(*places) if len(places) > 1 else lambda values: [values[place] for place in places]
        )

    def _observe(self, pick: Pick, agents: list[str]) -> dict[str, dict]:
        observed = self.worlds.observation()
        rows = pick(list(zip(*(value[0] for value in observed.values()), strict=True)))
        return dict(zip(agents, name_rows(tuple(observed))(rows), strict=True))

    def oracle_action(self) -> dict[str, Any]:
        """The expert's action of every live agent."""
        if not self._has_begun:
            raise error.ResetNeeded("Call reset() before oracle_action().")
        advice = self.worlds.oracle_action()[0]
        return {agent: advice[self._place[agent]] for agent in self.agents}

    def get_state(self) -> Any:
        """A copy of the world's state."""
        return self.worlds.get_state()

    def set_state(self, state: Any) -> dict[str, dict]:
        """Go on from `state`; returns the observations of those still there."""
        self.worlds.set_state(state)
        self._has_begun = True
        live = self.worlds.live_agents()[0]
        self._let_act([agent for agent in self.possible_agents if live[self._place[agent]]])
        return self._observe(self._of_live, self.agents)

    def render(self) -> np.ndarray | None:
        """The frame, uint8 [height width 3], or a window in ``human`` mode."""
        if self.render_mode is None:
            return None
        frame = self.worlds.render(0, 0, {}, self.metadata["name"])
        if self.render_mode == "rgb_array":
            return frame
        self._window.show(frame)
        return None

    def close(self) -> None:
        """Close the window and release threads."""
        self._window.close()
        self.worlds.close()
