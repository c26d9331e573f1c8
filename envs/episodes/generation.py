"""A generation: one folder with all arrays of a store, written in full before any manifest names it."""

import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np

from envs.core.atomic import sync_folder
from envs.episodes.growing import GrowingArray, Mark
from envs.episodes.layout import MANIFEST, RowSpec, file_name, generations
from envs.episodes.manifest import ArrayEntry


class Generation:
    """The arrays of a store while they grow, all by one episode at a time."""

    def __init__(self, folder: Path):
        folder.mkdir()
        self.folder = folder
        self.arrays: dict[str, GrowingArray] = {}
        self._torn = False

    def create(self, specs: Mapping[str, RowSpec]) -> None:
        """Start with empty arrays."""
        for name, spec in specs.items():
            self.arrays[name] = GrowingArray(self.folder / file_name(name), spec)

    def copy(self, source: Path, entries: Mapping[str, ArrayEntry]) -> None:
        """Start with the arrays of the finished generation at `source`, which stays as it is."""
        for name, entry in entries.items():
            file = self.folder / entry.file
            shutil.copyfile(source / entry.file, file)
            self.arrays[name] = GrowingArray(file, entry.spec, mark=Mark(entry.shape[0], int(entry.crc32, 16)))

    def append(self, rows: Mapping[str, np.ndarray]) -> None:
        """Add the rows of one episode to every array, or to none.

        None also when interrupted: Ctrl-C in here must leave arrays that a commit can still close.
        """
        marks = {name: array.mark for name, array in self.arrays.items()}
        try:
            for name, array in self.arrays.items():
                array.append(rows[name])
        except BaseException:
            self._torn = True  # stays so where not even this works, as on a full disk
            for name, array in self.arrays.items():
                array.rewind(marks[name])
            self._torn = False
            raise

    def finish(self) -> dict[str, ArrayEntry]:
        """Bring every file, and the folder itself, to the disk."""
        if self._torn:
            raise RuntimeError(f"Cannot commit {self.folder}: an episode was written in part and could not be undone.")
        entries = {name: array.finish() for name, array in self.arrays.items()}
        sync_folder(self.folder)
        return entries

    def discard(self) -> None:
        """Close and delete."""
        for array in self.arrays.values():
            with suppress(OSError):  # a full disk refuses the last flush; the file goes anyway
                array.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def remove_leftovers(store: Path, *, keep: str) -> None:
    """Delete older generations and what killed writers left; a file in use stays for the next commit."""
    for folder in generations(store):
        if folder.name != keep:
            shutil.rmtree(folder, ignore_errors=True)
    for file in store.glob(f".{MANIFEST}.*.tmp"):
        file.unlink(missing_ok=True)
