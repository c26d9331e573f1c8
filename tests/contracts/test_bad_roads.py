"""Arguments of roads that make no sense are refused by name, with what was expected, what was got, and the nearest."""

import re
from dataclasses import fields

import gymnasium
import numpy as np
import pytest
from worlds_for_tests import PLAIN_CASES, family_of

from envs.driving.bypass import BypassConfig
from envs.driving.config import RoadConfig
from envs.driving.highway import HighwayConfig
from envs.driving.intersection import IntersectionConfig
from envs.driving.merge import MergeConfig
from envs.driving.recorded import RecordedConfig
from envs.driving.roundabout import RoundaboutConfig
from envs.driving.town import TownConfig

NAN, INF = float("nan"), float("inf")
every_road = pytest.mark.parametrize(
    "world", [case for case in PLAIN_CASES if family_of(case.name) == "road"], indirect=True, ids=str
)

FLOAT = {"expected float": ("1", None, True, (1,), [1.0])}
INT = {"expected int": (1.5, "2", None, True)}
WEIGHT = {"expected a finite number >= 0": (-1, -0.1, NAN, INF)} | FLOAT
LIMIT = {"expected a number in (0, 1000]": (0, -1.0, NAN, INF, 1000.1)} | FLOAT
OPTIONAL_COUNT = {
    "None or a whole number in [1, 2**32)": (0, -1, 2**32),
    "expected int | None": (1.5, "9", NAN, True, (1,)),
}
WRONG: dict[str, dict[str, tuple]] = {
    "num_actors": {"expected 1 to 256 actors": (0, -1, 257)} | INT,
    "action": {
        "Unknown action 'continous'. Did you mean 'continuous'? Known actions: ['continuous', 'meta'": ("continous",),
        "expected str": (None, 0, ("meta",)),
    },
    "observe": {
        "Unknown observation 'actor'. Did you mean 'actors'?": (("occupancy", "actor"), ["occupancy", "actor"]),
        "expected at least one key, none of them twice": ((), [], ("ego", "ego")),
        "expected tuple[str, ...]": ("occupancy", None, (1,), {"occupancy": 1}),
    },
    "resolution": {"expected 0.1 to 10 m": (0.0, -1, 0.09, 10.1, NAN, INF)} | FLOAT,
    "extent": {
        "expected lengths >= 0 that make 4 to 512 cells": (
            *((-1.0, 20, 20, 20), (NAN, 20, 20, 20), (INF, 20, 20, 20), (0, 0, 20, 20), (20, 20, 1, 1)),
            *((400, 400, 20, 20), (1e308, 1e308, 20, 20)),
        ),
        "expected tuple[float, float, float, float]": ((48, 16, 32), 48, None, "large", ("48", 16, 32, 32), (48,) * 5),
    },
    "history": {"expected 0 to 20 frames": (-1, 21)} | INT,
    "on_collision": {"Unknown on_collision 'ends'. Did you mean 'end'?": ("ends",), "expected str": (None, 0)},
    "on_off_road": {"Unknown on_off_road 'ignored'. Did you mean 'ignore'?": ("ignored",), "expected str": (None, 0)},
    "repeat": OPTIONAL_COUNT,
    "horizon": {"expected 2 to 64 poses": (1, 0, 65)} | INT,
    "trajectory_dt": LIMIT,
    "speed_step": LIMIT,
    "max_acceleration": LIMIT,
    "max_jerk": LIMIT,
    "max_steering": {"expected an angle in (0, 1.2]": (0, -0.1, 1.21, NAN, INF)} | FLOAT,
    "max_steering_rate": LIMIT,
    "max_speed": LIMIT,
    "substeps": {"expected 1 to 100": (0, -1, 101)} | INT,
    "driver": {
        "Unknown driver 'pdn'. Did you mean 'pdm'? Known drivers: ['highway_env', 'nuplan', 'pdm'": ("pdn",),
        "expected str": (None, 1),
    },
    "demand": {"None or a share in [0, 1]": (-0.1, 1.1, NAN, INF), "expected float | None": ("1", True, (1,))},
    "progress_weight": WEIGHT,
    "goal_weight": WEIGHT,
    "collision_weight": WEIGHT,
    "off_road_weight": WEIGHT,
    "comfort_weight": WEIGHT,
    "duration": {"expected 0.1 to 1e6 seconds": (0, -1, 0.09, 1.1e6, NAN, INF)} | FLOAT,
    "max_steps": OPTIONAL_COUNT,
    "map_cell": {"expected 0.1 to 2 m": (0, 0.09, 2.1, -1, NAN, INF)} | FLOAT,
    "split": {
        "Unknown split 'tests'. Did you mean 'test'? Known splits: ['train', 'validation', 'test', 'all']": ("tests",),
        "expected str": (None, 0),
    },
    "num_levels": OPTIONAL_COUNT,
}
OPTIONAL_INT = {"expected int | None": (1.5, "2", True, NAN)}
OPTIONAL_FLOAT = {"expected float | None": ("9", True, (9,))}
TOWN_LIMIT = {"None or a speed in [4, 18] m/s": (3.9, 18.1, 0, -9.0, NAN, INF)} | OPTIONAL_FLOAT
ROAD_LIMIT = {"None or a speed in [4, 36] m/s": (3.9, 36.1, 0, -9.0, NAN, INF)} | OPTIONAL_FLOAT
OF_FAMILY: dict[str, tuple[type[RoadConfig], dict[str, dict[str, tuple]]]] = {
    "Highway-v0": (
        HighwayConfig,
        {"lanes": {"expected None or 2 to 4": (1, 5, 0, -2)} | OPTIONAL_INT, "limit": ROAD_LIMIT},
    ),
    "Merge-v0": (
        MergeConfig,
        {
            "kind": {"Unknown kind 'ramps'. Did you mean 'ramp'?": ("ramps",), "expected str | None": (0, True)},
            "lanes": {"expected None or 1 to 3": (0, 4, -1)} | OPTIONAL_INT,
            "limit": ROAD_LIMIT,
        },
    ),
    "Intersection-v0": (
        IntersectionConfig,
        {
            "arms": {"expected None, 3 or 4": (2, 5, 0, -3)} | OPTIONAL_INT,
            "lanes": {"expected None or 1 to 3": (0, 4, -1)} | OPTIONAL_INT,
            "control": {
                "Unknown control 'signal'. Did you mean 'signals'? Known controls: ['none', 'priority'": ("signal",),
                "expected str | None": (0, True),
            },
            "limit": TOWN_LIMIT,
        },
    ),
    "Roundabout-v0": (
        RoundaboutConfig,
        {
            "arms": {"expected None or 3 to 5": (2, 6, 0)} | OPTIONAL_INT,
            "lanes": {"expected None, 1 or 2": (0, 3, -1)} | OPTIONAL_INT,
            "limit": TOWN_LIMIT,
        },
    ),
    "Town-v0": (TownConfig, {}),
    "Bypass-v0": (
        BypassConfig,
        {"limit": {"None or a speed in [4, 20] m/s": (3.9, 20.1, 0, -9.0, NAN, INF)} | OPTIONAL_FLOAT},
    ),
    "Recorded-v0": (
        RecordedConfig,
        {
            "path": {
                "expected a file or a folder of recordings": ("", (), []),
                "expected str | tuple[str, ...]": (),  # whatever it is, its text is a path
            },
            "ego": {"Unknown ego 'every one'. Did you mean 'every'?": ("every one",), "expected str": (None, 1)},
            "traffic": {"Unknown traffic 'replayed'. Did you mean 'replay'?": ("replayed",), "expected str": (None,)},
            "least_seconds": {"expected 0.5 to 1e4 seconds": (0.4, 0, -1, 1.1e4, NAN, INF)} | FLOAT,
        },
    ),
}


def lines_of(table):
    return [(name, message, value) for name, by in table.items() for message, values in by.items() for value in values]


FAMILY_LINES = [(family, *line) for family, (_, table) in OF_FAMILY.items() for line in lines_of(table)]


def check_refused(family, name, message, value, **needed):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        gymnasium.make(f"crossroads/{family}", **needed | {name: value})
    words = str(caught.value)
    assert name in words or (name == "observe" and "Unknown observation" in message)
    plain = tuple(value) if isinstance(value, list) else value
    assert repr(plain) in words or "Unknown" in message


def brief(item):
    return None if len(str(item)) > 20 else str(item)


def test_every_field_has_its_wrong_values():
    assert list(WRONG) == [field.name for field in fields(RoadConfig)]


@pytest.mark.parametrize("family", OF_FAMILY)
def test_every_field_of_a_family_has_its_wrong_values(family):
    config, table = OF_FAMILY[family]
    own = {field.name for field in fields(config)} - set(WRONG)
    assert set(table) == own


def test_every_road_is_in_the_table():
    assert list(OF_FAMILY) == [case.name for case in PLAIN_CASES if family_of(case.name) == "road"]


@pytest.mark.parametrize(("name", "message", "value"), lines_of(WRONG), ids=brief)
def test_a_wrong_value_is_refused_with_its_name_and_itself(name, message, value):
    check_refused("Highway-v0", name, message, value)


@pytest.mark.parametrize(("family", "name", "message", "value"), FAMILY_LINES, ids=brief)
def test_a_familys_wrong_value_is_refused_with_its_name_and_itself(family, name, message, value, world_files):
    needed = {"path": str(world_files / "small.xml")} if family == "Recorded-v0" else {}
    check_refused(family, name, message, value, **needed)


@every_road
@pytest.mark.parametrize("name", ["num_actors", "extent", "split", "max_steps", "driver"])
def test_every_member_of_the_family_and_every_face_refuses_alike(world, name):
    message, (value, *_) = next(iter(WRONG[name].items()))
    for make in (world.single, lambda **wrong: world.batch(2, **wrong), lambda **wrong: world.parallel(2, **wrong)):
        with pytest.raises(ValueError, match=re.escape(message)):
            make(**{name: value})


@every_road
def test_arguments_that_do_not_go_together_are_refused(world):
    expected = "Argument 'repeat': expected None or 1 where action='trajectory', got 5"
    with pytest.raises(ValueError, match=re.escape(expected)):
        world.single(action="trajectory", repeat=5)


def test_recorded_traffic_has_no_demand(world_files):
    with pytest.raises(ValueError, match=r"'demand': expected None: the traffic is recorded, got 0\.5"):
        gymnasium.make("crossroads/Recorded-v0", path=str(world_files / "small.xml"), demand=0.5)


def test_no_traffic_passes_who_has_broken_down():
    with pytest.raises(ValueError, match=r"'demand': expected None: nobody is there but who stands, got 0\.5"):
        gymnasium.make("crossroads/Bypass-v0", demand=0.5)


def test_more_agents_than_actors_make_more_actors():
    from worlds_for_tests import SMALL, World

    many = World("Highway-v0", SMALL).parallel(9)
    assert (len(many.possible_agents), many.config.num_actors) == (9, 9)
    with pytest.raises(ValueError, match=r"'num_actors': expected 1 to 256 actors, got 257"):
        World("Highway-v0", SMALL).parallel(257)


def test_numpy_scalars_and_lists_are_plain_arguments():
    arguments = {"lanes": np.int64(3), "duration": np.float32(0.5), "extent": [np.int8(24), 8, 12.0, 12]}
    config = gymnasium.make("crossroads/Highway-v0", **arguments).unwrapped.config
    assert (config.lanes, config.duration, config.extent) == (3, 0.5, (24, 8, 12.0, 12))
