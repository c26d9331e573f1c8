"""Mazes are trees, rooms hang together, terrain belongs to the nearest seed."""

from collections import Counter

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernels.small_worlds import new_rules, scaled
from scipy.ndimage import binary_opening, label
from scipy.stats import chi2

from envs.kernels import grid_recipes
from envs.kernels.counter_random import open_stream

KEYS = st.integers(0, 2**64 - 1)
SIDES = st.integers(8, 40 if scaled(1, 0) else 16)


def stream_of(key):
    stream = np.zeros(2, np.uint64)
    open_stream(stream, np.uint64(key))
    return stream


def drawn(recipe, key, shape, **arguments):
    """Blocked cells, bool [row col]."""
    blocked, scratch = np.full(shape, 9, np.uint8), np.zeros(shape[0] * shape[1] + 16, np.int64)
    assert recipe(stream_of(key), new_rules(generator=recipe.__name__, **arguments), blocked, scratch)
    return blocked.astype(bool)


def num_parts(free):
    """How many 4-connected parts the free cells form."""
    return label(free)[1]


def num_edges(free):
    return int((free[1:] & free[:-1]).sum() + (free[:, 1:] & free[:, :-1]).sum())


def doors_of(blocked):
    """Free cells with walls on two opposite sides."""
    is_door = np.zeros_like(blocked)
    inner = is_door[1:-1, 1:-1]
    inner |= (blocked[:-2, 1:-1] & blocked[2:, 1:-1]) | (blocked[1:-1, :-2] & blocked[1:-1, 2:])
    return is_door & ~blocked


@given(KEYS, st.integers(2, 12), st.integers(2, 12))
def test_a_maze_without_openings_is_a_tree_over_the_odd_cells(key, half_rows, half_cols):
    free = ~drawn(grid_recipes.maze, key, (2 * half_rows + 1, 2 * half_cols + 1), openings=0.0)
    assert free[1::2, 1::2].all()
    assert not free[::2, ::2].any()
    assert num_parts(free) == 1
    assert num_edges(free) == free.sum() - 1


@given(KEYS, SIDES, SIDES, st.sampled_from([0.0, 0.1, 1.0]))
def test_a_maze_of_any_size_reaches_all_its_odd_cells(key, rows, cols, openings):
    free = ~drawn(grid_recipes.maze, key, (rows, cols), openings=openings)
    assert num_parts(free) == 1
    assert free[1 : rows - 1 : 2, 1 : cols - 1 : 2].all()
    border = np.ones_like(free)
    border[1:-1, 1:-1] = False
    assert not (free & border).any()


def test_openings_open_their_share_of_the_walls_between_corridors_and_nothing_else():
    closed = opened = 0
    for key in range(scaled(100, 5)):
        before = drawn(grid_recipes.maze, key, (31, 31), openings=0.0)
        after = drawn(grid_recipes.maze, key, (31, 31), openings=0.3)
        walls = before.copy()
        walls[0] = walls[-1] = walls[:, 0] = walls[:, -1] = False
        walls[::2, ::2] = False
        assert not (after & ~before).any()
        assert not (before & ~after & ~walls).any()
        closed, opened = closed + walls.sum(), opened + (walls & ~after).sum()
    assert opened / closed == pytest.approx(0.3, abs=4 * np.sqrt(0.3 * 0.7 / closed))


def test_a_maze_and_its_mirror_image_are_equally_likely():
    mazes = [drawn(grid_recipes.maze, key, (7, 7), openings=0.0) for key in range(scaled(8000, 800))]
    count = Counter(maze.tobytes() for maze in mazes)
    for mirror in (np.fliplr, np.flipud, np.transpose):
        pairs = {maze.tobytes(): mirror(maze).tobytes() for maze in mazes if not np.array_equal(maze, mirror(maze))}
        deviations = [(count[one] - count[other]) ** 2 / (count[one] + count[other]) for one, other in pairs.items()]
        # Every pair that turned up was counted from both of its ends, or met only one.
        seen_twice = [count[other] > 0 for other in pairs.values()]
        weights = np.where(seen_twice, 0.5, 1.0)
        assert chi2.sf(np.dot(weights, deviations), weights.sum()) > 1e-4


@given(KEYS, SIDES, SIDES, st.sampled_from([0.0, 0.3, 1.0]))
def test_rooms_hang_together_and_are_three_cells_wide(key, rows, cols, openings):
    blocked = drawn(grid_recipes.rooms, key, (rows, cols), openings=openings)
    assert num_parts(~blocked) == 1
    # Whatever no free square of 3 x 3 covers is a door in a wall.
    in_a_room = binary_opening(~blocked, np.ones((3, 3), bool))
    assert not (~blocked & ~in_a_room & ~doors_of(blocked)).any()


@given(KEYS, SIDES, SIDES)
def test_rooms_without_openings_form_a_tree(key, rows, cols):
    blocked = drawn(grid_recipes.rooms, key, (rows, cols), openings=0.0)
    doors = doors_of(blocked)
    assert num_parts(~blocked & ~doors) == doors.sum() + 1


def test_rooms_of_hundreds_of_levels_hang_together():
    for key in range(scaled(600, 30)):
        shape = (8 + key % 33, 8 + key * 7 % 33)
        assert num_parts(~drawn(grid_recipes.rooms, key, shape, openings=0.3)) == 1


@given(KEYS, st.integers(5, 23), st.integers(5, 23), st.integers(1, 5))
def test_terrain_is_that_of_the_nearest_seed(key, rows, cols, num_classes):
    rules = new_rules(generator="terrain", terrain_costs=tuple(range(1, num_classes + 1)), density=0.3)
    blocked, terrain = np.full((rows, cols), 9, np.uint8), np.full((rows, cols), 99, np.uint8)
    grid_recipes.terrain_patches(stream_of(key), rules, blocked, terrain, np.zeros(rows * cols + 16, np.int64))
    twin = naive.Stream(key)
    nearest = naive.terrain_patches(twin, (rows, cols), num_classes, side=grid_recipes.PATCH_SIDE)
    for cell in np.ndindex(rows, cols):
        assert terrain[cell] in nearest[cell]
        assert blocked[cell] == (twin.unit() < 0.3)


@given(KEYS, st.sampled_from([0.0, 0.4, 1.0]))
def test_uniform_blocks_each_cell_with_the_probability_of_its_number(key, density):
    blocked, twin = np.full((6, 9), 9, np.uint8), naive.Stream(key)
    assert grid_recipes.uniform(stream_of(key), new_rules(generator="uniform", density=density), blocked)
    assert blocked.tolist() == [[int(twin.unit() < density) for _ in range(9)] for _ in range(6)]


def test_crops_are_windows_of_the_maps_and_all_of_them_turn_up():
    maps = np.random.default_rng(0).integers(2, size=(2, 6, 8)).astype(np.uint8)
    windows = {maps[m, r : r + 4, c : c + 5].tobytes() for m in range(2) for r in range(3) for c in range(4)}
    found = set()
    for key in range(scaled(500, 300)):
        blocked = np.full((4, 5), 9, np.uint8)
        assert grid_recipes.map_crop(stream_of(key), maps, blocked)
        found.add(blocked.tobytes())
    assert found == windows
