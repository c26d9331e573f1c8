"""The core of the grid family: a batch of grid worlds behind the interface of `envs.core.worlds`."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float64, Int64, UInt64

from envs.core.actions import check_discrete
from envs.core.levels import LevelRange, procedural_levels
from envs.core.shards import Shards
from envs.core.states import check_state, copy_state, overwrite_state
from envs.core.worlds import NO_AUTORESET, StepOutput, Worlds
from envs.gridworld.config import GridConfig
from envs.gridworld.observation import actor_features, actor_mask, ego_features, observation_space
from envs.gridworld.state import (
    GridSource,
    GridState,
    check_cells,
    new_output,
    new_routes,
    new_scratch,
    new_state,
)
from envs.kernels.bundles import bundle
from envs.kernels.compilation import bind
from envs.kernels.grid_moves import GRID_RULES, MOVE_COL, MOVE_ROW
from envs.kernels.grid_world import (
    METRICS,
    REWARD_TERMS,
    advise_worlds,
    begin_worlds,
    redraw_worlds,
    step_worlds,
)


class GridWorlds(Worlds):
    """Grid worlds of one configuration; the members of the family differ in defaults and in their levels' source."""

    Config: ClassVar[type[GridConfig]] = GridConfig
    config: GridConfig
    reward_names = REWARD_TERMS
    metric_names = METRICS

    def __init__(self, num_worlds: int = 1, num_agents: int | None = 1, num_threads: int = 1, **arguments: Any):
        self.config = self.new_config(arguments)
        if num_agents is not None and num_agents > self.config.num_actors:
            self.config = self.new_config(arguments | {"num_actors": num_agents})
        config = self.config
        self.num_worlds, self.num_agents = num_worlds, num_agents or config.num_actors
        self.channels = config.channels
        self.observation_space = observation_space(config)
        self.action_space = spaces.Discrete(config.num_actions)
        self.levels = self.level_range()
        self.state = new_state(num_worlds, config.shape, config.num_actors)
        self.level = self.state.level
        # An array of one record reaches a kernel in a thirtieth of the time that the bare record takes.
        self._rule_table = np.zeros(1, np.dtype((np.record, GRID_RULES)))
        self._rule_table[0] = config.rules(self.num_agents, self.levels.low, self.levels.count)
        self._rules = self._rule_table[0]
        self._source = bundle(self._new_source())
        self._shards = Shards(num_worlds, num_threads)
        cells = config.shape[0] * config.shape[1]
        self._scratches = [bundle(new_scratch(cells, config.num_actors)) for _ in range(len(self._shards))]
        has_traffic = config.num_actors > self.num_agents
        self._routes = bundle(new_routes(num_worlds if has_traffic else 0, config.num_actors, cells))
        self._out = new_output(
            num_worlds, self.num_agents, config.num_actors, config.view_shape, num_metrics=len(self.metric_names)
        )
        self._state_bundle, self._out_bundle = bundle(self.state), bundle(self._out)
        self._first_view = self._out.occupancy[0, 0]
        out = self._out
        self.output = StepOutput(out.reward, out.reward_terms, out.terminated, out.truncated, out.is_over, out.metrics)
        self._no_actions = np.zeros((num_worlds, self.num_agents), np.int64)
        self._fresh: np.ndarray | None = None
        self._begin = bind(begin_worlds, *self._shared(0), self._out_bundle, *self._choice(), 0, 1)
        self._step = bind(step_worlds, *self._shared(0), self._out_bundle, self._no_actions, 0, 0, 1)

    def new_config(self, arguments: dict[str, Any]) -> GridConfig:
        """The configuration for these arguments; families that read files do so here."""
        return self.Config.from_arguments(arguments)

    def level_range(self) -> LevelRange:
        """The levels of the configured split."""
        return procedural_levels(self.config.split, self.config.num_levels)

    def maps_and_tasks(self) -> tuple[np.ndarray, np.ndarray]:
        """Maps uint8 [map row col] and tasks int64 [task 5] that levels are taken from; none for generators."""
        return np.zeros((0, 1, 1), np.uint8), np.zeros((0, 5), np.int64)

    def _new_source(self) -> GridSource:
        return GridSource(np.array(self.config.terrain_costs, np.float64), *self.maps_and_tasks(), self.levels.ids)

    def _shared(self, shard: int) -> tuple[Any, Any, Any, Any, Any]:
        return self._state_bundle, self._rule_table, self._source, self._routes, self._scratches[shard]

    def _choice(self) -> tuple[np.ndarray, np.ndarray]:
        return np.zeros(self.num_worlds, np.uint8), np.full(self.num_worlds, -1, np.int64)

    def set_seeds(self, seeds: UInt64[np.ndarray, " world"], chosen: Bool[np.ndarray, " world"]) -> None:
        self.state.seed[chosen] = seeds[chosen]
        self.state.episode[chosen] = -1

    def begin(self, chosen: Bool[np.ndarray, " world"], levels: Int64[np.ndarray, " world"]) -> None:
        for level in levels[chosen & (levels >= 0)]:
            self.check_level(int(level))
        choice = chosen.astype(np.uint8)
        failed = self._shards.run(
            lambda low, high, shard: self._begin(*self._shared(shard), self._out_bundle, choice, levels, low, high)
        )
        if max(failed) >= 0:  # Cells of the new level and actors of the old episode: nobody goes on from there.
            self._out.is_over[chosen] = 1
            self.state.active[chosen] = 0
        self._raise_unsolvable(failed)

    def check_level(self, level: int) -> None:
        """Raise ``ValueError`` for a level outside the file it is a row of (procedural levels all exist)."""
        tasks = len(self._source.tasks)
        if tasks and level >= tasks:
            raise ValueError(f"Level {level} does not exist: expected 0 to {tasks - 1}, the tasks in the file.")

    def _raise_unsolvable(self, failed: list[int]) -> None:
        for world in failed:
            if world >= 0:
                rows, cols = self.config.shape
                if len(self._source.tasks):
                    raise ValueError(
                        f"Level {int(self.level[world])}: no way leads from its start to its goal, or the cells around "
                        f"them have no room for num_actors={self.config.num_actors}."
                    )
                raise ValueError(
                    f"Level {int(self.level[world])}: no draw gave {self.config.min_reachable} or more connected free "
                    f"cells on {rows} x {cols}. Fewer actors, a lower density or a larger size help."
                )

    def step(self, actions: np.ndarray, autoreset: int = NO_AUTORESET) -> None:
        if len(self._shards) == 1:
            failed = self._step(*self._shared(0), self._out_bundle, actions, autoreset, 0, self.num_worlds)
            if failed >= 0:
                self._raise_unsolvable([failed])
            self._fresh = None
            return
        fresh = np.empty_like(self._out.occupancy)

        def job(low: int, high: int, shard: int) -> int:
            result = self._step(*self._shared(shard), self._out_bundle, actions, autoreset, low, high)
            np.copyto(fresh[low:high], self._out.occupancy[low:high])
            return result

        self._raise_unsolvable(self._shards.run(job))
        self._fresh = fresh

    def check_actions(self, actions: Any, shape: tuple[int, ...]) -> Any:
        return check_discrete(actions, shape, self.config.num_actions)

    def observation(self) -> dict[str, np.ndarray]:
        observed: dict[str, np.ndarray] = {}
        for key in self.config.observe:
            if key == "occupancy":
                # Worker threads have already copied their share.
                observed[key] = self._out.occupancy.copy() if self._fresh is None else self._fresh
                self._fresh = None
            elif key == "ego":
                observed[key] = ego_features(self.state, self.num_agents)
            else:
                observed[key] = actor_features(self.state, self.num_agents)
                observed["actors_mask"] = actor_mask(self.state, self.num_agents)
        return observed

    def first_observation(self) -> dict[str, np.ndarray]:
        if self.config.observe != ("occupancy",):
            return super().first_observation()
        return {"occupancy": self._first_view.copy()}

    def oracle_action(self) -> Int64[np.ndarray, "world agent"]:
        """One optimal move of each agent, by the tie rule; among others, wait for a free cell."""
        return self._advice()[1]

    def optimal_actions(self) -> Bool[np.ndarray, "world agent action"]:
        """All actions that start a shortest path (of least expected loss, in slippery worlds), others ignored."""
        return self._advice()[0]

    def _advice(self) -> tuple[np.ndarray, np.ndarray]:
        if self._routes.is_known.shape[0] == 0:
            cells = self.config.shape[0] * self.config.shape[1]
            self._routes = bundle(new_routes(self.num_worlds, self.config.num_actors, cells))
        masks = np.zeros((self.num_worlds, self.num_agents, self.config.num_actions), np.bool_)
        advice = np.zeros((self.num_worlds, self.num_agents), np.int64)
        self._shards.run(lambda low, high, shard: advise_worlds(*self._shared(shard), masks, advice, low, high))
        if not self.config.wait:  # Where waiting is no action, push on: whoever is in the way may leave.
            np.copyto(advice, masks.argmax(axis=-1), where=advice >= self.config.connectivity)
        return masks, advice

    def distances(self, world: int = 0, agent: int = 0) -> np.ndarray:
        """Cost of a shortest path from every cell (expected loss, in slippery worlds), float64 [row col]."""
        self._advice()
        return self._routes.field[world, agent].reshape(self.config.shape).copy()

    def all_distances(self) -> Float64[np.ndarray, "world agent row col"]:
        """`distances` of everybody at once."""
        self._advice()
        return self._routes.field[:, : self.num_agents].reshape(self.num_worlds, -1, *self.config.shape).copy()

    def optimal_cost(self, world: int = 0, agent: int = 0) -> float:
        """Cost of a shortest path from the agent's start to its goal."""
        row, col = self.state.start[world, agent]
        return float(self.distances(world, agent)[row, col])

    def costs_to_go(self) -> Float64[np.ndarray, "world agent"]:
        """Cost of a shortest path from where each agent is to its goal; inf: no way leads there."""
        self._advice()
        row, col = np.moveaxis(self.state.cell[:, : self.num_agents], -1, 0)
        cells = (row * self.config.shape[1] + col)[..., None]
        return np.take_along_axis(self._routes.field[:, : self.num_agents], cells, -1)[..., 0]

    def get_state(self) -> GridState:
        return copy_state(self.state)

    def set_state(self, state: GridState) -> None:
        check_state(self.state, state)
        check_cells(state, self.config.shape, len(self.config.terrain_costs))
        overwrite_state(self.state, state)
        self._routes.is_known[:] = 0
        self._out.is_over[:] = ~self.state.active[:, : self.num_agents].any(axis=1)
        self._fresh = None
        redraw_worlds(self._state_bundle, self._rule_table, self._out_bundle, 0, self.num_worlds)

    def live_agents(self) -> Bool[np.ndarray, "world agent"]:
        return self.state.active[:, : self.num_agents] == 1

    def shortest_path(self, world: int = 0, agent: int = 0) -> Int64[np.ndarray, "time 2"]:
        """Cells from where the agent stands to its goal along the oracle's moves, both included."""
        self._advice()
        row, col = self.state.cell[world, agent].tolist()
        towards = self._routes.towards[world, agent].reshape(self.config.shape)
        cells = [(row, col)]
        while (move := int(towards[row, col])) >= 0:
            row, col = row + int(MOVE_ROW[move]), col + int(MOVE_COL[move])
            cells.append((row, col))
        return np.array(cells, np.int64)

    @cached_property
    def _painter(self) -> Any:
        from envs.gridworld.picture import Painter

        return Painter()

    def render(self, world: int, agent: int, overlay: Mapping[str, Any], caption: str) -> np.ndarray:
        return self._painter.paint(self, world, agent, overlay, caption)

    def close(self) -> None:
        self._shards.close()
