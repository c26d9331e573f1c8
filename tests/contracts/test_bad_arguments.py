"""Arguments that make no sense are refused by name, with what was expected, what was got, and the nearest."""

import re
from dataclasses import fields

import gymnasium
import numpy as np
import pytest
from gymnasium.error import NameNotFound, NamespaceNotFound, VersionNotFound
from worlds_for_tests import PLAIN_CASES, every_id, family_of

import envs
from envs.core.arguments import fits
from envs.gridworld.config import GridConfig

NAN, INF = float("nan"), float("inf")
every_grid = pytest.mark.parametrize(
    "world", [case for case in PLAIN_CASES if case.name.startswith("Grid")], indirect=True, ids=str
)

WRONG: dict[str, dict[str, tuple]] = {
    "size": {
        "expected int | tuple[int, int]": ("16", 16.5, (5,), (5, 6, 7), (5.0, 6), True, None, NAN, np.zeros(2)),
        "expected sides from 5 to 1024 cells": (4, 0, -3, 1025, (5, 4), (2000, 8)),
    },
    "generator": {
        "Unknown generator 'vim'. Did you mean 'vin'? Known generators: ['vin', 'uniform'": ("vim",),
        "expected str": (3, None, ("vin",)),
    },
    "density": {"expected a probability in [0, 1]": (-0.1, 1.1, NAN, INF), "expected float": ("0.2", None, True, (1,))},
    "openings": {"expected a probability in [0, 1]": (-0.1, 2, NAN), "expected float": ("a", None, False)},
    "connectivity": {"Unknown connectivity": (6, 0, -8), "expected int": (8.0, "8", None, True)},
    "diagonal_cost": {"expected a cost in [1, 2]": (0.99, 2.01, 0, -1.0, NAN, INF), "expected float": ("1.4", None)},
    "corner_cutting": {
        "Unknown corner_cutting 'allowed'. Did you mean 'allow'?": ("allowed",),
        "expected str": (True, None, 1),
    },
    "slip": {"expected a probability in [0, 1]": (-0.1, 1.5, NAN), "expected float": ("0.1", None, True)},
    "on_collision": {"Unknown on_collision 'stays'. Did you mean 'stay'?": ("stays",), "expected str": (None, 0)},
    "wait": {"expected bool": (1, 0, "yes", None, 1.0)},
    "view": {"Unknown view 'egocentrik'. Did you mean 'egocentric'?": ("egocentrik",), "expected str": (None, 2)},
    "radius": {"expected 1 to 256 cells": (0, -1, 257), "expected int": (2.0, "3", None, True, NAN)},
    "occlusion": {"expected False in the full view": (True,), "expected bool": (1, "no", None)},
    "observe": {
        "Unknown observation 'actor'. Did you mean 'actors'?": (("occupancy", "actor"), ["occupancy", "actor"]),
        "expected a tuple with 'occupancy' in it": ((), ("ego",), []),
        "expected tuple[str, ...]": ("occupancy", None, (1,), {"occupancy": 1}),
    },
    "num_actors": {"expected 1 to 1024 actors": (0, -1, 1025), "expected int": (1.5, "2", None, True)},
    "terrain_costs": {
        "expected finite costs > 0": ((0.0,), (-1.0, 1.0), (NAN,), (INF,)),
        "expected tuple[float, ...]": ("12", None, 1.0, ("1",), (True,)),
    },
    "terrain_names": {"expected one per class": (("a",), ("a",) * 9), "expected tuple[str, ...]": ("abcd", None, (1,))},
    "goal_reward": {"expected a finite number >= 0": (-1, -0.1, NAN, INF), "expected float": ("1", None, True)},
    "path_weight": {"expected a finite number >= 0": (-1, NAN, INF), "expected float": ("1", None)},
    "collision_weight": {"expected a finite number >= 0": (-1, NAN, INF), "expected float": ("1", None)},
    "max_steps": {"None or a whole number in [1, 2**32)": (0, -1, 2**32), "expected int | None": (1.5, "9", NAN, True)},
    "split": {
        "Unknown split 'tests'. Did you mean 'test'? Known splits: ['train', 'validation', 'test', 'all']": ("tests",),
        "expected str": (None, 0),
    },
    "num_levels": {"None or a whole number in [1, 2**32)": (0, -5), "expected int | None": (1.5, "9", True)},
    "tie_break": {"Unknown tie_break 'frist'. Did you mean 'first'?": ("frist",), "expected str": (None, 0)},
}
LINES = [
    (name, message, value) for name, wrong in WRONG.items() for message, values in wrong.items() for value in values
]


def test_every_field_has_its_wrong_values():
    assert list(WRONG) == [field.name for field in fields(GridConfig)]


@pytest.mark.parametrize(
    ("name", "message", "value"), LINES, ids=lambda item: None if len(str(item)) > 20 else str(item)
)
def test_a_wrong_value_is_refused_with_its_name_and_itself(name, message, value):
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        gymnasium.make("crossroads/GridNav-v0", **{name: value})
    assert name in str(caught.value) or (name == "observe" and "Unknown observation" in message)
    plain = tuple(value) if isinstance(value, list) else value
    assert repr(plain) in str(caught.value) or "Unknown" in message


@every_grid
@pytest.mark.parametrize("name", ["density", "radius", "split", "max_steps"])
def test_every_member_of_the_family_and_every_face_refuses_alike(world, name):
    message, (value, *_) = next(iter(WRONG[name].items()))
    for make in (world.single, lambda **wrong: world.batch(2, **wrong), lambda **wrong: world.parallel(2, **wrong)):
        with pytest.raises(ValueError, match=re.escape(message)):
            make(**{name: value})


@every_id
@pytest.mark.parametrize(
    ("wrong", "right"), [("max_stepss", "max_steps"), ("num_level", "num_levels"), ("splitt", "split")]
)
def test_unknown_arguments_name_the_nearest(world, wrong, right):
    first = {"grid": "size", "road": "num_actors", "particle": "dims"}[family_of(world.name)]
    expected = rf"Unknown argument '{wrong}'\. Did you mean '{right}'\? Known arguments: \['{first}'"
    for make in (world.single, lambda **more: world.batch(2, **more), lambda **more: world.parallel(2, **more)):
        with pytest.raises(TypeError, match=expected):
            make(**{wrong: 3})


@every_id
def test_unknown_names_name_the_nearest(world):
    wrong, version = world.name[1] + world.name[0] + world.name[2:], world.name.replace("v0", "v9")
    with pytest.raises(NameNotFound, match=rf"{wrong[:-3]}.*Did you mean: `{world.name[:-3]}`"):
        gymnasium.make(f"crossroads/{wrong}")
    with pytest.raises(NameNotFound, match=rf"{wrong[:-3]}.*Did you mean: `{world.name[:-3]}`"):
        gymnasium.make_vec(f"crossroads/{wrong}", num_envs=2)
    with pytest.raises(VersionNotFound, match=r"`v9` for environment.*versioned environments: \[ `v0` \]"):
        gymnasium.make(f"crossroads/{version}")
    with pytest.raises(NamespaceNotFound, match=r"crosroads not found\. Did you mean: `crossroads`"):
        gymnasium.make(f"crosroads/{world.name}")
    for prefix in ("", "crossroads/"):
        with pytest.raises(ValueError, match=rf"Unknown environment '{wrong}'\. Did you mean '{world.name}'\?"):
            envs.parallel_env(prefix + wrong)


@pytest.mark.parametrize("name", [5, None, "", "crossroads/"])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(ValueError, match=r"Unknown environment .*Known environments: \['GridNav-v0'"):
        envs.parallel_env(name)


@every_id
@pytest.mark.parametrize("count", [0, -1, 1.5, "2", True, NAN])
def test_counts_are_whole_numbers(world, count):
    for name, make in (
        ("num_envs", world.batch),
        ("num_threads", lambda threads: world.batch(2, num_threads=threads)),
        ("num_agents", world.parallel),
    ):
        with pytest.raises(
            ValueError, match=re.escape(f"Argument '{name}': expected a whole number >= 1, got {count!r}")
        ):
            make(count)


@every_id
def test_unknown_autoreset_modes_name_the_nearest(world):
    with pytest.raises(ValueError, match=r"Unknown autoreset mode 'SAME_STEPS'\. Did you mean 'SAME_STEP'\?"):
        world.batch(2, autoreset_mode="SAME_STEPS")


@every_grid
def test_arguments_that_do_not_go_together_are_refused(world):
    for wrong, expected in (
        ({"slip": 0.1, "path_weight": 0.0}, "'slip': expected 0 where path_weight is 0, got 0.1"),
        ({"slip": 0.1, "tie_break": "vin"}, "'tie_break': expected 'first' or 'coin' where moves slip, got 'vin'"),
        ({"view": "full", "occlusion": True}, "'occlusion': expected False in the full view, got True"),
    ):
        with pytest.raises(ValueError, match=re.escape(expected)):
            world.single(**wrong)


def test_terrain_needs_costs_and_channels_names_of_their_own():
    with pytest.raises(ValueError, match="'terrain_costs': expected one per class with generator='terrain', none with"):
        gymnasium.make("crossroads/GridNav-v0", terrain_costs=(1.0, 2.0))
    with pytest.raises(ValueError, match="'terrain_costs': expected one per class with generator='terrain', none with"):
        gymnasium.make("crossroads/GridNav-v0", generator="terrain")
    for names in (("mud", "mud"), ("goal", "mud")):
        with pytest.raises(ValueError, match=r"'terrain_names': expected names that differ in channels .*'obstacle'"):
            gymnasium.make("crossroads/GridTerrain-v0", terrain_costs=(1, 2), terrain_names=names)


def test_numpy_scalars_and_lists_are_plain_arguments():
    arguments = {"size": [np.int64(7), 9], "slip": np.float32(0.5), "wait": np.True_, "observe": ["ego", "occupancy"]}
    config = gymnasium.make("crossroads/GridNav-v0", **arguments).unwrapped.config
    assert (config.shape, config.slip, config.wait, config.observe) == ((7, 9), 0.5, True, ("ego", "occupancy"))


@pytest.mark.parametrize(
    ("value", "hint", "holds"),
    [
        (1, float, True),
        (1.0, int, False),
        (True, float, False),
        (True, bool, True),
        (None, int | None, True),
        ((), tuple[int, ...], True),
        ((1, "a"), tuple[int, str], True),
        ((1, 2, 3), tuple[int, int], False),
        (["a"], tuple[str, ...], False),
        ((1, (2, 3)), tuple[int, int | tuple[int, int]], True),
    ],
)
def test_values_fit_their_annotations(value, hint, holds):
    assert fits(value, hint) is holds


def test_maps_need_exactly_one_source_and_no_size(world_files):
    path = str(world_files / "small.map")
    for wrong, error, expected in (
        ({}, ValueError, "needs exactly one source: map='city.map'"),
        ({"map": path, "mat": path}, ValueError, "needs exactly one source"),
        ({"map": path, "size": 9}, TypeError, "Argument 'size' is read from the file: use crop="),
        (
            {"map": path, "crop": 99},
            ValueError,
            "Argument 'crop': expected at most the smallest map's (10, 14), got 99",
        ),
        ({"map": path, "crop": 4}, ValueError, "'size': expected sides from 5 to 1024 cells, got 4"),
        ({"map": path, "crop": 7.5}, ValueError, "Argument 'crop': expected int | tuple[int, int] | None, got 7.5"),
        ({"map": path, "crop": 7, "scenario": path}, ValueError, "scenario= goes with one map= and without crop="),
        ({"map": path.replace("small", "smal")}, FileNotFoundError, "small.map"),
        ({"map": path, "generator": "vin"}, ValueError, "Unknown generator 'vin'"),
    ):
        with pytest.raises(error, match=re.escape(expected)):
            gymnasium.make("crossroads/GridMap-v0", **wrong)
