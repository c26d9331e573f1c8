import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from episodes.synthetic import clock_episode, write_store
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.episodes import WindowSampler

LENGTHS = (3, 1, 6, 2, 5)


@pytest.fixture(scope="module")
def store():
    with tempfile.TemporaryDirectory() as folder:
        yield clock_store(folder, LENGTHS)


def clock_store(folder, lengths):
    return write_store(Path(folder), [clock_episode(number, length) for number, length in enumerate(lengths)])


def naive_windows(lengths, *, horizon, history, lookahead, pad):
    """Window by window: (episode, time) of every observation and step, and which needed no padding."""
    for episode, length in enumerate(lengths):
        for now in range(length):
            seen = range(now - history + 1, now + lookahead + 1)
            done = range(now, now + horizon)
            observed = [0 <= time <= length for time in seen]
            stepped = [time < length for time in done]
            if pad or (all(observed) and all(stepped)):
                yield {
                    "observations": [(episode, min(max(time, 0), length)) for time in seen],
                    "actions": [(episode, min(time, length - 1)) for time in done],
                    "observation_mask": observed,
                    "step_mask": stepped,
                }


@settings(max_examples=120, deadline=None)
@given(
    lengths=st.lists(st.integers(1, 7), min_size=1, max_size=5),
    horizon=st.integers(1, 4),
    history=st.integers(1, 4),
    lookahead=st.integers(0, 4),
    pad=st.booleans(),
)
def test_every_window_equals_the_one_counted_by_hand(lengths, pad, **sizes):
    windows = list(naive_windows(lengths, pad=pad, **sizes))
    with tempfile.TemporaryDirectory() as folder:
        store = clock_store(folder, lengths)
        if not windows:
            with pytest.raises(ValueError, match=f"the longest episode has {max(lengths)}"):
                WindowSampler(store, pad=pad, **sizes)
            return
        sampler = WindowSampler(store, pad=pad, **sizes)
        batch = sampler.gather(np.arange(len(sampler)))
    found = {
        "observations": batch["observations"]["clock"],
        "actions": batch["steps"]["action"],
        "observation_mask": batch["observation_mask"],
        "step_mask": batch["step_mask"],
    }
    for name, array in found.items():
        assert array.tolist() == np.array([window[name] for window in windows]).tolist(), name


@pytest.mark.parametrize("pad", [False, True])
def test_no_window_crosses_the_end_of_an_episode(store, pad):
    sampler = WindowSampler(store, horizon=3, history=2, lookahead=3, pad=pad)
    batch = sampler.sample(500, np.random.default_rng(0))
    episodes = np.concatenate([batch["observations"]["clock"], batch["steps"]["action"]], axis=1)[..., 0]
    assert (episodes == episodes[:, :1]).all()


@pytest.mark.parametrize("pad", [False, True])
def test_an_epoch_shows_every_window_exactly_once_in_random_order(store, pad):
    sampler = WindowSampler(store, horizon=2, history=2, pad=pad)
    valid = [window["actions"][0] for window in naive_windows(LENGTHS, horizon=2, history=2, lookahead=0, pad=pad)]
    batches = list(sampler.epoch(4, np.random.default_rng(0)))
    shown = [tuple(action) for batch in batches for action in batch["steps"]["action"][:, 0].tolist()]
    assert shown != valid
    assert sorted(shown) == valid
    assert len(valid) == len(sampler)
    assert {len(batch["step_mask"]) for batch in batches[:-1]} == {4}


@pytest.mark.parametrize("pad", [False, True])
def test_samples_are_uniform_over_all_windows(store, pad):
    sampler, draws = WindowSampler(store, horizon=3, pad=pad), 60_000
    steps = sampler.sample(draws, np.random.default_rng(1))["decision_step"]
    counts = np.unique(steps, return_counts=True)[1]
    chance = 1 / len(sampler)
    assert len(counts) == len(sampler)
    assert np.abs(counts - draws * chance).max() < 5 * np.sqrt(draws * chance * (1 - chance))


def test_without_padding_world_models_see_one_observation_more_than_actions(store):
    batch = WindowSampler(store, horizon=4, lookahead=4, pad=False).sample(50, np.random.default_rng(0))
    clock, action = batch["observations"]["clock"], batch["steps"]["action"]
    assert clock.shape == (50, 5, 2)
    np.testing.assert_array_equal(clock[:, :-1], action)  # action t acts on observation t
    np.testing.assert_array_equal(clock[:, 1:, 1], action[..., 1] + 1)  # and leads to observation t + 1
    assert batch["observation_mask"].all()
    assert batch["step_mask"].all()


def test_padding_repeats_the_first_observation_and_the_last_step(store):
    sampler = WindowSampler(store, horizon=4, history=3)
    assert len(sampler) == store.num_steps
    first, last = sampler.gather(np.array([0])), sampler.gather(np.array([2]))  # episode 0 has three steps
    assert first["observations"]["clock"][0, :, 1].tolist() == [0, 0, 0]
    assert first["observation_mask"].tolist() == [[False, False, True]]
    assert first["step_mask"].tolist() == [[True, True, True, False]]
    assert last["observations"]["clock"][0, :, 1].tolist() == [0, 1, 2]
    assert last["steps"]["action"][0, :, 1].tolist() == [2, 2, 2, 2]
    assert last["step_mask"].tolist() == [[True, False, False, False]]


def test_the_decision_step_leads_back_to_the_episode(store):
    batch = WindowSampler(store, history=2, pad=False).sample(30, np.random.default_rng(0))
    np.testing.assert_array_equal(store.episode_of(batch["decision_step"]), batch["steps"]["action"][:, 0, 0])


def test_the_same_generator_draws_the_same_windows(store):
    sampler = WindowSampler(store, horizon=2)
    one, two = (sampler.sample(20, np.random.default_rng(5))["decision_step"] for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_only_the_named_arrays_are_fetched(store):
    batch = WindowSampler(store, observe=(), steps=("reward",)).sample(2, np.random.default_rng(0))
    assert (list(batch["observations"]), list(batch["steps"])) == ([], ["reward"])
    with pytest.raises(ValueError, match=r"Unknown observation 'clok'\. Did you mean 'clock'\?"):
        WindowSampler(store, observe=("clok",))
    with pytest.raises(ValueError, match="Unknown step array 'expert'"):
        WindowSampler(store, steps=("expert",))


@pytest.mark.parametrize(("name", "value"), [("horizon", 0), ("history", 0), ("lookahead", -1)])
def test_impossible_sizes_are_refused(store, name, value):
    with pytest.raises(ValueError, match=f"{name} must be at least .*, found {value}"):
        WindowSampler(store, **{name: value})


def test_windows_that_do_not_exist_are_an_index_error(store):
    sampler = WindowSampler(store)
    for number in (-1, len(sampler)):
        with pytest.raises(IndexError, match=f"0 to {len(sampler) - 1}"):
            sampler.gather(np.array([number]))


def test_windows_are_numbered_in_the_order_of_their_decision_steps(store):
    sampler = WindowSampler(store, horizon=2, history=2, pad=False)
    steps = sampler.gather(np.arange(len(sampler)))["decision_step"].tolist()
    assert all(one < next_one for one, next_one in pairwise(steps))
