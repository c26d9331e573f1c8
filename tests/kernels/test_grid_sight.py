"""Sight: the segment between two cells' centres, in whole numbers as in fractions, the same both ways."""

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernels.small_worlds import grids

from envs.kernels.grid_views import in_sight

CONVENTION = {"connectivity": 8}


def pairs(grid, beyond=2):
    """Every cell, and every cell on the map or a little off it."""
    rows, cols = grid.blocked.shape
    around = [(row, col) for row in range(-beyond, rows + beyond) for col in range(-beyond, cols + beyond)]
    return [(here, there) for here in np.ndindex(rows, cols) for there in around]


@given(data=st.data())
def test_sight_is_that_of_exact_fractions(data):
    grid, _ = data.draw(grids(CONVENTION, longest=6, has_terrain=False))
    for here, there in pairs(grid):
        assert in_sight(grid.blocked, *here, *there) == naive.in_sight(grid, here, there)


@given(data=st.data())
def test_who_sees_is_seen(data):
    grid, _ = data.draw(grids(CONVENTION, longest=8, has_terrain=False))
    for here, there in pairs(grid, beyond=0):
        assert in_sight(grid.blocked, *here, *there) == in_sight(grid.blocked, *there, *here)


@given(data=st.data())
def test_turning_and_mirroring_the_map_turns_and_mirrors_what_is_seen(data):
    grid, _ = data.draw(grids(CONVENTION, longest=6, has_terrain=False))
    turned, mirrored = np.ascontiguousarray(grid.blocked.T), np.ascontiguousarray(grid.blocked[:, ::-1])
    last = grid.blocked.shape[1] - 1
    for here, there in pairs(grid, beyond=0):
        seen = in_sight(grid.blocked, *here, *there)
        assert in_sight(turned, *here[::-1], *there[::-1]) == seen
        assert in_sight(mirrored, here[0], last - here[1], there[0], last - there[1]) == seen


def test_neighbours_are_always_seen_and_an_open_map_hides_nothing():
    walled, empty = np.ones((5, 5), np.uint8), np.zeros((5, 5), np.uint8)
    for cell in np.ndindex(5, 5):
        near = max(abs(cell[0] - 2), abs(cell[1] - 2)) <= 1
        assert in_sight(walled, 2, 2, *cell) == near
        assert in_sight(empty, 2, 2, *cell)


@pytest.mark.parametrize("distance", [2, 3, 7])
def test_an_obstacle_hides_what_lies_straight_behind_it_but_not_itself(distance):
    blocked = np.zeros((9, 9), np.uint8)
    blocked[4, 1] = 1
    assert in_sight(blocked, 4, 0, 4, 1)
    assert not in_sight(blocked, 4, 0, 4, distance)
    assert not in_sight(blocked, 4, distance, 4, 0)
