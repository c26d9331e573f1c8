"""Buffers are handed out again when nobody else holds them, and never before."""

import gc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.core.fresh import KEPT, FreshArrays


def places(arrays):
    """Where in memory they lie."""
    return [array.__array_interface__["data"][0] for array in arrays]


@pytest.fixture
def fresh():
    return FreshArrays((3, 5), np.float32)


def test_arrays_are_of_the_asked_make(fresh):
    array = fresh.take()
    assert (array.shape, array.dtype, array.flags.c_contiguous) == ((3, 5), np.float32, True)


@pytest.mark.parametrize("count", [1, 2, KEPT, KEPT + 1, 3 * KEPT])
def test_a_buffer_in_use_is_never_handed_out_twice(fresh, count):
    held = [fresh.take() for _ in range(count)]
    assert len(set(places(held))) == count
    for k, array in enumerate(held):
        array[...] = k
    assert [array[0, 0] for array in held] == list(range(count))


def test_a_dropped_buffer_is_used_again(fresh):
    first = fresh.take()
    where = places([first])
    del first
    for _ in range(10):
        again = fresh.take()
        assert places([again]) == where
        del again


@pytest.mark.parametrize(
    "view",
    [
        lambda array: array[0],
        lambda array: array[:, 1:3],
        lambda array: array.T,
        lambda array: array.reshape(-1)[::2],
        lambda array: array.view(np.uint32),
        lambda array: np.asarray(array)[None][0, 2],
        lambda array: memoryview(array),
        lambda array: np.frombuffer(array, np.uint8),
        lambda array: {"occupancy": array[1]},
    ],
)
def test_a_view_holds_its_buffer(fresh, view):
    array = fresh.take()
    where = places([array])
    kept = view(array)
    del array
    others = [fresh.take() for _ in range(2 * KEPT)]
    assert where[0] not in places(others)
    del others, kept
    gc.collect()


def test_what_is_left_of_an_old_buffer_survives_its_being_forgotten(fresh):
    old = fresh.take()
    old[...] = 7.0
    held = [fresh.take() for _ in range(2 * KEPT)]  # more than are looked through
    for array in held:
        array[...] = 1.0
    assert (old == 7.0).all()


def test_no_more_than_a_few_are_kept(fresh):
    held = [fresh.take() for _ in range(5 * KEPT)]
    assert len(fresh._buffers) == KEPT
    del held
    again = [fresh.take() for _ in range(KEPT)]
    assert len(set(places(again))) == KEPT
    assert len(fresh._buffers) == KEPT


@given(st.lists(st.one_of(st.just(-1), st.integers(0, 9)), max_size=60))
def test_whoever_takes_and_drops_in_any_order_sees_its_own_numbers(moves):
    fresh, held = FreshArrays((4,), np.int64), {}
    for name, move in enumerate(moves):
        if move < 0 or not held:
            held[name] = fresh.take()
            held[name][...] = name
        else:
            del held[list(held)[move % len(held)]]
        for owner, array in held.items():
            assert (array == owner).all()


def test_observations_held_by_a_user_never_change():
    from road_worlds import open_worlds

    worlds = open_worlds(observe=("occupancy", "ego"))
    held, copies = [], []
    for step in range(12):
        seen = worlds.first_observation()
        if step % 3 != 1:
            held.append(seen["occupancy"])
            copies.append(seen["occupancy"].copy())
        worlds.step(worlds.oracle_action())
        assert all((one == other).all() for one, other in zip(held, copies, strict=True))
