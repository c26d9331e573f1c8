"""Small random maps under every convention of moving, and the kernels called on them."""

from math import sqrt

import naive
import numba
import numpy as np
from hypothesis import strategies as st

from envs.gridworld.config import GridConfig
from envs.gridworld.state import new_scratch
from envs.kernels import grid_optimal, grid_paths

COMPILED = not numba.config.DISABLE_JIT
TERRAIN_COSTS = (1.0, 2.0, 0.5, 8.0)

CONVENTIONS = [
    {"connectivity": connectivity, "diagonal_cost": diagonal_cost, "corner_cutting": corner_cutting}
    for connectivity in (4, 8)
    for diagonal_cost in (1.0, sqrt(2.0))
    for corner_cutting in ("allow", "forbid")
]


def convention_name(convention):
    """For the ids of parametrized tests."""
    return "{connectivity}-{diagonal_cost:.2f}-{corner_cutting}".format(**convention)


def scaled(compiled, interpreted):
    """How many cases to look at: Python is a hundred times slower than the compiled kernels."""
    return compiled if COMPILED else interpreted


def new_rules(**arguments):
    """The record that kernels read, for these arguments of an environment."""
    return GridConfig(**arguments).rules(1, 0, 1)


def generator_of(seed):
    return np.random.default_rng(seed)


def grids(convention, *, longest=7, has_terrain=None, **arguments):
    """Strategy of (grid, goal): a map of independent cells with a free goal on it."""
    # Built here: run-time type checks draw random numbers, which hypothesis does not like inside a strategy.
    plain = new_rules(**convention, **arguments)
    classes = new_rules(**convention, generator="terrain", terrain_costs=TERRAIN_COSTS, **arguments)
    choices = [False, True] if has_terrain is None else [has_terrain]
    return _maps(longest, st.sampled_from(choices), plain, classes)


@st.composite
def _maps(draw, longest, has_terrain, plain, classes):
    shape = draw(st.integers(1, longest)), draw(st.integers(2, longest))
    rng = generator_of(draw(st.integers(0, 2**32 - 1)))
    blocked = (rng.random(shape) < draw(st.sampled_from([0.0, 0.2, 0.4]))).astype(np.uint8)
    goal = tuple(rng.integers(shape).tolist())
    blocked[goal] = 0
    if not draw(has_terrain):
        return naive.Grid(blocked, plain), goal
    return naive.Grid(blocked, classes, rng.integers(4, size=shape).astype(np.uint8), TERRAIN_COSTS), goal


def ground(grid):
    """(blocked, terrain, terrain_cost, rules), as kernels take them."""
    terrain = np.zeros_like(grid.blocked) if grid.terrain is None else grid.terrain
    return grid.blocked, terrain, np.array(grid.terrain_cost, np.float64), grid.rules


def shortest_paths(grid, goal, stop=-1):
    """(distance, towards), both [row col]."""
    size = grid.blocked.size
    distance, towards = np.zeros(size), np.zeros(size, np.int8)
    cell = np.array(goal, np.int32)
    grid_paths.shortest_paths(*ground(grid), cell, stop, new_scratch(size, 1), distance, towards)
    return distance.reshape(grid.blocked.shape), towards.reshape(grid.blocked.shape)


def optimal_moves(grid, cell, field):
    """The set of moves that are worth most at `cell`, given the field [row col]."""
    mask = np.ones(grid.rules.num_moves, np.bool_)
    grid_optimal.optimal_moves(*ground(grid), *cell, field.ravel(), mask)
    return set(np.flatnonzero(mask).tolist())


def filled(shape, values):
    """A float array [row col] of {cell: value}, inf elsewhere."""
    array = np.full(shape, np.inf)
    for cell, value in values.items():
        if cell is not None:
            array[cell] = float(value)
    return array
