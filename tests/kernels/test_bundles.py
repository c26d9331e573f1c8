"""Bundles: kernels see in one pointer what they would see in a NamedTuple of arrays."""

from typing import NamedTuple

import numba
import numpy as np
import pytest
from kernels.small_worlds import COMPILED

from envs.kernels.bundles import Bundle, bundle
from envs.kernels.compilation import bind, inlined, inner, kernel

BODY = np.dtype((np.record, np.dtype([("x", "f8"), ("kind", "i4"), ("plan", "f4", (3,))], align=True)))
needs_compiler = pytest.mark.skipif(not COMPILED, reason="without the compiler there is nothing to bundle for")


class Arrays(NamedTuple):
    bodies: np.ndarray  # BODY [world actor]
    grid: np.ndarray  # float32 [row col depth]
    flags: np.ndarray  # uint8 [flag]
    nothing: np.ndarray  # int64 [0 2]


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    bodies = np.zeros((3, 4), BODY)
    bodies["x"], bodies["plan"] = rng.normal(size=(3, 4)), rng.normal(size=(3, 4, 3))
    grid = rng.normal(size=(5, 2, 3)).astype(np.float32)
    return Arrays(bodies, grid, np.arange(7, dtype=np.uint8), np.zeros((0, 2), np.int64))


@inlined
def _push(arrays, w, i):
    body = arrays.bodies[w, i]
    body.x += body.plan[2]
    body.kind = arrays.flags[i] + arrays.flags[-1]


@inner
def _weigh(arrays):
    total = 0.0
    for row in range(arrays.grid.shape[0]):
        line = arrays.grid[row, 1]
        for k in range(line.shape[0]):
            total += line[k] * arrays.grid[row, 0, k]
    return total


@kernel
def _work(arrays, scale):
    for w in range(arrays.bodies.shape[0]):
        for i in range(arrays.bodies.shape[1]):
            _push(arrays, w, i)
    arrays.grid[4, 1, 2] *= scale
    return _weigh(arrays), arrays.bodies.size, arrays.nothing.shape[0], arrays.nothing.shape[1], arrays.flags.itemsize


def copied(arrays):
    return Arrays(*(array.copy() for array in arrays))


def test_a_kernel_does_the_same_to_a_bundle_as_to_the_arrays(arrays):
    plain, bundled = copied(arrays), copied(arrays)
    assert _work(bundle(bundled), 2.0) == _work(plain, 2.0)
    for one, other in zip(plain, bundled, strict=True):
        np.testing.assert_array_equal(one, other)
    assert (bundled.bodies["x"] != arrays.bodies["x"]).all()


def test_a_bound_kernel_takes_any_bundle_of_the_same_types(arrays):
    small, large = bundle(arrays), bundle(arrays._replace(bodies=np.zeros((9, 2), BODY), flags=np.ones(50, np.uint8)))
    work = bind(_work, small, 1.0)
    assert work(small, 1.0)[1] == 12
    assert work(large, 1.0)[1] == 18
    assert (large.bodies["kind"] == 2).all()


def test_inner_kernels_can_be_called_from_python(arrays):
    expected = float(np.sum(arrays.grid[:, 0].astype(np.float64) * arrays.grid[:, 1]))
    assert _weigh(arrays) == pytest.approx(expected, rel=1e-5)
    _push(bundle(arrays), 1, 3)
    assert arrays.bodies["kind"][1, 3] == 3 + 6


@needs_compiler
def test_arrays_are_still_there_by_name(arrays):
    assert bundle(arrays).grid is arrays.grid
    with pytest.raises(AttributeError, match="colour"):
        _ = bundle(arrays).colour


@needs_compiler
def test_arrays_out_of_order_are_refused(arrays):
    with pytest.raises(ValueError, match="'grid' of a bundle is not in C order"):
        Bundle(arrays._replace(grid=arrays.grid.transpose()))


@needs_compiler
def test_the_type_is_that_of_names_and_kinds_not_of_sizes(arrays):
    larger = arrays._replace(grid=np.zeros((8, 8, 8), np.float32))
    other = arrays._replace(grid=np.zeros((8, 8, 8)))
    assert numba.typeof(bundle(arrays)) == numba.typeof(bundle(larger))
    assert numba.typeof(bundle(arrays)) != numba.typeof(bundle(other))


@needs_compiler
def test_an_unknown_array_is_a_typing_error(arrays):
    @numba.njit
    def colour(arrays):
        return arrays.colour

    with pytest.raises(numba.TypingError, match="colour"):
        colour(bundle(arrays))
