"""GridMap: real maps and tasks from files."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
from jaxtyping import Int64, UInt8

from envs.core.levels import LevelRange, listed_levels, procedural_levels
from envs.gridworld.config import GridConfig
from envs.gridworld.files import check_scenario, read_map, read_mat, read_scenario
from envs.gridworld.worlds import GridWorlds


@dataclass(frozen=True, kw_only=True)
class MapConfig(GridConfig):
    """Where levels come from; exactly one of `map` and `mat`."""

    map: str | tuple[str, ...] | None = None
    """A MovingAI `.map`, a folder of them, or several of either."""
    scenario: str | None = None
    """A MovingAI `.scen` for the one map: level k is its k-th row, from 0."""
    mat: str | None = None
    """A VIN `.mat`: level k is its k-th task, from 0."""
    crop: int | tuple[int, int] | None = None
    """Side or (rows, cols) of windows out of the maps, drawn by level; None: whole maps."""
    generator: str = "map"
    corner_cutting: str = "forbid"

    @classmethod
    def generators(cls) -> tuple[str, ...]:
        return ("map",)

    @property
    def step_limit(self) -> int:
        """City blocks and corridors make detours of several widths."""
        return self.max_steps or 8 * sum(self.shape)

    @property
    def min_reachable(self) -> int:
        """A crop has to be worth crossing: an eighth of it hangs together."""
        return max(super().min_reachable, prod(self.shape) // 8 if self.crop else 0)


class MapTasks(NamedTuple):
    """Maps of one size, and the tasks on them (none: starts and goals are drawn by level)."""

    maps: UInt8[np.ndarray, "map row col"]
    tasks: Int64[np.ndarray, "task 5"]  # map, start row, start col, goal row, goal col


class GridMap(GridWorlds):
    """Reach the goal on real maps.

    Without a scenario, level k draws a map, a window of size `crop`, a start and a goal. Moves follow MovingAI's
    convention (eight, sqrt(2), no corner is cut), or VIN's for `mat` (corners may be cut), unless told otherwise.
    Finite lists of tasks are split by map (one map: by row), ten groups to a cycle: eight train, one validates, one
    tests; ``split="all"`` takes them all.
    """

    Config: ClassVar[type[GridConfig]] = MapConfig
    config: MapConfig

    def new_config(self, arguments: dict[str, Any]) -> MapConfig:
        if "size" in arguments:
            raise TypeError("Argument 'size' is read from the file: use crop= for windows of a map.")
        if arguments.get("mat") is not None:
            arguments.setdefault("corner_cutting", "allow")
        paths = {name: _as_text(arguments[name]) for name in ("map", "scenario", "mat") if arguments.get(name)}
        arguments |= paths
        config = MapConfig.from_arguments(arguments)
        self._found = read_tasks(config)
        shape = self._found.maps.shape[1:] if config.crop is None else config.crop
        return MapConfig.from_arguments(arguments | {"size": shape})

    def level_range(self) -> LevelRange:
        split, num_levels, tasks = self.config.split, self.config.num_levels, self._found.tasks
        if len(tasks) == 0:
            return procedural_levels(split, num_levels)
        has_maps = len(self._found.maps) > 1
        return listed_levels(split, num_levels, tasks[:, 0] if has_maps else np.arange(len(tasks)))

    def maps_and_tasks(self) -> MapTasks:
        return self._found


def read_tasks(config: MapConfig) -> MapTasks:
    """The maps and tasks that a configuration names.

    Raises:
        ValueError: arguments that do not go together, maps of several sizes without a crop, a crop too large.
        MapFormatError: a damaged file.
        FileNotFoundError: no such file, with the nearest there is.
    """
    if (config.map is None) == (config.mat is None):
        raise ValueError(
            "GridMap-v0 needs exactly one source: map='city.map' (a MovingAI file, a folder of them or several) or "
            f"mat='gridworld.mat' (VIN); got map={config.map!r}, mat={config.mat!r}."
        )
    if config.scenario is not None and (config.map is None or config.crop is not None):
        raise ValueError("scenario= goes with one map= and without crop=: its rows are cells of the whole map.")
    if config.mat is not None:
        return _read_mat(config.mat)
    maps = [read_map(path) for path in _map_files(config.map or ())]
    stacked = _stack([grid.blocked for grid in maps], config.crop)
    if config.scenario is None:
        return MapTasks(stacked, np.zeros((0, 5), np.int64))
    if len(maps) != 1:
        raise ValueError(f"scenario= goes with one map, got {len(maps)}.")
    scenario = read_scenario(config.scenario)
    check_scenario(scenario, maps[0])
    return MapTasks(stacked, _rows(np.zeros(len(scenario.start), np.int64), scenario.start, scenario.goal))


def _read_mat(path: str) -> MapTasks:
    tasks = read_mat(path)
    return MapTasks(tasks.blocked.astype(np.uint8), _rows(tasks.task_map, tasks.start, tasks.goal[tasks.task_map]))


def _rows(index: np.ndarray, start: np.ndarray, goal: np.ndarray) -> np.ndarray:
    return np.concatenate([index[:, None], start, goal], axis=1).astype(np.int64)


def _stack(blocked: list[np.ndarray], crop: int | tuple[int, int] | None) -> np.ndarray:
    """Maps as one array; smaller ones are walled in where windows are cut out of them."""
    sizes = sorted({grid.shape for grid in blocked})
    if crop is None and len(sizes) > 1:
        raise ValueError(f"Whole maps must have one size, got {sizes}: use crop= to cut windows of one size.")
    window = (crop, crop) if isinstance(crop, int) else crop or sizes[0]
    for shape in sizes:
        if shape[0] < window[0] or shape[1] < window[1]:
            raise ValueError(f"Argument 'crop': expected at most the smallest map's {shape}, got {crop!r}.")
    full = (max(shape[0] for shape in sizes), max(shape[1] for shape in sizes))
    stacked = np.ones((len(blocked), *full), np.uint8)
    for index, grid in enumerate(blocked):
        stacked[index, : grid.shape[0], : grid.shape[1]] = grid
    return stacked


def _map_files(source: str | tuple[str, ...]) -> Iterator[Path]:
    for name in (source,) if isinstance(source, str) else source:
        path = Path(name)
        if not path.is_dir():
            yield path
            continue
        found = sorted(path.glob("*.map"))
        if not found:
            raise FileNotFoundError(f"No .map file in folder {path}.")
        yield from found


def _as_text(value: Any) -> Any:
    """Paths as strings, so that arguments can be written to JSON."""
    return tuple(str(item) for item in value) if isinstance(value, list | tuple) else str(value)
