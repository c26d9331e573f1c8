"""Write a store of episodes as a Minari dataset, without losing a bit.

Observations, actions, rewards and ends are where Minari's users look for them; other arrays of steps, such as
expert_action, are infos; level, seed and metrics are metadata of each episode. `crossroads import` makes the same store
of it. Minari would compress what it takes for pictures as JPEG, which damages labels: here it never does.

  crossroads export --store stores/nav --minari crossroads/nav-v0
  crossroads export --store stores/nav --minari crossroads/nav-v0 --path datasets
  crossroads import --minari crossroads/nav-v0 --out stores/again
"""

import shutil
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from envs.episodes import EpisodeStore
from experiments.environments import make_env
from experiments.interchange import EPISODE, FACTS, check_name, dataset_folder, datasets_in, need, need_minari
from experiments.progress import progress_bar

STEPS = {"action": "actions", "reward": "rewards", "terminated": "terminations", "truncated": "truncations"}
"""Array of a store -> field of Minari's episodes."""


@dataclass(frozen=True)
class Args:
    """What to export, and under which name."""

    store: Path
    """Store of episodes, as `crossroads collect` writes it."""
    minari: str
    """Name of the dataset, with its version: crossroads/nav-v0."""
    path: Path | None = None
    """Folder of Minari's datasets; MINARI_DATASETS_PATH or ~/.minari/datasets."""
    overwrite: bool = False
    """Replace the dataset that is there."""


def export_minari(
    store: EpisodeStore, name: str, *, folder: Path | None = None, overwrite: bool = False, progress: bool = True
) -> Path:
    """Write `store` as the Minari dataset `name`; returns its folder, which is there once all of it is.

    Args:
        store: Episodes of one of our environments, which is made for its spaces.
        name: ``namespace/name-v0``.
        folder: Of Minari's datasets; None leaves it to Minari.
        overwrite: Replace the dataset that is there.
        progress: Show a bar.

    Raises:
        FileExistsError: there is one already.
        ValueError: a name that Minari does not take.
        ImportError: Minari is not installed.
    """
    check_name(name)
    minari = need_minari()
    env = make_env(store.env_id, store.env_arguments)
    with datasets_in(folder):
        path = dataset_folder(name)
        if path.exists() and not overwrite:
            raise FileExistsError(
                f"{path} holds a dataset already: --overwrite replaces it, or choose another version."
            )
        with TemporaryDirectory(prefix=".", dir=dataset_folder("")) as beside:
            with datasets_in(Path(beside)):
                _write(minari, store, name, env, progress)
                written = dataset_folder(name)
            _replace(path, written, Path(beside))
    return path


def _replace(path: Path, written: Path, beside: Path) -> None:
    """Move a finished dataset, with what Minari notes of the namespaces it is in, from `beside` to its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(path, ignore_errors=True)
    written.rename(path)
    root = path.parents[len(written.relative_to(beside).parts) - 1]
    for file in [found for found in beside.rglob("*") if found.is_file()]:
        if not (place := root / file.relative_to(beside)).exists():
            file.rename(place)


def _write(minari: Any, store: EpisodeStore, name: str, env: Any, progress: bool) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of authors and permalinks, which we cannot know
        dataset = minari.create_dataset_from_buffers(
            name,
            [],
            env=env,
            algorithm_name=store.agent,
            description=f"{store.env_id} {store.env_arguments} by {store.agent}",
            data_format="hdf5",
            jpeg_encoding=False,
        )
    with progress_bar(store.num_episodes, f"exporting {name}", unit="episodes", shown=progress) as bar:
        dataset.storage.update_episodes(_buffers(store, bar))
    facts = {"env_id": store.env_id, "env_arguments": store.env_arguments, "agent": store.agent}
    dataset.storage.update_metadata({FACTS: {**facts, "arrays": list(store.manifest.arrays)}})
    dataset.storage.update_episode_metadata(_metadata(store))


def _buffers(store: EpisodeStore, bar: Any) -> Iterator[Any]:
    """Episodes as Minari takes them."""
    collected = need("minari.data_collector").EpisodeBuffer
    for index in range(store.num_episodes):
        episode = store.episode(index)
        facts, steps = episode["episode"], episode["steps"]
        yield collected(
            seed=int(facts["seed"]),
            options={"level": int(facts["level"])},
            observations=dict(episode["observations"]),
            infos={name: array for name, array in steps.items() if name not in STEPS},
            **{STEPS[name]: steps[name] for name in STEPS},
        )
        bar.update()


def _metadata(store: EpisodeStore) -> Iterator[dict[str, np.generic | np.ndarray]]:
    for index in range(store.num_episodes):
        facts = store.episode(index)["episode"]
        yield {f"{EPISODE}/{name}": value[()] for name, value in facts.items()}


def main(args: Args) -> None:
    """Export, and say where to."""
    store = EpisodeStore.open(args.store)
    path = export_minari(store, args.minari, folder=args.path, overwrite=args.overwrite)
    print(f"{store.num_episodes} episodes, {store.num_steps} steps of {store.env_id} by {store.agent}")
    print(f"written: {path}")
