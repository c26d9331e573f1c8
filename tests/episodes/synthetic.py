"""Small episodes whose content says where it belongs."""

from pathlib import Path

import numpy as np

from envs.episodes import EpisodeStore, EpisodeWriter

ORIGIN = {"env_id": "crossroads/GridNav-v0", "env_arguments": {"size": 9}, "agent": "oracle"}


def clock_episode(number: int, length: int) -> dict[str, dict]:
    """Observation t is (number, t); so is the action of step t."""
    clock = np.stack([np.full(length + 1, number), np.arange(length + 1)], axis=1)
    return {
        "observations": {"clock": clock},
        "steps": {"action": clock[:-1], **ending(length)},
        "episode": {"level": number, "seed": 1000 + number},
    }


def random_episode(number: int) -> dict[str, dict]:
    """The same for the same number, another one for another."""
    rng = np.random.default_rng(number)
    length = int(rng.integers(1, 9))
    return {
        "observations": {
            "occupancy": rng.integers(0, 2, (length + 1, 2, 4, 3), dtype=np.int8),
            "ego": rng.normal(size=(length + 1, 5)).astype(np.float32),
        },
        "steps": {"action": rng.integers(0, 8, length), **ending(length), "reward": rng.normal(size=length)},
        "episode": {"level": number, "seed": 7 * number, "success": float(rng.random())},
    }


def ending(length: int) -> dict[str, np.ndarray]:
    """Reward and flags of an episode that is terminated by its last step."""
    last = np.arange(length) == length - 1
    return {"reward": last.astype(np.float64), "terminated": last, "truncated": np.zeros(length, bool)}


def write_store(path: Path, episodes, **options) -> EpisodeStore:
    """A store with these episodes."""
    with EpisodeWriter(path, **{**ORIGIN, **options}) as writer:
        for episode in episodes:
            writer.add_episode(**episode)
    return EpisodeStore.open(path)


def assert_same_episode(found: dict[str, dict], expected: dict[str, dict]) -> None:
    """Equal names, values, shapes and dtypes."""
    for kind, arrays in expected.items():
        assert found[kind].keys() == arrays.keys()
        for name, array in arrays.items():
            np.testing.assert_array_equal(found[kind][name], array, strict=kind != "episode", err_msg=name)
            assert found[kind][name].dtype == np.asarray(array).dtype


def assert_holds(store: EpisodeStore, episodes) -> None:
    """The store has exactly these episodes."""
    assert store.num_episodes == len(episodes)
    for index, episode in enumerate(episodes):
        assert_same_episode(store.episode(index), episode)
