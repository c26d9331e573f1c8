"""Stream episodes to disk and commit them atomically."""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from jaxtyping import Shaped

from envs.core.atomic import sync_folder, write_atomically
from envs.episodes.generation import Generation, remove_leftovers
from envs.episodes.layout import EPISODE_ENDS, MANIFEST, DamagedStoreError, RowSpec, next_generation
from envs.episodes.lock import FolderLock
from envs.episodes.manifest import Manifest, as_json, check_rows, read_manifest
from envs.episodes.schema import check_specs, episode_rows, specs_of
from envs.episodes.store import EpisodeStore


class EpisodeWriter:
    """Writes episodes to the store in the folder `path`; use it in a ``with`` block.

    Nothing is visible to readers before `commit`, which `close` and a ``with`` block that ends well
    include.  A process killed at any point, or an exception inside the block, leaves the last commit as it
    was.  To keep what there is on Ctrl-C, catch ``KeyboardInterrupt`` *inside* the block: an interrupted
    episode is dropped whole.

    `resume=False` starts anew, and the first commit replaces whatever store was there.  `resume=True` goes
    on with the store at `path`, which must agree in env_id, env_arguments and agent (``ValueError``) and be
    whole (`DamagedStoreError`); where there is none yet, it starts one, so that the same call serves both
    times.

    The first episode fixes the arrays with their dtypes and row shapes.  Only one writer at a time may have a
    store open (`BusyStoreError`).  Memory stays that of one episode.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        env_id: str,
        env_arguments: Mapping[str, Any] | None = None,
        agent: str,
        resume: bool = False,
    ):
        self.path = Path(path)
        self._facts = {"env_id": env_id, "env_arguments": as_json(env_arguments or {}), "agent": agent}
        self.path.mkdir(parents=True, exist_ok=True)
        self._generation: Generation | None = None
        self._committed: Manifest | None = None
        self._closed = False
        self._lock = FolderLock(self.path)
        try:
            if resume and (self.path / MANIFEST).exists():
                self._committed = self._matching_store().manifest
        except BaseException:
            self._lock.release()
            raise

    @property
    def num_episodes(self) -> int:
        """Episodes written so far, those of a resumed store included."""
        return self._rows(EPISODE_ENDS)

    @property
    def num_steps(self) -> int:
        """Steps written so far, those of a resumed store included."""
        return self._rows("step/action")

    def add_episode(
        self,
        observations: Mapping[str, Shaped[np.ndarray, "..."]],
        steps: Mapping[str, Shaped[np.ndarray, "..."]],
        episode: Mapping[str, Any],
    ) -> None:
        """Write one episode of L steps.

        `observations`: key -> array ``[L + 1, ...]``, the one after the last step included.  `steps`: name
        -> array ``[L, ...]``, at least action, reward, terminated, truncated; row t belongs to the action
        taken on observation t.  `episode`: name -> value, at least level and seed.

        Raises ``ValueError`` naming the array, and writes nothing, where the episode does not fit.
        """
        if self._closed:
            raise ValueError(f"The writer of {self.path} is closed.")
        rows = episode_rows(observations, steps, episode)
        rows[EPISODE_ENDS] = np.array([self.num_steps + len(rows["step/action"])], np.int64)
        if (specs := self._specs()) is not None:
            check_specs(rows, specs)
        if self._generation is None:
            self._generation = self._begin(specs_of(rows))
        self._generation.append(rows)

    def commit(self) -> None:
        """Make all episodes added so far the store, atomically and durably; without new ones, do nothing.

        Adding may go on afterwards, at the price of one copy of the store's files: commit every few minutes,
        not after every episode.
        """
        if self._generation is None:
            return
        manifest = Manifest(
            generation=self._generation.folder.name,
            num_steps=self.num_steps,
            num_episodes=self.num_episodes,
            arrays=self._generation.finish(),
            **self._facts,
        )
        check_rows(self._generation.folder, manifest)
        sync_folder(self.path)  # the generation's name must survive whenever the manifest does
        write_atomically(self.path / MANIFEST, manifest.encode())
        self._generation, self._committed = None, manifest
        remove_leftovers(self.path, keep=manifest.generation)

    def close(self) -> None:
        """Commit and let the next writer in; more than once is fine."""
        if self._closed:
            return
        try:
            self.commit()
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Drop everything since the last commit and let the next writer in."""
        self._closed = True
        if self._generation is not None and not self._is_published(self._generation):
            self._generation.discard()
        self._generation = None
        self._lock.release()

    def __enter__(self) -> "EpisodeWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def _matching_store(self) -> EpisodeStore:
        store = EpisodeStore.open(self.path)
        for name, value in self._facts.items():
            if (found := getattr(store.manifest, name)) != value:
                raise ValueError(f"Cannot resume {self.path}: its {name} is {found!r}, the writer's is {value!r}.")
        return store

    def _is_published(self, generation: Generation) -> bool:
        """Whether an interrupt hit `commit` so late that the manifest already names the generation."""
        try:
            return read_manifest(self.path).generation == generation.folder.name
        except (DamagedStoreError, FileNotFoundError):
            return False

    def _begin(self, specs: Mapping[str, RowSpec]) -> Generation:
        generation = Generation(next_generation(self.path))
        try:
            if self._committed is None:
                generation.create(specs)
            else:
                generation.copy(self.path / self._committed.generation, self._committed.arrays)
        except BaseException:
            generation.discard()
            raise
        return generation

    def _specs(self) -> dict[str, RowSpec] | None:
        """The dtype and row shape of every array, once an episode has fixed them."""
        if self._generation is not None:
            return {name: array.spec for name, array in self._generation.arrays.items()}
        if self._committed is not None:
            return {name: entry.spec for name, entry in self._committed.arrays.items()}
        return None

    def _rows(self, array: str) -> int:
        if self._generation is not None:
            return self._generation.arrays[array].mark.rows
        return self._committed.arrays[array].shape[0] if self._committed is not None else 0
