"""Shortest paths: exact distances under every convention, and what can be reached."""

import naive
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernels.small_worlds import (
    CONVENTIONS,
    convention_name,
    filled,
    generator_of,
    grids,
    new_rules,
    scaled,
    shortest_paths,
)

from envs.gridworld.state import new_scratch
from envs.kernels import grid_paths

every_convention = pytest.mark.parametrize("convention", CONVENTIONS, ids=convention_name)


def flood(grid, cell):
    scratch, reached = new_scratch(grid.blocked.size, 1), np.full(grid.blocked.size, 7, np.uint8)
    count = grid_paths.flood(grid.blocked, grid.rules, *cell, scratch, reached)
    return reached.reshape(grid.blocked.shape), scratch.heap[:count]


@every_convention
@given(data=st.data())
def test_distances_are_those_of_dijkstra_on_exact_costs(convention, data):
    grid, goal = data.draw(grids(convention))
    distance, _ = shortest_paths(grid, goal)
    expected = filled(grid.blocked.shape, naive.shortest_paths(grid, goal))
    np.testing.assert_allclose(distance, expected, rtol=1e-14)


@every_convention
@given(data=st.data())
@settings(max_examples=scaled(20, 5))
def test_distances_are_those_of_brute_force(convention, data):
    grid, goal = data.draw(grids(convention, longest=5))
    assert naive.relaxed_paths(grid, goal) == naive.shortest_paths(grid, goal)
    distance, _ = shortest_paths(grid, goal)
    np.testing.assert_allclose(distance, filled(grid.blocked.shape, naive.relaxed_paths(grid, goal)), rtol=1e-14)


@every_convention
@given(data=st.data())
def test_stopping_early_changes_nothing_about_the_cell_stopped_at(convention, data):
    grid, goal = data.draw(grids(convention))
    whole, towards = shortest_paths(grid, goal)
    for cell in grid.cells():
        stop = cell[0] * grid.blocked.shape[1] + cell[1]
        distance, first = shortest_paths(grid, goal, stop)
        assert distance[cell] == whole[cell]
        assert first[cell] == towards[cell]


@every_convention
@given(data=st.data())
def test_following_towards_reaches_the_goal_at_exactly_the_distance(convention, data):
    grid, goal = data.draw(grids(convention))
    _, towards = shortest_paths(grid, goal)
    field = naive.shortest_paths(grid, goal)
    for start in field:
        cell, cost = start, naive.Cost()
        while cell != goal:
            move = int(towards[cell])
            cell = naive.ways(grid, cell)[move]
            cost += naive.move_cost(grid, cell, move)
        assert cost == field[start]


@every_convention
@given(data=st.data())
def test_cells_out_of_reach_are_infinitely_far_and_lead_nowhere(convention, data):
    grid, goal = data.draw(grids(convention))
    distance, towards = shortest_paths(grid, goal)
    reached = flood(grid, goal)[0] == 1
    np.testing.assert_array_equal(np.isfinite(distance), reached)
    np.testing.assert_array_equal(towards >= 0, reached & (distance > 0))


@every_convention
@given(data=st.data())
def test_a_flood_finds_each_cell_in_reach_once_and_the_nearest_first(convention, data):
    grid, goal = data.draw(grids(convention))
    reached, order = flood(grid, goal)
    expected = naive.flood(grid, goal)
    assert set(zip(*np.nonzero(reached), strict=True)) == expected
    assert len(order) == len(expected) == reached.sum()
    assert divmod(int(order[0]), grid.blocked.shape[1]) == goal
    assert reached.ravel()[order].all()


def test_scratch_may_be_dirty():
    grid, goal = naive.Grid(np.zeros((5, 6), np.uint8), new_rules()), (2, 3)
    clean, _ = shortest_paths(grid, goal)
    scratch, distance, towards = new_scratch(30, 1), np.full(30, np.nan), np.full(30, 9, np.int8)
    for array in scratch:
        array.fill(3)
    terrain, cell = np.zeros((5, 6), np.uint8), np.array(goal, np.int32)
    grid_paths.shortest_paths(grid.blocked, terrain, np.zeros(0), grid.rules, cell, -1, scratch, distance, towards)
    np.testing.assert_array_equal(distance.reshape(5, 6), clean)


def test_distances_on_an_open_map_are_octile():
    rows, cols = scaled((60, 90), (12, 18))
    distance, _ = shortest_paths(naive.Grid(np.zeros((rows, cols), np.uint8), new_rules()), (7, 11))
    down, right = np.abs(np.arange(rows) - 7)[:, None], np.abs(np.arange(cols) - 11)[None]
    octile = np.maximum(down, right) + (np.sqrt(2) - 1) * np.minimum(down, right)
    np.testing.assert_allclose(distance, octile, rtol=1e-12)


def test_a_large_map_agrees_with_brute_force_relaxation_on_arrays():
    side = scaled(64, 16)
    blocked = (generator_of(3).random((side, side)) < 0.3).astype(np.uint8)
    blocked[0, 0] = 0
    distance, _ = shortest_paths(naive.Grid(blocked, new_rules(corner_cutting="allow")), (0, 0))
    found = np.where(np.indices(blocked.shape).sum(axis=0) == 0, 0.0, np.inf)
    for _ in range(side * side):
        padded = np.pad(found, 1, constant_values=np.inf)
        steps = [padded[1 + r : side + 1 + r, 1 + c : side + 1 + c] + np.hypot(r, c) for r, c in naive.MOVES]
        better = np.where(blocked == 1, np.inf, np.minimum(found, np.min(steps, axis=0)))
        if np.array_equal(better, found):
            break
        found = better
    np.testing.assert_allclose(distance, found, rtol=1e-12)
