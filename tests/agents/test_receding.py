"""The receding horizon's state: every row its own history, chunk and counters."""

import numpy as np
import pytest
from bitwise import assert_same

from agents.receding import remember

SHAPE = (4, 2)


def observed(step, size=3):
    """An observation that tells its step and row."""
    return {"a": np.stack([np.array([step, row], np.float32) for row in range(size)]), "b": np.full((size, 1), step)}


def play(steps, execute, begins=lambda step: None, history=2):
    """Memories after each decision, with chunks that say when they were proposed: numbers [proposal step, index]."""
    state, memories = None, []
    for step in range(steps):
        memory = remember(observed(step), state, begins(step), history=history, chunk_shape=SHAPE)
        due = np.flatnonzero(memory.due(execute))
        memory.chunk[due] = np.stack([np.full(4, step), np.arange(4)], axis=1)
        memory.cursor[due] = 0
        memories.append(memory)
        state = memory.as_state()
    return memories


def played(memories):
    """(step at which the executed action was proposed, its index) of each row and step."""
    return [[tuple(m.chunk[row, m.cursor[row]].astype(int)) for m in memories] for row in range(3)]


@pytest.mark.parametrize("execute", [1, 2, 4])
def test_a_chunk_is_played_from_its_first_action_on_and_then_replaced(execute):
    expected = [(step - step % execute, step % execute) for step in range(9)]
    assert played(play(9, execute)) == [expected] * 3


def test_one_row_that_begins_leaves_the_others_as_they_were():
    quiet = play(8, 3)
    begun = play(8, 3, lambda step: np.array([False, step == 4, False]))
    assert played(begun)[0] == played(quiet)[0]
    assert played(begun)[2] == played(quiet)[2]
    assert played(begun)[1] == [*played(quiet)[1][:4], (4, 0), (4, 1), (4, 2), (7, 0)]
    for one, other in zip(quiet, begun, strict=True):
        for key in one.past:
            assert_same(one.past[key][[0, 2]], other.past[key][[0, 2]])
    assert begun[-1].counts.episode.tolist() == [0, 1, 0]
    assert begun[-1].counts.step.tolist() == [7, 3, 7]


def test_history_holds_the_last_observations_and_repeats_the_first():
    memories = play(6, 1, lambda step: np.array([False, step == 3, False]), history=3)
    of_row = lambda row: [memory.past["a"][row, :, 0].astype(int).tolist() for memory in memories]  # noqa: E731
    assert of_row(0) == [[0, 0, 0], [0, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]]
    assert of_row(1) == [[0, 0, 0], [0, 0, 1], [0, 1, 2], [3, 3, 3], [3, 3, 4], [3, 4, 5]]
    assert memories[-1].past["a"][2, :, 1].tolist() == [2, 2, 2]


def test_rows_that_leave_the_batch_take_their_state_with_them():
    """As in an evaluation, where finished rows are left out: the others go on as before."""
    whole = play(6, 2)
    state = None
    for step in range(6):
        kept = np.arange(3) if step < 3 else np.array([0, 2])
        if step == 3:
            state = tuple(part[kept] for part in state)
        seen = {key: array[kept] for key, array in observed(step).items()}
        memory = remember(seen, state, None, history=2, chunk_shape=SHAPE)
        due = np.flatnonzero(memory.due(2))
        memory.chunk[due], memory.cursor[due] = np.stack([np.full(4, step), np.arange(4)], axis=1), 0
        state = memory.as_state()
    assert_same(memory.chunk, whole[-1].chunk[[0, 2]])
    assert_same(memory.past["a"], whole[-1].past["a"][[0, 2]])
    assert memory.counts.row.tolist() == [0, 2]


def test_a_state_is_not_changed_by_deciding_from_it():
    state = play(3, 4)[-1].as_state()
    before = [part.copy() for part in state]
    memory = remember(observed(3), state, np.array([True, False, False]), history=2, chunk_shape=SHAPE)
    memory.chunk[:] = -1.0
    memory.cursor[:] = 0
    assert_same(tuple(before), tuple(state))


def test_a_state_of_another_batch_is_refused():
    state = play(2, 1)[-1].as_state()
    with pytest.raises(ValueError, match="state has 3 rows, the batch of observations has 2"):
        remember(observed(2, size=2), state, None, history=2, chunk_shape=SHAPE)
