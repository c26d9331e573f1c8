"""Levels: solvable, with free and different starts and goals, and a pure function of their number."""

import naive
import numpy as np
import pytest
from kernels.play import begun, grid_of, places
from kernels.small_worlds import COMPILED, scaled

from envs.core.levels import LevelRange
from envs.gridworld.crowd import GridCrowd
from envs.gridworld.fork import GridFork
from envs.gridworld.maze import GridMaze
from envs.gridworld.nav import GridNav
from envs.gridworld.rooms import GridRooms
from envs.gridworld.terrain import GridTerrain
from envs.gridworld.worlds import GridWorlds
from envs.kernels.level_draws import next_level

FAMILIES = {
    "vin": (GridNav, {"size": 12}),
    "uniform": (GridNav, {"generator": "uniform", "size": (7, 13), "density": 0.4, "corner_cutting": "forbid"}),
    "maze": (GridMaze, {"size": 11}),
    "rooms": (GridRooms, {"size": (9, 15)}),
    "terrain": (GridTerrain, {"size": 14, "density": 0.3}),
    "crowd": (GridCrowd, {"size": 9}),
    "fork": (GridFork, {"size": 20}),
}
MAPS = np.array([[[0, 0, 1, 0, 0, 0], [0, 0, 1, 0, 0, 0], *[[0, 0, 1, 0, 0, 0]] * 3]], np.uint8)
every_family = pytest.mark.parametrize("family", FAMILIES)


class ListedTasks(GridWorlds):
    """Two tasks on a map with a wall across it: one with a way, one without."""

    def level_range(self):
        return LevelRange(0, 2, np.arange(2))

    def maps_and_tasks(self):
        return MAPS, np.array([[0, 4, 5, 1, 3], [0, 1, 1, 1, 4]], np.int64)


def levels_of(family, levels, **more):
    world, arguments = FAMILIES[family]
    return begun(world, len(levels), levels=levels, **(arguments | more))


@every_family
def test_every_goal_can_be_reached_from_every_start(family):
    worlds = levels_of(family, range(scaled(200, 15)))
    for w in range(worlds.num_worlds):
        reached = naive.flood(grid_of(worlds, w), places(worlds.state.goal[w])[0])
        assert reached >= {*places(worlds.state.start[w]), *places(worlds.state.goal[w])}


@every_family
@pytest.mark.parametrize("num_actors", [1, 3, 6])
def test_starts_and_goals_are_free_and_all_different(family, num_actors):
    worlds = levels_of(family, range(scaled(200, 10)), num_actors=num_actors)
    for w in range(worlds.num_worlds):
        cells = places(worlds.state.start[w]) + places(worlds.state.goal[w])
        assert len(set(cells)) == 2 * num_actors
        assert not any(worlds.state.blocked[w][cell] for cell in cells)


@every_family
def test_a_level_is_the_same_whatever_the_seed_the_slot_and_what_was_played_before(family):
    levels = list(range(10, 30))
    one = levels_of(family, levels)
    other = levels_of(family, levels[::-1], seed=977)
    other.begin(np.ones(20, np.bool_), np.full(20, -1))
    other.begin(np.ones(20, np.bool_), np.array(levels[::-1]))
    for name in ("level", "blocked", "terrain", "start", "goal"):
        np.testing.assert_array_equal(getattr(one.state, name), getattr(other.state, name)[::-1])


@every_family
def test_levels_differ(family):
    state = levels_of(family, range(100)).state
    assert (
        len({state.blocked[w].tobytes() + state.start[w].tobytes() + state.goal[w].tobytes() for w in range(100)})
        == 100
    )


def test_starts_are_uniform_over_the_cells_that_reach_the_goal():
    worlds = levels_of("vin", range(scaled(4000, 200)), size=5, generator="uniform", density=0.0)
    counts = np.zeros((5, 5))
    np.add.at(counts, tuple(worlds.state.start[:, 0].T), 1)
    expected = worlds.num_worlds / 25
    assert np.abs(counts - expected).max() < 4.5 * np.sqrt(expected)


@pytest.mark.skipif(not COMPILED, reason="ten thousand levels take a minute in Python")
def test_on_an_open_map_every_pair_of_a_start_and_a_goal_turns_up():
    state = levels_of("vin", range(10_000), size=5, generator="uniform", density=0.0).state
    pairs = np.concatenate([state.start[:, 0], state.goal[:, 0]], axis=1)
    assert len(np.unique(pairs, axis=0)) == 25 * 24


def test_all_classes_of_terrain_appear_about_equally_often():
    worlds = levels_of("terrain", range(scaled(300, 40)), size=18)
    shares = np.bincount(worlds.state.terrain.ravel(), minlength=4) / worlds.state.terrain.size
    assert shares == pytest.approx([0.25] * 4, abs=scaled(0.04, 0.1))


@pytest.mark.parametrize("num_actors", [1, 5])
def test_a_listed_task_is_placed_as_it_is_written(num_actors):
    worlds = begun(ListedTasks, 1, size=(5, 6), levels=[0], num_actors=num_actors)
    state = worlds.state
    np.testing.assert_array_equal(state.blocked[0], MAPS[0])
    assert (places(state.start[0])[0], places(state.goal[0])[0]) == ((4, 5), (1, 3))
    cells = places(state.start[0]) + places(state.goal[0])
    assert len(set(cells)) == 2 * num_actors
    assert naive.flood(grid_of(worlds), (1, 3)) >= set(cells)


def test_a_listed_task_without_a_way_is_refused():
    with pytest.raises(ValueError, match="Level 1: no way leads"):
        begun(ListedTasks, 1, size=(5, 6), levels=[1])


@pytest.mark.skipif(not COMPILED, reason="two thousand draws take a minute in Python")
def test_a_level_that_cannot_be_solved_is_refused():
    with pytest.raises(ValueError, match="Level 0: no draw gave"):
        begun(GridNav, 1, size=5, generator="uniform", density=1.0, levels=[0])


def test_seeds_draw_their_levels_uniformly_from_the_split():
    rules = GridNav(1, num_levels=10, split="validation")._rules
    drawn = [next_level(np.uint64(seed), np.int64(3), rules, np.zeros(0, np.int64)) for seed in range(2000)]
    counts = np.bincount(np.array(drawn) - 1_000_000_000, minlength=10)
    assert len(counts) == 10
    assert np.abs(counts - 200).max() < 5 * np.sqrt(200)


def test_seeds_draw_from_the_list_of_a_finite_split():
    rules, ids = GridNav(1, num_levels=3)._rules, np.array([5, 70, 71])
    assert {int(next_level(np.uint64(7), np.int64(n), rules, ids)) for n in range(60)} == {5, 70, 71}
