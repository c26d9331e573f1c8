"""The optimal moves: exactly those that start a shortest path, under every convention."""

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernels.small_worlds import (
    CONVENTIONS,
    convention_name,
    filled,
    grids,
    ground,
    new_rules,
    optimal_moves,
    shortest_paths,
)

from envs.kernels.grid_optimal import move_loss

every_convention = pytest.mark.parametrize("convention", CONVENTIONS, ids=convention_name)


@every_convention
@given(data=st.data())
def test_optimal_moves_are_those_of_exact_arithmetic(convention, data):
    grid, goal = data.draw(grids(convention))
    distance, _ = shortest_paths(grid, goal)
    field = naive.shortest_paths(grid, goal)
    for cell in field:
        expected = set() if cell == goal else naive.optimal_moves(grid, cell, field)
        assert optimal_moves(grid, cell, distance) == expected


@every_convention
@given(data=st.data())
def test_the_first_move_of_the_path_found_is_one_of_the_optimal_moves(convention, data):
    grid, goal = data.draw(grids(convention))
    distance, towards = shortest_paths(grid, goal)
    for cell in naive.shortest_paths(grid, goal):
        if cell != goal:
            assert int(towards[cell]) in optimal_moves(grid, cell, distance)


@every_convention
@given(data=st.data())
def test_no_move_is_optimal_at_the_goal_or_where_it_is_out_of_reach(convention, data):
    grid, goal = data.draw(grids(convention))
    distance, _ = shortest_paths(grid, goal)
    reached = naive.flood(grid, goal)
    for cell in grid.cells():
        has_optimum = len(optimal_moves(grid, cell, distance)) > 0
        assert has_optimum == (cell in reached and cell != goal)


@every_convention
@given(data=st.data())
def test_the_loss_of_a_move_is_its_cost_and_the_way_that_is_left(convention, data):
    grid, goal = data.draw(grids(convention, longest=4))
    field = naive.shortest_paths(grid, goal)
    distance = filled(grid.blocked.shape, field).ravel()
    for cell in field:
        ways = naive.ways(grid, cell)
        for move in range(grid.rules.num_moves):
            loss = move_loss(*ground(grid), *cell, move, distance)
            if move in ways:
                expected = float(naive.move_cost(grid, ways[move], move) + field[ways[move]])
                assert loss == pytest.approx(expected, rel=1e-14)
            else:
                assert loss == np.inf


def test_eight_ways_round_a_square_are_told_from_near_ties():
    # Two cells south-east and one east: two diagonals and a straight move in any order, and nothing else.
    grid = naive.Grid(np.zeros((3, 4), np.uint8), new_rules())
    distance, _ = shortest_paths(grid, (2, 3))
    assert optimal_moves(grid, (0, 0), distance) == {naive.NAMES.index("E"), naive.NAMES.index("SE")}
    assert optimal_moves(grid, (0, 1), distance) == {naive.NAMES.index("SE")}
