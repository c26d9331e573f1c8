"""The aggregate is a ring: what a list cut to its newest items would hold, each observation with its own action."""

from collections import deque

import numpy as np
import pytest
from bitwise import assert_same
from hypothesis import given
from hypothesis import strategies as st

from agents.demonstrations import Aggregate

sizes = st.lists(st.integers(0, 9), max_size=8)


def batch(first, size):
    """`size` labels numbered from `first`; the observation tells the number too."""
    numbers = np.arange(first, first + size)
    return {"occupancy": numbers.astype(np.int8)[:, None, None] + np.zeros((2, 3), np.int8), "ego": -numbers}, numbers


def filled(capacity, sizes):
    """An aggregate, and the list it should be like."""
    aggregate, twin = Aggregate(capacity), deque(maxlen=capacity)
    for size in sizes:
        observation, actions = batch(aggregate.total, size)
        aggregate.add(observation, actions)
        twin.extend(actions.tolist())
    return aggregate, list(twin)


def held(aggregate):
    """All actions, once every observation is seen to be the one that belongs to its action."""
    observation, actions = aggregate.take(np.arange(len(aggregate)))
    if len(actions):
        assert_same(observation["ego"], -actions)
        assert (observation["occupancy"] == actions.astype(np.int8)[:, None, None]).all()
    return actions.tolist()


@given(st.integers(1, 12), sizes)
def test_it_holds_the_newest_labels(capacity, sizes):
    aggregate, twin = filled(capacity, sizes)
    assert aggregate.total == sum(sizes)
    assert len(aggregate) == len(twin) == min(sum(sizes), capacity)
    if aggregate.total:
        assert sorted(held(aggregate)) == twin


@given(st.integers(1, 12), sizes, sizes)
def test_arrays_round_trip_and_go_on_as_the_aggregate_would(capacity, sizes, more):
    aggregate, _ = filled(capacity, [1, *sizes])
    arrays = {name: array.copy() for name, array in aggregate.arrays().items()}
    again = Aggregate.from_arrays(capacity, arrays)
    for size in [0, *more]:
        assert again.total == aggregate.total
        assert held(again) == held(aggregate)
        observation, actions = batch(aggregate.total, size)
        aggregate.add(observation, actions)
        again.add(observation, actions)
    assert held(again) == held(aggregate)


def test_an_empty_aggregate_round_trips():
    again = Aggregate.from_arrays(4, Aggregate(4).arrays())
    assert (len(again), again.total) == (0, 0)
    again.add(*batch(0, 3))
    assert held(again) == [0, 1, 2]


def test_a_batch_larger_than_the_ring_leaves_its_own_end():
    aggregate, twin = filled(3, [11])
    assert sorted(held(aggregate)) == twin == [8, 9, 10]


def test_it_keeps_copies():
    aggregate, (observation, actions) = Aggregate(5), batch(0, 3)
    aggregate.add(observation, actions)
    actions[:], observation["ego"][:] = 7, 7
    assert held(aggregate) == [0, 1, 2]
    taken, labels = aggregate.take(np.array([1]))
    labels[:], taken["ego"][:] = 7, 7
    assert held(aggregate) == [0, 1, 2]


def test_types_stay_as_they_were():
    aggregate, _ = filled(5, [3])
    observation, actions = aggregate.take(np.array([0]))
    assert (observation["occupancy"].dtype, observation["ego"].dtype, actions.dtype) == (np.int8, np.int64, np.int64)


def test_arrays_are_no_larger_than_what_is_held():
    aggregate, _ = filled(1000, [3])
    assert {name: len(array) for name, array in aggregate.arrays().items()} == {
        "aggregate/occupancy": 3,
        "aggregate/ego": 3,
        "aggregate_actions": 3,
        "aggregate_total": 1,
    }


def test_arrays_of_another_capacity_are_refused():
    aggregate, _ = filled(4, [9])
    with pytest.raises(ValueError, match="4 of 9 labels were kept: that was not under capacity 6"):
        Aggregate.from_arrays(6, aggregate.arrays())


@pytest.mark.parametrize("capacity", [0, -3])
def test_a_ring_without_room_is_refused(capacity):
    with pytest.raises(ValueError, match=f"Expected a capacity >= 1, got {capacity}"):
        Aggregate(capacity)
