"""The VIN recipe: its rasters cell by cell, and the statistics of the published maps."""

import naive
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernels.play import begun
from kernels.small_worlds import new_rules, scaled

from envs.gridworld.nav import GridNav
from envs.kernels.counter_random import open_stream
from envs.kernels.grid_recipes import vin

LEVELS = scaled(3000, 60)
# Obstacle cells inside the border wall of the 1,000 published test maps: mean, standard deviation.
PUBLISHED = {8: (3.9, 2.6), 16: (39.2, 22.2), 28: (139.9, 76.6)}
SHAPES = {
    8: {"#"},
    16: {"#", " # /###/ # "},
    28: {"#", "##", "#/#", "##/##", " # /###/ # ", " ### /#####/#####/#####/ ### "},
}


def draw(key, shape, rules):
    """(blocked cells, goal), or None where the kernel rejects the draw."""
    stream, blocked, goal = np.zeros(2, np.uint64), np.full(shape, 9, np.uint8), np.zeros(2, np.int32)
    open_stream(stream, np.uint64(key))
    accepted = vin(stream, rules, blocked, goal)
    return (set(zip(*np.nonzero(blocked), strict=True)), tuple(goal.tolist())) if accepted else None


@pytest.mark.parametrize("shape", [(8, 8), (16, 16), (28, 28), (9, 20)])
@given(key=st.integers(0, 2**64 - 1))
def test_a_draw_equals_the_twins_cell_by_cell(shape, key):
    rules = new_rules(size=shape)
    limits = {"max_obstacles": int(rules.max_obstacles), "size": int(rules.max_obstacle_size)}
    assert draw(key, shape, rules) == naive.vin(naive.Stream(key), shape, **limits)


@pytest.mark.parametrize("side", SHAPES)
def test_lone_obstacles_have_the_shapes_measured_on_the_published_maps(side):
    rules = new_rules(size=side)
    rules.max_obstacles = 1
    drawn = [draw(key, (side, side), rules) for key in range(scaled(2000, 400))]
    shapes = {picture(found[0], side) for found in drawn if found}
    assert shapes - {None} == SHAPES[side]


def picture(blocked, side):
    """The obstacle as text; None where there is none, or it may be cut off by the border wall."""
    inner = {cell for cell in blocked if 0 < cell[0] < side - 1 and 0 < cell[1] < side - 1}
    if not inner or any(edge in (1, side - 2) for cell in inner for edge in cell):
        return None
    rows, cols = ([cell[axis] for cell in inner] for axis in (0, 1))
    lines = range(min(rows), max(rows) + 1)
    return "/".join("".join(" #"[(r, c) in inner] for c in range(min(cols), max(cols) + 1)) for r in lines)


@pytest.mark.parametrize("side", PUBLISHED)
def test_obstacles_are_as_many_as_on_the_published_maps(side):
    worlds = begun(GridNav, LEVELS, size=side, levels=range(LEVELS))
    count = worlds.state.blocked[:, 1:-1, 1:-1].sum(axis=(1, 2))
    mean, deviation = PUBLISHED[side]
    # Four standard errors of the two samples' difference; those of a deviation are about half of a mean's.
    margin = 4 * deviation * np.sqrt(1 / LEVELS + 1 / 1000)
    assert count.mean() == pytest.approx(mean, abs=margin + 0.05)
    assert count.std() == pytest.approx(deviation, abs=margin + 0.05)


@pytest.mark.parametrize("shape", [(8, 8), (7, 12)])
def test_goals_are_uniform_over_the_cells_inside_the_wall(shape):
    worlds = begun(GridNav, LEVELS, size=shape, levels=range(LEVELS))
    counts = np.zeros(shape)
    np.add.at(counts, tuple(worlds.state.goal[:, 0].T), 1)
    inside = counts[1:-1, 1:-1]
    assert inside.sum() == LEVELS
    expected = LEVELS / inside.size
    # Goals are a little rarer where obstacles would often cover them: chance alone gives sqrt(expected).
    assert np.abs(inside - expected).max() < 6 * np.sqrt(expected)


@pytest.mark.parametrize("shape", [(5, 5), (8, 8), (9, 20), (40, 6)])
def test_a_wall_runs_round_the_map(shape):
    worlds = begun(GridNav, 20, size=shape)
    border = np.ones(shape, bool)
    border[1:-1, 1:-1] = False
    assert (worlds.state.blocked[:, border] == 1).all()
