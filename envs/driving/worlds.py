"""The core of the road family: a batch of road worlds behind the interface of `envs.core.worlds`."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Bool, Float64, Int64, UInt64

from envs.core.actions import check_box, check_discrete
from envs.core.levels import LevelRange, procedural_levels
from envs.core.naming import load_entry
from envs.core.shards import Shards
from envs.core.states import check_state, copy_state, overwrite_state
from envs.core.worlds import NEXT_STEP, NO_AUTORESET, StepOutput, Worlds
from envs.driving.config import RoadConfig
from envs.driving.network import Network
from envs.driving.observation import Views, action_space, observation_space
from envs.driving.pool import Pool
from envs.driving.state import RoadState, check_places, check_references, new_output, new_scratch, new_state
from envs.kernels.bundles import bundle
from envs.kernels.compilation import bind
from envs.kernels.level_draws import next_level
from envs.kernels.road_features import draw_features
from envs.kernels.road_score import METRICS
from envs.kernels.road_views import draw_views
from envs.kernels.road_world import REWARD_TERMS, begin_worlds, step_worlds

ROADS_SALT = 0x20AD5
SPARE_SLOTS = 4
"""Levels whose roads are kept although nobody plays them now."""


class RoadWorlds(Worlds):
    """Road worlds of one configuration; the members of the family differ in how a level's roads are built."""

    Config: ClassVar[type[RoadConfig]] = RoadConfig
    config: RoadConfig
    reward_names = REWARD_TERMS
    metric_names = METRICS
    recording: ClassVar[int | None] = None
    """1 where the traffic is recorded; see `envs.kernels.road_world`."""
    builder: ClassVar[str]
    """``"module:function"`` that makes a `Network` of a generator of random numbers and the family's arguments."""

    def __init__(self, num_worlds: int = 1, num_agents: int | None = 1, num_threads: int = 1, **arguments: Any):
        self.config = self.new_config(arguments)
        if num_agents is not None and num_agents > self.config.num_actors:
            self.config = self.new_config(arguments | {"num_actors": num_agents})
        config = self.config
        self.num_worlds, self.num_agents = num_worlds, num_agents or config.num_actors
        self.channels = config.channels
        self.observation_space = observation_space(config)
        self.action_space = action_space(config)
        self.levels = self.level_range()
        self.state = new_state(num_worlds, config.num_actors, self.num_agents, config.history)
        self.level = self.state.worlds["level"]
        self.slot = np.full(num_worlds, -1, np.int32)
        """Which slot of the pool each world plays on; -1 before its first episode."""
        self.pool = Pool(num_worlds + SPARE_SLOTS, cell=config.map_cell)
        self._rules = config.rules(self.num_agents, self.levels.low, self.levels.count)
        self.shards = Shards(num_worlds, num_threads)
        cells = config.view_shape[1] * config.view_shape[2]
        self._scratches = [bundle(new_scratch(self.slot, config.num_actors, cells)) for _ in range(len(self.shards))]
        output = new_output(num_worlds, self.num_agents, len(REWARD_TERMS), len(self.metric_names))
        self._arrays, self._out = bundle(self.state), bundle(output)
        self._views = Views(config, num_worlds, self.num_agents)
        self.output = StepOutput(*output)
        self._everyone = np.ones(num_worlds, np.bool_)
        actions = self.as_floats(np.zeros((num_worlds, self.num_agents, *(self.action_space.shape or ())), np.float32))
        shared = self.shared(0)
        self._begin = bind(begin_worlds, *shared, self._out, self.recording, np.zeros(num_worlds, np.uint8), 0, 1)
        self._step = bind(step_worlds, *shared, self._out, self.recording, actions, 0, 1)
        self._draw = bind(draw_features, *shared, *self._views.features(self._views.take()), 0, 1)
        if "occupancy" in config.observe:
            self._draw_views = bind(draw_views, *shared, self._views.take()["occupancy"], 0, 1)

    def new_config(self, arguments: dict[str, Any]) -> RoadConfig:
        """The configuration for these arguments; families that read files do so here."""
        return self.Config.from_arguments(arguments)

    def level_range(self) -> LevelRange:
        """The levels of the configured split."""
        return procedural_levels(self.config.split, self.config.num_levels)

    def build(self, level: int) -> Network:
        """The roads of a level: a pure function of the level and the configuration."""
        rng = np.random.Generator(np.random.PCG64([level, ROADS_SALT]))
        return load_entry(self.builder)(rng, **self.config.builder_arguments)

    def shared(self, shard: int) -> tuple[Any, Any, Any, Any]:
        """What every kernel takes: state, rules, roads, and a thread's working memory."""
        return self._arrays, self._rules, self.pool.bundle, self._scratches[shard]

    def network(self, world: int = 0) -> Network:
        """The roads that a world plays on."""
        return self.pool.network(int(self.slot[world]))

    def set_seeds(self, seeds: UInt64[np.ndarray, " world"], chosen: Bool[np.ndarray, " world"]) -> None:
        self.state.worlds["seed"][chosen] = seeds[chosen]
        self.state.worlds["episode"][chosen] = -1

    def begin(self, chosen: Bool[np.ndarray, " world"], levels: Int64[np.ndarray, " world"]) -> None:
        for level in levels[chosen & (levels >= 0)]:
            self.check_level(int(level))
        worlds = self.state.worlds
        worlds["episode"][chosen] += 1
        for w in np.flatnonzero(chosen):
            drawn = next_level(worlds["seed"][w], worlds["episode"][w], self._rules[0], self.levels.ids)
            worlds["level"][w] = levels[w] if levels[w] >= 0 else drawn
            self.prepare(int(w))
        self._out.is_over[chosen] = 1  # if a level cannot be built, nobody goes on from a half-made world
        self._move_in(np.flatnonzero(chosen), self.level)
        choice = chosen.astype(np.uint8)
        failed = self.shards.run(
            lambda low, high, shard: self._begin(*self.shared(shard), self._out, self.recording, choice, low, high)
        )
        if max(failed) >= 0:
            self._out.is_over[chosen] = 1
            self.state.agents["active"][chosen] = 0
            raise ValueError(
                f"Level {int(self.level[max(failed)])}: no room for {self.num_agents} controlled vehicles on its "
                "routes. Fewer agents or another family help."
            )

    def prepare(self, world: int) -> None:
        """Write into the state what an episode of the world's level needs before it begins."""
        self.state.worlds[world]["limit"] = self._rules[0]["max_steps"]

    def _move_in(self, worlds: np.ndarray, levels: np.ndarray) -> None:
        """Let each of these worlds have the slot of its level's roads; without a level, none."""
        for w in worlds:
            if self.slot[w] >= 0:
                self.pool.release(int(self.slot[w]))
                self.slot[w] = -1
        for w in worlds[levels[worlds] >= 0]:
            level = int(levels[w])
            self.slot[w] = self.pool.acquire(self.roads_of(level), lambda level=level: self.build(level))

    def roads_of(self, level: int) -> int:
        """What tells the roads of levels apart: levels of equal value share their roads."""
        return level

    def step(self, actions: np.ndarray, autoreset: int = NO_AUTORESET) -> None:
        ended = self._out.is_over == 1 if autoreset == NEXT_STEP else None
        floats = self.as_floats(actions)
        if len(self.shards) == 1:
            self._step(*self.shared(0), self._out, self.recording, floats, 0, self.num_worlds)
        else:
            self.shards.run(
                lambda low, high, shard: self._step(*self.shared(shard), self._out, self.recording, floats, low, high)
            )
        if ended is not None and ended.any():
            self.begin(ended, np.full(self.num_worlds, -1, np.int64))

    def as_floats(self, actions: np.ndarray) -> np.ndarray:
        """Actions float32 [world agent pose coordinate], the one shape that kernels are compiled for."""
        shape = (-1, 3) if self.config.action == "trajectory" else (1, 1 if self.config.action == "meta" else 2)
        floats = np.ascontiguousarray(actions, np.float32)
        return floats.reshape(self.num_worlds, self.num_agents, *shape)

    def as_actions(self, floats: np.ndarray) -> np.ndarray:
        """The other way round: actions [world agent ...] of the action space's dtype."""
        lead = (self.num_worlds, self.num_agents)
        return floats.reshape(*lead, *(self.action_space.shape or ())).astype(self.action_space.dtype)

    def check_actions(self, actions: Any, shape: tuple[int, ...]) -> Any:
        if self.config.action == "meta":
            return check_discrete(actions, shape, 5)
        return check_box(actions, shape, self.action_space)  # type: ignore[arg-type]  # neither meta: a box

    def observation(self) -> dict[str, np.ndarray]:
        taken = self._views.take()
        features = self._views.features(taken)

        def job(low: int, high: int, shard: int) -> None:
            if "occupancy" in taken:
                self._draw_views(*self.shared(shard), taken["occupancy"], low, high)
            self._draw(*self.shared(shard), *features, low, high)

        self.shards.run(job)
        return taken

    def view(self, world: int = 0, agent: int = 0) -> np.ndarray:
        """What the agent sees now, uint8 [channel row col], whether or not `observe` asks for it."""
        views = np.zeros((self.num_worlds, self.num_agents, *self.config.view_shape), np.uint8)
        draw_views(*self.shared(0), views, world, world + 1)
        return views[world, agent]

    def oracle_action(self) -> np.ndarray:
        return self.driver_action("oracle")

    def driver_action(self, name: str) -> np.ndarray:
        """Actions [world agent ...] of a scripted driver who sees the state: see `envs.driving.drivers.DRIVERS`.

        Raises:
            ValueError: unknown name, with the nearest known one.
        """
        return self._drivers.act(name)

    def driver_plan(self, name: str, world: int = 0, agent: int = 0) -> Float64[np.ndarray, "time 3"] | None:
        """What `oracle` or `idm` means to do now: poses 0.1 s apart in the agent's frame; None of who plans nothing.

        Raises:
            ValueError: unknown name, with the nearest known one.
        """
        self.driver_action(name)
        return self._drivers.poses(world, agent) if name in ("oracle", "idm") else None

    @cached_property
    def _drivers(self) -> Any:
        from envs.driving.drivers import Drivers

        return Drivers(self)

    def get_state(self) -> RoadState:
        return copy_state(self.state)

    def set_state(self, state: RoadState) -> None:
        check_state(self.state, state)
        check_places(state)
        for level in state.worlds["level"]:
            if level < 0:
                raise ValueError(f"Level {level} does not exist: expected a whole number >= 0.")
            self.check_level(int(level))
        everyone = np.arange(self.num_worlds)
        self._move_in(everyone, state.worlds["level"])
        try:
            check_references(state, self.pool.roads.counts[self.slot])
        except ValueError:
            self._move_in(everyone, self.level)
            raise
        overwrite_state(self.state, state)
        self._out.is_over[:] = ~(state.agents["active"] == 1).any(axis=1)

    def live_agents(self) -> Bool[np.ndarray, "world agent"]:
        return self.state.agents["active"] == 1

    @cached_property
    def _painter(self) -> Any:
        from envs.driving.render import Painter

        return Painter()

    def render(self, world: int, agent: int, overlay: Mapping[str, Any], caption: str) -> np.ndarray:
        return self._painter.paint(self, world, agent, overlay, caption)

    def close(self) -> None:
        self.shards.close()
