"""For every id in `envs.ENVS`, the worlds that the contract suites are run on, behind each of their faces."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple, Self

import gymnasium
import pytest
from driving.files.scenarios import driving, lanelet, write
from gymnasium.vector import AutoresetMode, VectorEnv

import envs
from envs.registration import NAMESPACE

PATHS = ("map", "scenario", "mat", "path")
"""Arguments that name files of `write_files`."""

EVERYTHING = ("occupancy", "ego", "actors")
GRID_VARIANTS: dict[str, dict[str, Any]] = {
    "full": {},
    "egocentric": {"view": "egocentric", "radius": 2},
    "occluded": {"view": "egocentric", "radius": 3, "occlusion": True},
    "everything": {"observe": EVERYTHING},
    "shared": {"observe": EVERYTHING, "num_actors": 4, "view": "egocentric", "occlusion": True},
    "slippery": {"slip": 0.4, "wait": True, "observe": ("ego", "occupancy")},
    "brittle": {"on_collision": "terminate", "connectivity": 4},
}
SMALL = {"num_actors": 6, "extent": (26.0, 10.0, 18.0, 18.0), "history": 2}
EVERY_KEY = ("occupancy", "ego", "route", "actors")
ROAD_VARIANTS: dict[str, dict[str, Any]] = {"plain": SMALL}
PARTICLE_VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "line": {"dims": 1, "multimodal": True},
    "many": {"dims": 5, "multimodal": True, "hide_velocity": True},
}
SPECIAL: dict[str, dict[str, dict[str, Any]]] = {
    "GridNav-v0": {
        "oblong": {"size": (6, 11), "generator": "uniform", "density": 0.3},
        "moore": {"diagonal_cost": 1.0, "size": 8},
    },
    "Intersection-v0": {
        "trajectory": SMALL | {"action": "trajectory", "observe": EVERY_KEY, "resolution": 0.8, "map_cell": 0.4},
        "meta": SMALL | {"action": "meta", "on_collision": "remove", "observe": ("actors", "occupancy")},
        "lasting": SMALL | {"on_collision": "stop", "on_off_road": "ignore", "history": 0},
    },
    "GridMap-v0": {"crop": {"crop": (7, 9)}, "scenario": {"scenario": "small.scen", "split": "all"}},
    "Recorded-v0": {"reactive": SMALL | {"traffic": "reactive", "observe": EVERY_KEY}},
}
NEEDED: dict[str, dict[str, Any]] = {
    "GridMap-v0": {"map": "small.map"},
    "Recorded-v0": {"path": "small.xml", "ego": "every"},
}
"""Arguments without which a world cannot be made."""
NUM_LISTED = 12
"""Levels in each of the files that hold lists of them."""

MAP_ROWS = (
    "..............",
    ".@@@..TT......",
    ".@.......@@@@.",
    ".@..@@...@....",
    "....@@...@.@@@",
    ".TT......@....",
    ".....@@@.@@@..",
    ".....@........",
    "...@@@..TTTT..",
    "..............",
)


class Case(NamedTuple):
    """A line of the table: a name in `envs.ENVS`, and arguments with file names that are not resolved yet."""

    name: str
    variant: str
    arguments: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.name}-{self.variant}"


def family_of(name: str) -> str:
    """grid, road or particle, for a name in `envs.ENVS`."""
    module = envs.ENVS[name].split(".")[1]
    return {"gridworld": "grid", "driving": "road", "particle": "particle"}[module]


def cases_of(name: str) -> Iterator[Case]:
    """The variants of one environment, the plain one first."""
    family = family_of(name)
    variants = {"grid": GRID_VARIANTS, "road": ROAD_VARIANTS, "particle": PARTICLE_VARIANTS}[family]
    for variant, arguments in (variants | SPECIAL.get(name, {})).items():
        yield Case(name, variant, NEEDED.get(name, {}) | arguments)


CASES = [case for name in envs.ENVS for case in cases_of(name)]
PLAIN_CASES = [next(cases_of(name)) for name in envs.ENVS]
every_world = pytest.mark.parametrize("world", CASES, indirect=True, ids=str)
"""Decorator: one test for each variant of each environment, in the fixture `world`."""
every_id = pytest.mark.parametrize("world", PLAIN_CASES, indirect=True, ids=str)
"""Decorator: one test for each environment as it comes."""


@dataclass(frozen=True)
class World:
    """A case with its files in place."""

    name: str
    arguments: dict[str, Any]

    @property
    def id(self) -> str:
        """For ``gymnasium.make``."""
        return f"{NAMESPACE}/{self.name}"

    @property
    def is_grid(self) -> bool:
        """Whether it belongs to the grid family."""
        return family_of(self.name) == "grid"

    @property
    def is_road(self) -> bool:
        """Whether it belongs to the road family."""
        return family_of(self.name) == "road"

    @property
    def is_particle(self) -> bool:
        """Whether it belongs to the particle family."""
        return family_of(self.name) == "particle"

    @property
    def is_listed(self) -> bool:
        """Whether its levels are a finite list, from a file."""
        return "scenario" in self.arguments or self.name.startswith("Recorded")

    @property
    def has_size(self) -> bool:
        """Whether its size is an argument that this case leaves open."""
        return self.is_grid and "size" not in self.arguments and "map" not in self.arguments

    @property
    def is_predictable(self) -> bool:
        """Whether the expert's way is the best and nothing but the agent decides what happens."""
        return self.is_grid and self.single().config.num_actors == 1 and "slip" not in self.arguments

    def having(self, **arguments: Any) -> Self:
        """The same world with other arguments."""
        return replace(self, arguments=self.arguments | arguments)

    def single(self, **arguments: Any) -> Any:
        """The bare `gymnasium.Env`."""
        return gymnasium.make(self.id, **self.arguments | arguments).unwrapped

    def batch(self, num_envs: int, **arguments: Any) -> Any:
        """The native vector env."""
        return gymnasium.make_vec(
            self.id, num_envs, vectorization_mode="vector_entry_point", **self.arguments | arguments
        )

    def loop(self, num_envs: int, mode: AutoresetMode) -> VectorEnv:
        """Gymnasium's own vector env over single ones."""
        return gymnasium.make_vec(
            self.id, num_envs, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode}, **self.arguments
        )

    def parallel(self, num_agents: int | None = None, **arguments: Any) -> Any:
        """The PettingZoo face."""
        return envs.parallel_env(self.id, num_agents, **self.arguments | arguments)


def open_case(case: Case, folder: Path) -> World:
    """The case with the paths of `folder`."""
    here = {key: str(folder / value) for key, value in case.arguments.items() if key in PATHS}
    return World(case.name, case.arguments | here)


def write_files(folder: Path) -> None:
    """A small MovingAI map, a scenario of twelve rows on it, and a CommonRoad recording of twelve vehicles."""
    height, width = len(MAP_ROWS), len(MAP_ROWS[0])
    header = ["type octile", f"height {height}", f"width {width}", "map"]
    (folder / "small.map").write_text("\n".join([*header, *MAP_ROWS]) + "\n")
    ends = [((0, row), (width - 1, height - 1)) for row in range(6)] + [((0, 9), (col, 7)) for col in range(6, 12)]
    rows = [f"0\tsmall.map\t{width}\t{height}\t{x}\t{y}\t{to_x}\t{to_y}\t0" for (x, y), (to_x, to_y) in ends]
    (folder / "small.scen").write_text("\n".join(["version 1", *rows]) + "\n")
    write_recording(folder)


def write_recording(folder: Path, file: str = "small.xml", num_vehicles: int = NUM_LISTED) -> Path:
    """Vehicles on two lanes of 400 m, seven seconds long, at uneven distances; nobody touches anybody."""
    right = lanelet(1, length=400.0, inside='<adjacentLeft ref="2" drivingDir="same"/>')
    left = lanelet(2, y=4.0, length=400.0, inside='<adjacentRight ref="1" drivingDir="same"/>')
    rows = [divmod(k, 2) for k in range(num_vehicles)]
    vehicles = [
        driving(10 + k, 70, x=8.0 + 13.0 * row + 0.9 * row**2 + 5.0 * lane, y=4.0 * lane, speed=9.0 + 2.0 * lane)
        for k, (row, lane) in enumerate(rows)
    ]
    return write(folder, right + left + "".join(vehicles), file=file)
