import pickle
import tempfile
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from episodes.synthetic import (
    assert_holds,
    assert_same_episode,
    clock_episode,
    ending,
    random_episode,
    write_store,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from envs.episodes import EpisodeStore
from envs.episodes import store as module

DTYPES = st.one_of(
    npst.boolean_dtypes(),
    npst.integer_dtypes(endianness="?"),
    npst.unsigned_integer_dtypes(endianness="?"),
    npst.floating_dtypes(endianness="?", sizes=(16, 32, 64)),
)
SHAPES = npst.array_shapes(min_dims=0, max_dims=3, max_side=4)


@st.composite
def many_episodes(draw):
    specs = {name: (draw(DTYPES), draw(SHAPES)) for name in ("occupancy", "ego-2", "action", "level")}
    lengths = draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    return [_episode(draw, specs, length) for length in lengths]


def _episode(draw, specs, length):
    def array(name, *rows):
        dtype, shape = specs[name]
        return draw(npst.arrays(dtype, (*rows, *shape)))

    return {
        "observations": {name: array(name, length + 1) for name in ("occupancy", "ego-2")},
        "steps": {
            "action": array("action", length),
            "expert_action": array("action", length),
            **ending(length),
        },
        "episode": {"level": array("level"), "seed": 3},
    }


@settings(max_examples=60, deadline=None)
@given(episodes=many_episodes())
def test_whatever_is_written_is_read_back_bit_by_bit(episodes):
    with tempfile.TemporaryDirectory() as folder:
        store = write_store(Path(folder), episodes)
        assert_holds(store, episodes)
        lengths = [len(episode["steps"]["action"]) for episode in episodes]
        assert store.episode_ends.tolist() == np.cumsum(lengths).tolist()
        assert store.num_steps == sum(lengths)


def test_the_manifest_remembers_where_the_episodes_come_from(tmp_path):
    arguments = {"size": [5, 7], "slip": 0.1, "map": None}
    store = write_store(tmp_path, [random_episode(0)], env_arguments={**arguments, "size": (5, 7)}, agent="idm")
    assert (store.env_id, store.env_arguments, store.agent) == ("crossroads/GridNav-v0", arguments, "idm")
    assert store.manifest.created.keys() >= {"time", "numpy", "python"}


def test_numpy_alone_reads_the_files(tmp_path):
    store = write_store(tmp_path, [random_episode(0), random_episode(1)])
    actions = np.load(tmp_path / store.manifest.generation / "step.action.npy")
    np.testing.assert_array_equal(actions, store.steps["action"], strict=True)


def test_the_observation_of_step_t_in_episode_e_is_row_t_plus_e(tmp_path):
    store = write_store(tmp_path, [clock_episode(number, length) for number, length in enumerate((3, 1, 4))])
    steps = np.arange(store.num_steps)
    seen, reached = (store.observations["clock"][store.observation_row(steps) + later] for later in (0, 1))
    np.testing.assert_array_equal(seen, store.steps["action"])
    np.testing.assert_array_equal(reached, store.steps["action"] + [0, 1])
    np.testing.assert_array_equal(store.episode_of(steps), store.steps["action"][:, 0])
    assert store.observation_row(3) == 4


def test_arrays_are_read_only_memory_maps(tmp_path):
    store = write_store(tmp_path, [random_episode(0)])
    arrays = [
        *store.observations.values(),
        *store.steps.values(),
        *store.episodes.values(),
        store.episode_ends,
    ]
    assert all(isinstance(array, np.memmap) and not array.flags.writeable for array in arrays)


@pytest.mark.parametrize("verify", [False, True])
def test_opening_takes_little_memory_however_large_the_store(tmp_path, verify):
    write_store(tmp_path, [_large_episode(4_000)])
    tracemalloc.start()
    EpisodeStore.open(tmp_path, verify=verify)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**21 < 4_000 * 64 * 64 / 4


def test_opening_without_verification_never_touches_the_rows(tmp_path):
    store = write_store(tmp_path, [_large_episode(10)])
    with open(tmp_path / store.manifest.generation / "observation.occupancy.npy", "r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x07")
    assert EpisodeStore.open(tmp_path, verify=False).observations["occupancy"][-1, -1, -1] == 7


def test_a_pickled_store_carries_the_path_and_not_the_data(tmp_path):
    store = write_store(tmp_path, [_large_episode(500)])
    pickled = pickle.dumps(store)
    assert len(pickled) < 1000
    assert_same_episode(pickle.loads(pickled).episode(0), store.episode(0))


def test_an_episode_that_does_not_exist_is_an_index_error(tmp_path):
    store = write_store(tmp_path, [random_episode(0)])
    for index in (-1, 1):
        with pytest.raises(IndexError, match="expected 0 to 0"):
            store.episode(index)


def test_describe_names_env_agent_counts_and_arrays(tmp_path):
    text = write_store(tmp_path, [clock_episode(0, 3)]).describe()
    for part in (
        "crossroads/GridNav-v0",
        '"size": 9',
        "oracle",
        "1 episodes, 3 steps",
        "observation/clock",
        "(4, 2)",
    ):
        assert part in text


def test_a_commit_while_a_reader_opens_sends_it_to_the_new_generation(tmp_path, monkeypatch):
    write_store(tmp_path, [random_episode(0)])
    old = EpisodeStore.open(tmp_path).manifest
    write_store(tmp_path, [random_episode(1)])
    manifests = iter([old])
    read = module.read_manifest
    monkeypatch.setattr(module, "read_manifest", lambda path: next(manifests, None) or read(path))
    assert_holds(EpisodeStore.open(tmp_path), [random_episode(1)])


def _large_episode(length):
    occupancy = np.zeros((length + 1, 64, 64), np.int8)
    return {
        "observations": {"occupancy": occupancy},
        "steps": {"action": np.zeros(length), **ending(length)},
        "episode": {"level": 0, "seed": 0},
    }
