"""Bypass-v0: a broken-down vehicle in the middle lane, and two equally good ways past it."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Bool, Float64, Int64

from envs.core.arguments import check_argument
from envs.core.states import check_state
from envs.core.worlds import NO_AUTORESET
from envs.driving.bypass_expert import Expert, Scene, answer
from envs.driving.bypass_scene import BypassState, set_scene
from envs.driving.config import STEP_SECONDS, RoadConfig
from envs.driving.highway import check_limit
from envs.driving.network import Network
from envs.driving.roads.bypass import ROOM, Layout, draw_layout, pave
from envs.driving.state import RoadState
from envs.driving.worlds import ROADS_SALT, RoadWorlds
from envs.kernels.counter_random import draw_rows
from envs.kernels.road_agents import START_SPREAD
from envs.kernels.road_forecast import FORECAST_STEPS
from envs.kernels.road_records import ABSENT
from envs.kernels.road_score import METRICS

COIN_SALT = 0xC014
LEFT, RIGHT = 1, -1


@dataclass(frozen=True, kw_only=True)
class BypassConfig(RoadConfig):
    """What a level leaves open, it draws."""

    num_actors: int = 2
    """Places for controlled vehicles, and one for the standing vehicle."""
    limit: float | None = None
    """Speed limit [m/s]; None: drawn by level."""
    extent: tuple[float, float, float, float] = (56.0, 8.0, 16.0, 16.0)
    duration: float = 30.0

    family: ClassVar[tuple[str, ...]] = ("limit",)

    def __post_init__(self) -> None:
        super().__post_init__()
        check_limit(self.limit, 20.0)
        check_argument("demand", self.demand, self.demand is None, "None: nobody is there but who stands")


class Bypass(RoadWorlds):
    """Pass a standing vehicle on its left or on its right: nothing but a coin tells the oracle which.

    The coin is thrown anew for every episode and is in no observation. The metric `mode` is 0.0 for who passed on the
    left, 1.0 on the right, nan for who did not pass.
    """

    Config: ClassVar[type[RoadConfig]] = BypassConfig
    metric_names = (*METRICS, "mode")

    def __init__(self, num_worlds: int = 1, num_agents: int | None = 1, num_threads: int = 1, **arguments: Any):
        places = self.new_config(arguments).num_actors
        crowd = num_agents or max(1, places - 1)
        self._facts = np.ones((num_worlds, 5))
        """Of the level that each world plays: limit, width, bend, heading, stands_at of `Scene`."""
        self._passed = np.zeros((num_worlds, crowd), np.int8)
        super().__init__(num_worlds, crowd, num_threads, **arguments | {"num_actors": max(places, crowd + 1)})

    def layout(self, level: int) -> Layout:
        """What a level draws."""
        rng = np.random.Generator(np.random.PCG64([level, ROADS_SALT]))
        room = ROOM if self.num_agents == 1 else START_SPREAD
        return draw_layout(rng, room=room, **self.config.builder_arguments)

    def build(self, level: int) -> Network:
        return pave(self.layout(level))

    def begin(self, chosen: Bool[np.ndarray, " world"], levels: Int64[np.ndarray, " world"]) -> None:
        super().begin(chosen, levels)
        for w in np.flatnonzero(chosen):
            set_scene(self.state, int(w), self.layout(int(self.level[w])))
        self._passed[chosen] = 0
        self._note_passes()

    def _move_in(self, worlds: np.ndarray, levels: np.ndarray) -> None:
        super()._move_in(worlds, levels)
        for w in worlds[levels[worlds] >= 0]:
            layout = self.layout(int(levels[w]))
            self._facts[w] = layout.limit, layout.width, layout.bend, layout.begin[2], layout.stands_at

    def step(self, actions: np.ndarray, autoreset: int = NO_AUTORESET) -> None:
        super().step(actions, autoreset)
        self._note_passes()

    def _note_passes(self) -> None:
        """Who has come level with the standing vehicle has passed it, on the side on which it is now."""
        agents, stands_at = self.state.agents, self.state.actors["lane_s"][:, -1:]
        passes = (self._passed == 0) & (agents["begin_s"] < stands_at) & (agents["path_s"] >= stands_at)
        self._passed[passes] = np.where(agents["path_d"][passes] > 0.0, LEFT, RIGHT)
        self.output.metrics[..., -1] = np.choose(self._passed + 1, (1.0, np.nan, 0.0))

    def get_state(self) -> BypassState:  # type: ignore[override]
        return BypassState(*super().get_state(), self._passed.copy())

    def set_state(self, state: BypassState) -> None:  # type: ignore[override]
        check_state(BypassState(*self.state, self._passed), state)
        super().set_state(RoadState(*state[:-1]))
        self._passed[:] = state.passed
        self._note_passes()

    def coins(self) -> Float64[np.ndarray, " world"]:
        """On which side the oracle passes in each world's episode: 1.0 on the left, -1.0 on the right."""
        worlds, words = self.state.worlds, np.zeros((self.num_worlds, 1), np.uint64)
        key, seed, episode = (worlds[name].astype(np.int64) for name in ("key", "seed", "episode"))
        draw_rows(COIN_SALT, key, seed, episode, 0, words)
        return np.where(words[:, 0] & np.uint64(1), 1.0, -1.0)

    def driver_action(self, name: str) -> np.ndarray:
        if name != "oracle":
            return super().driver_action(name)
        actions = answer(self._expert(), self.config, self.state.agents)
        is_gone = ~self.live_agents() | (self.state.actors["kind"][:, : self.num_agents] == ABSENT)
        actions[is_gone] = 0.0
        return self.as_actions(actions.astype(np.float32))

    def driver_plan(self, name: str, world: int = 0, agent: int = 0) -> Float64[np.ndarray, "time 3"] | None:
        if name != "oracle":
            return super().driver_plan(name, world, agent)
        return self._expert().poses(STEP_SECONDS * np.arange(1, FORECAST_STEPS + 1))[world, agent]

    def _expert(self) -> Expert:
        """Of the current state."""
        limit, width, bend, heading, stands_at = self._facts.T[..., None]
        scene = Scene(limit, width, bend, heading, stands_at, self.coins()[:, None])
        actors = self.state.actors
        return Expert(scene, actors[:, : self.num_agents], self.state.agents, actors[:, -1:])
