"""Moves: where they lead, when they are open, what they cost, where they slip."""

from math import atan2, pi

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernels.small_worlds import CONVENTIONS, convention_name, grids, ground, new_rules

from envs.kernels.grid_moves import MOVE_COL, MOVE_ROW, can_move, is_open, move_cost, slipped
from envs.kernels.grid_paths import opposite

every_convention = pytest.mark.parametrize("convention", CONVENTIONS, ids=convention_name)


def angle(move):
    """Of a move, counter-clockwise from east; rows point down."""
    return atan2(-MOVE_ROW[move], MOVE_COL[move])


def test_directions_are_named_in_the_order_of_vins_labels():
    assert list(zip(MOVE_ROW.tolist(), MOVE_COL.tolist(), strict=True)) == list(naive.MOVES)


@every_convention
@given(data=st.data())
def test_a_move_is_open_where_the_twin_says_so(convention, data):
    grid, _ = data.draw(grids(convention, longest=5))
    for cell in grid.cells():
        open_moves = {move for move in range(grid.rules.num_moves) if can_move(grid.blocked, *cell, move, grid.rules)}
        assert open_moves == set(naive.ways(grid, cell))


@every_convention
@given(data=st.data())
def test_a_move_costs_its_length_times_the_ground_it_enters(convention, data):
    grid, _ = data.draw(grids(convention, longest=4))
    _, terrain, terrain_cost, rules = ground(grid)
    for cell in grid.cells():
        for move in range(rules.num_moves):
            expected = float(naive.move_cost(grid, cell, move))
            assert move_cost(terrain, terrain_cost, *cell, move, rules) == pytest.approx(expected, rel=1e-15)


def test_nothing_is_open_off_the_grid():
    blocked = np.zeros((2, 3), np.uint8)
    around = [(row, col) for row in range(-2, 5) for col in range(-2, 6)]
    assert {cell for cell in around if is_open(blocked, *cell)} == set(np.ndindex(2, 3))


@pytest.mark.parametrize(("first", "second"), [((0, 1), (1, 0)), ((1, 0), (0, 1))])
def test_a_diagonal_past_one_blocked_corner_is_open_only_where_corners_may_be_cut(first, second):
    blocked = np.zeros((2, 2), np.uint8)
    blocked[first] = 1
    assert can_move(blocked, 0, 0, 6, new_rules(corner_cutting="allow"))
    assert not can_move(blocked, 0, 0, 6, new_rules(corner_cutting="forbid"))
    blocked[second] = 1
    assert can_move(blocked, 0, 0, 6, new_rules(corner_cutting="allow"))


@pytest.mark.parametrize(("connectivity", "turn"), [(4, pi / 2), (8, pi / 4)])
def test_slipping_turns_to_the_next_direction_on_the_left_or_on_the_right(connectivity, turn):
    rules = new_rules(connectivity=connectivity)
    for move in range(connectivity):
        for side, sign in ((0, 1.0), (1, -1.0)):
            turned = (angle(slipped(move, side, rules)) - angle(move)) % (2 * pi)
            assert turned == pytest.approx(sign * turn % (2 * pi))
            assert slipped(move, side, rules) == naive.slipped(move, side, rules)


def test_opposite_directions_undo_each_other():
    for move in range(8):
        back = opposite(move)
        assert (MOVE_ROW[back], MOVE_COL[back]) == (-MOVE_ROW[move], -MOVE_COL[move])
        assert opposite(back) == move
