"""Demonstrations: one store for each place, the oracle's, which all entrants learn from."""

from pathlib import Path

import agents
from envs.episodes import EpisodeStore, read_manifest
from envs.episodes.layout import MANIFEST
from experiments.collect import collect
from experiments.comparison.runs import short, store_of
from experiments.comparison.study import Place
from experiments.environments import make_env


def ensure_store(place: Place, out: Path, *, progress: bool = True) -> Path:
    """The store of a place, recorded as far as it is not there yet.

    Raises:
        ValueError: a store that was given, of another environment.
        DamagedStoreError: it is damaged.
    """
    path = store_of(place, out)
    if place.store is not None:
        check_store(place)
    elif not is_recorded(place, out):
        env = make_env(place.env, place.arguments)
        oracle = agents.make("oracle", env)
        collect(oracle, env, path, episodes=place.demonstrations, num_envs=64, resume=True, progress=progress)
    return path


def is_recorded(place: Place, out: Path) -> bool:
    """Whether all its demonstrations are there."""
    path = store_of(place, out)
    return (path / MANIFEST).is_file() and read_manifest(path).num_episodes >= place.demonstrations


def check_store(place: Place) -> None:
    """Raise ``ValueError`` unless the store that was given comes from the environment of its place."""
    store = EpisodeStore.open(place.store or "", verify=True)
    if short(store.env_id) != short(place.env):
        raise ValueError(f"{place.name} and {place.store} disagree: {place.env} and {short(store.env_id)}.")
