"""Make a store of episodes from a Minari dataset, to learn from: bit by bit what `crossroads export` had read.

Datasets that others recorded in these environments are taken too; episodes without level or seed get -1. One whose
pictures Minari has compressed as JPEG, its default, is refused: the labels in them are damaged.

  crossroads import --minari crossroads/nav-v0 --out stores/nav
  crossroads import --minari crossroads/nav-v0 --path datasets --out stores/nav --overwrite
  crossroads train --store stores/nav --agent behavior-cloning --out runs/cloned
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from gymnasium import spaces

from envs.episodes import EpisodeStore, EpisodeWriter
from envs.episodes.layout import MANIFEST, is_array_name
from experiments.export import STEPS
from experiments.folders import check_room
from experiments.interchange import EPISODE, FACTS, check_name, dataset_folder, datasets_in, need_minari
from experiments.progress import progress_bar

UNKNOWN = -1
"""Level or seed that a dataset does not tell."""
Record = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Args:
    """What to import, and where to keep it."""

    minari: str
    """Name of the dataset, with its version: crossroads/nav-v0."""
    out: Path
    """Folder of the store."""
    path: Path | None = None
    """Folder of Minari's datasets; MINARI_DATASETS_PATH or ~/.minari/datasets."""
    overwrite: bool = False
    """Replace the store that is there."""


def import_minari(name: str, out: str | Path, *, folder: Path | None = None, progress: bool = True) -> EpisodeStore:
    """Write the Minari dataset `name` as the store `out`, atomically: nothing is there before all is.

    Args:
        name: ``namespace/name-v0``.
        out: Folder of the store; one that is there is replaced.
        folder: Of Minari's datasets; None leaves it to Minari.
        progress: Show a bar.

    Raises:
        FileNotFoundError: no such dataset.
        ValueError: pictures compressed as JPEG, or observations that are neither arrays nor dictionaries of them.
        ImportError: Minari is not installed.
    """
    check_name(name)
    minari = need_minari()
    with datasets_in(folder):
        path = dataset_folder(name)
        if not (path / "data").is_dir():
            raise FileNotFoundError(f"No Minari dataset at {path}.")
        dataset = minari.load_dataset(name)
        check_lossless(dataset, name)
        bar = progress_bar(dataset.total_episodes, f"importing {name}", unit="episodes", shown=progress)
        with EpisodeWriter(out, **_origin(dataset)) as writer, bar:
            for record in _records(dataset):
                writer.add_episode(**record)
                bar.update()
    return EpisodeStore.open(out, verify=False)


def check_lossless(dataset: Any, name: str) -> None:
    """Raise ``ValueError`` where Minari has compressed observations as JPEG."""
    from minari.dataset.minari_storage import is_image_space

    if not dataset.storage.jpeg_encoding:
        return
    space = dataset.observation_space
    parts = space.spaces if isinstance(space, spaces.Dict) else {"observation": space}
    if damaged := [key for key, part in parts.items() if is_image_space(part)]:
        raise ValueError(f"{name} holds {damaged} as JPEG, which damages labels: record it with jpeg_encoding=False.")


def _origin(dataset: Any) -> dict[str, Any]:
    """Environment, its arguments, and who acted."""
    metadata = dataset.storage.metadata
    if FACTS in metadata:
        return {name: metadata[FACTS][name] for name in ("env_id", "env_arguments", "agent")}
    spec = dataset.env_spec
    if spec is None:
        raise ValueError(f"{dataset.id} does not tell which environment it comes from.")
    arguments = {name: value for name, value in spec.kwargs.items() if name not in ("world", "render_mode")}
    return {"env_id": spec.id, "env_arguments": arguments, "agent": metadata.get("algorithm_name", "unknown")}


def _records(dataset: Any) -> Iterator[Record]:
    """Episodes as a writer takes them, arrays in the order of the store that was exported."""
    indices = range(dataset.total_episodes)
    order = dataset.storage.metadata.get(FACTS, {}).get("arrays", [])
    episodes, metadata = dataset.storage.get_episodes(indices), dataset.storage.get_episode_metadata(indices)
    for episode, known in zip(episodes, metadata, strict=True):
        facts = known.get(EPISODE) or _facts(known)
        record = {"observations": _observations(episode), "steps": _steps(episode), "episode": facts}
        yield {kind: _ordered(values, kind.removesuffix("s"), order) for kind, values in record.items()}


def _observations(episode: dict[str, Any]) -> dict[str, np.ndarray]:
    found = episode["observations"]
    found = found if isinstance(found, dict) else {"observation": found}
    for key, value in found.items():
        if not isinstance(value, np.ndarray):
            raise ValueError(f"Observation {key!r}: expected an array, found {type(value).__name__}.")
    return found


def _steps(episode: dict[str, Any]) -> dict[str, np.ndarray]:
    steps = {name: np.asarray(episode[field]) for name, field in STEPS.items()}
    infos = {name: value for name, value in (episode["infos"] or {}).items() if isinstance(value, np.ndarray)}
    fitting = {name: value for name, value in infos.items() if _fits(name, value, len(steps["action"]))}
    return {**fitting, **steps}


def _fits(name: str, value: np.ndarray, length: int) -> bool:
    """Whether an info is a column of the steps; Minari's own have a row more, the reset's."""
    return is_array_name(f"step/{name}") and len(value) == length and value.dtype.kind in "biuf"


def _facts(known: dict[str, Any]) -> dict[str, int]:
    """Level and seed of an episode that others recorded."""
    seed = known.get("seed")
    level = known.get("options", {}).get("level", UNKNOWN)
    return {"level": int(level), "seed": UNKNOWN if seed is None else int(seed)}


def _ordered(values: dict[str, Any], kind: str, order: list[str]) -> dict[str, Any]:
    names = [name for name in (entry.removeprefix(f"{kind}/") for entry in order) if name in values]
    return {name: values[name] for name in dict.fromkeys([*names, *values])}


def main(args: Args) -> None:
    """Import, and describe the store."""
    check_room(args.out, MANIFEST, kind="store", resume=False, overwrite=args.overwrite)
    store = import_minari(args.minari, args.out, folder=args.path)
    print(store.describe())
    print(f"written: {args.out}")
