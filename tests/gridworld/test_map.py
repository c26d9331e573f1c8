"""GridMap against the benchmark's own answers: every row of every scenario, every path of the VIN test file."""

import gymnasium
import numpy as np
import pytest

import envs  # noqa: F401 - registers the ids
from envs.gridworld.files import read_mat, read_scenario

DIAGONAL = np.sqrt(2.0)


def scenarios(data_folder):
    """(map file, scenario file) of everything in the data folder."""
    folder = data_folder / "movingai"
    for scenario in sorted((folder / "scenarios").glob("*.scen")):
        name = scenario.name.removesuffix(".scen").removesuffix("-random-1").removesuffix(".map")
        yield folder / "maps" / f"{name}.map", scenario


def worst_error(grid, scenario, stride):
    """Largest difference between the oracle's cost and the file's, over every `stride`-th row."""
    env = gymnasium.make("crossroads/GridMap-v0", map=grid, scenario=scenario, split="all")
    expected = read_scenario(scenario).optimal_length
    levels = range(0, len(expected), stride)
    costs = []
    for level in levels:
        env.reset(seed=0, options={"level": level})
        costs.append(env.unwrapped.optimal_cost())
    return np.abs(np.array(costs) - expected[::stride]).max()


def test_oracle_equals_the_benchmark_on_rows_of_every_scenario(data_folder):
    errors = {scenario.name: worst_error(grid, scenario, 100) for grid, scenario in scenarios(data_folder)}
    assert errors
    assert max(errors.values()) < 1e-3, errors


@pytest.mark.slow
def test_oracle_equals_the_benchmark_on_every_row_of_every_scenario(data_folder):
    errors = {scenario.name: worst_error(grid, scenario, 1) for grid, scenario in scenarios(data_folder)}
    assert max(errors.values()) < 1e-3, errors


def test_every_expert_path_of_the_vin_test_file_is_free_and_of_the_oracles_cost(data_folder):
    file = data_folder / "vin" / "gridworld_8_test.mat"
    tasks = read_mat(file)
    env = gymnasium.make("crossroads/GridMap-v0", mat=file, split="all")
    assert tasks.expert_path is not None
    for level, path in enumerate(tasks.expert_path):
        env.reset(seed=0, options={"level": level})
        assert not tasks.blocked[tasks.task_map[level]][path[:, 0], path[:, 1]].any()
        diagonal = np.abs(np.diff(path, axis=0)).sum(axis=1) == 2
        assert env.unwrapped.optimal_cost() == pytest.approx(np.where(diagonal, DIAGONAL, 1.0).sum(), abs=1e-6)
    assert len(tasks.expert_path) == 1000


def test_levels_of_maps_are_split_without_overlap(data_folder):
    grid, scenario = next(scenarios(data_folder))
    levels = [
        set(
            gymnasium.make(
                "crossroads/GridMap-v0", map=grid, scenario=scenario, split=split
            ).unwrapped.worlds.levels.ids
        )
        for split in ("train", "validation", "test")
    ]
    union = set.union(*levels)
    assert len(union) == sum(map(len, levels)) == len(read_scenario(scenario).start)


def test_crops_come_from_the_maps(data_folder):
    grid, _ = next(scenarios(data_folder))
    env = gymnasium.make("crossroads/GridMap-v0", map=grid, crop=32)
    whole = env.unwrapped.worlds.maps_and_tasks().maps[0]
    env.reset(seed=0, options={"level": 5})
    crop = env.unwrapped.worlds.state.blocked[0]
    views = np.lib.stride_tricks.sliding_window_view(whole, crop.shape)
    assert (views == crop).all(axis=(2, 3)).any()
