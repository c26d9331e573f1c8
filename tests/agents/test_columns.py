"""What goes into a column comes out, to the last bit, packed or not."""

import numpy as np
import pytest
from bitwise import assert_same
from hypothesis import given
from hypothesis import strategies as st

from agents.columns import BitColumn, Column, is_two_valued, new_column, packed_column, restored
from agents.demonstrations import Aggregate

EVERYBODY = np.arange(5)
shapes = st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 19))


def images(shape, seed, values=(0, 255)):
    return np.random.default_rng(seed).choice(np.array(values, np.uint8), (5, *shape))


@given(shapes, st.integers(0, 9))
def test_two_valued_images_are_packed_and_come_out_as_they_went_in(shape, seed):
    array = images(shape, seed)
    column = new_column(5, array).put(EVERYBODY, array)
    assert isinstance(column, BitColumn)
    assert column.values.shape == (5, *shape[:-1], -(-shape[-1] // 8))
    assert_same(column.take(EVERYBODY), array)
    assert_same(column.take(EVERYBODY[[3, 1, 1]]), array[[3, 1, 1]])


@given(shapes, st.integers(0, 9), st.sampled_from([1, 2, 127, 128, 254]))
def test_a_third_value_undoes_the_packing_and_loses_nothing(shape, seed, value):
    first, later = images(shape, seed), images(shape, seed + 1, (0, value, 255))[:2]
    later.flat[0] = value
    column = new_column(5, first).put(EVERYBODY, first).put(np.array([4, 2]), later)
    assert type(column) is Column
    expected = first.copy()
    expected[[4, 2]] = later
    assert_same(column.take(EVERYBODY), expected)


@given(shapes, st.integers(0, 9), st.sampled_from([np.int8, np.uint8]))
def test_images_of_0_and_1_are_packed_where_that_is_asked_for(shape, seed, dtype):
    array = images(shape, seed, (0, 1)).astype(dtype)
    column = packed_column(5, array).put(EVERYBODY, array)
    assert column.values.shape == (5, *shape[:-1], -(-shape[-1] // 8))
    assert_same(column.take(EVERYBODY[[3, 1, 1]]), array[[3, 1, 1]])
    again = restored(9, "x", {name: part.copy() for name, part in column.arrays("x", 3).items()})
    assert_same(again.take(np.arange(3)), array[:3])
    later = (2 * array[:1]).astype(dtype)
    later.flat[0] = 2
    column = column.put(EVERYBODY[:1], later)
    assert type(column) is Column
    assert_same(column.take(EVERYBODY), np.concatenate((later, array[1:])))


def test_others_are_packed_as_ever():
    assert_same(packed_column(5, images((2, 8), 0)).arrays("x", 5), new_column(5, images((2, 8), 0)).arrays("x", 5))
    assert type(packed_column(5, images((2, 8), 0, (0, 3)))) is Column


@pytest.mark.parametrize("dtype", [np.int8, np.float32, np.int64, np.bool_])
def test_other_types_stay_as_they_are(dtype):
    array = (images((2, 3, 8), 0) > 0).astype(dtype)
    column = new_column(5, array).put(EVERYBODY, array)
    assert type(column) is Column
    assert_same(column.take(EVERYBODY), array)


@given(st.lists(st.integers(0, 255), max_size=12))
def test_two_values_are_told_from_more(values):
    assert is_two_valued(np.array(values, np.uint8)) == (set(values) <= {0, 255})


@pytest.mark.parametrize("values", [(0, 255), (0, 7, 255)])
def test_columns_are_restored(values):
    array = images((2, 3, 11), 0, values)
    column = new_column(5, array).put(EVERYBODY, array)
    again = restored(9, "x", {name: part.copy() for name, part in column.arrays("x", 3).items()})
    assert type(again) is type(column)
    assert_same(again.take(np.arange(3)), array[:3])
    assert len(again.values) == 9


def test_an_aggregate_of_images_takes_an_eighth_and_goes_on_after_a_checkpoint():
    rng, plain, packed = np.random.default_rng(0), [], Aggregate(40)
    for size in (7, 30, 11):
        seen = {"occupancy": images((2, 16, 16), size)[rng.integers(5, size=size)], "ego": rng.random((size, 3))}
        actions = rng.random((size, 4, 3)).astype(np.float32)
        packed.add(seen, actions)
        plain += [(seen["occupancy"][i], seen["ego"][i], actions[i]) for i in range(size)]
        packed = Aggregate.from_arrays(40, {name: array.copy() for name, array in packed.arrays().items()})
    seen, actions = packed.take(np.arange(40))
    order = [i if i >= 40 else i + 40 if i + 40 < 48 else i for i in range(40)]  # the ring has begun its second round
    assert_same(seen["occupancy"], np.stack([plain[i][0] for i in order]))
    assert_same(seen["ego"], np.stack([plain[i][1] for i in order]))
    assert_same(actions, np.stack([plain[i][2] for i in order]))
    assert packed.arrays()["aggregate/occupancy.bits"].nbytes == 40 * 2 * 16 * 16 // 8


def test_some_keys_can_be_taken_alone():
    aggregate, ego = Aggregate(5), np.arange(5.0)[:, None]
    aggregate.add({"occupancy": images((2, 3, 8), 0), "ego": ego}, np.arange(5))
    seen, actions = aggregate.take(np.array([1, 4]), keys=("ego",))
    assert_same((seen, actions), ({"ego": ego[[1, 4]]}, np.array([1, 4])))
