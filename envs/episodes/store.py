"""Read a store: memory-mapped arrays, checked before use."""

import json
import zlib
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int, Integer, Shaped

from envs.episodes.layout import EPISODE_ENDS, HEADER_BYTES, DamagedStoreError, npy_header
from envs.episodes.manifest import ArrayEntry, Manifest, read_manifest

Steps = int | np.integer | Integer[np.ndarray, "..."]
_CHUNK_BYTES = 1 << 20


class EpisodeStore:
    """N steps in E episodes, one after the other.

    `observations`: key -> array of N + E rows, `steps`: name -> N rows, `episodes`: name -> E rows, all
    mapped from disk and read-only; `episode_ends[e]` is the number of steps in the episodes 0 to e.
    """

    def __init__(self, path: Path, manifest: Manifest):
        folder = path / manifest.generation
        arrays = {name: open_array(folder / entry.file, entry) for name, entry in manifest.arrays.items()}
        self.path, self.manifest = path, manifest
        self.observations = _with_prefix(arrays, "observation/")
        self.steps = _with_prefix(arrays, "step/")
        self.episodes = _with_prefix(arrays, "episode/")
        self.episode_ends: Int[np.ndarray, " episode"] = arrays[EPISODE_ENDS]

    @classmethod
    def open(cls, path: str | Path, *, verify: bool = True) -> "EpisodeStore":
        """Open the store in the folder `path`.

        `verify=True` reads every file once and compares its checksum; `verify=False` leaves that out, and
        reads only the manifest, the headers and the episode ends.  Raises `DamagedStoreError` naming the
        file, what was expected and what was found, and ``FileNotFoundError`` where there is no such folder.
        """
        path = Path(path)
        manifest = read_manifest(path)
        try:
            store = cls(path, manifest)
            store._check(verify=verify)
        except (DamagedStoreError, FileNotFoundError):
            # A writer may have committed, and removed these files, since we read the manifest.
            if read_manifest(path).generation == manifest.generation:
                raise
            return cls.open(path, verify=verify)
        return store

    @property
    def num_steps(self) -> int:
        """N, over all episodes."""
        return self.manifest.num_steps

    @property
    def num_episodes(self) -> int:
        """E."""
        return self.manifest.num_episodes

    @property
    def env_id(self) -> str:
        """The environment the episodes come from."""
        return self.manifest.env_id

    @property
    def env_arguments(self) -> dict[str, Any]:
        """Its keyword arguments, as JSON gives them back."""
        return self.manifest.env_arguments

    @property
    def agent(self) -> str:
        """Name of the agent that acted."""
        return self.manifest.agent

    def episode_of(self, step: Steps) -> np.int64 | Int[np.ndarray, "..."]:
        """The episode of each step (both counted over the whole store)."""
        return np.searchsorted(self.episode_ends, step, side="right")

    def observation_row(self, step: Steps) -> np.int64 | Int[np.ndarray, "..."]:
        """The row of the observation that each step acted on; the next row is the one it led to."""
        return step + self.episode_of(step)

    def episode(self, index: int) -> dict[str, dict[str, Shaped[np.ndarray, "..."]]]:
        """Views of one episode, as a writer takes it: ``writer.add_episode(**store.episode(3))``."""
        if not 0 <= index < self.num_episodes:
            raise IndexError(f"Episode {index} of {self.path}: expected 0 to {self.num_episodes - 1}.")
        end = int(self.episode_ends[index])
        begin = int(self.episode_ends[index - 1]) if index else 0
        return {
            "observations": _rows(self.observations, begin + index, end + index + 1),
            "steps": _rows(self.steps, begin, end),
            "episode": {name: array[index, ...] for name, array in self.episodes.items()},
        }

    def describe(self) -> str:
        """A few lines for people: what it is, and every array with dtype, shape and size."""
        kind = f"{self.env_id} {json.dumps(self.env_arguments)} by {self.agent}"
        lines = [f"{kind}: {self.num_episodes} episodes, {self.num_steps} steps"]
        for name, entry in self.manifest.arrays.items():
            lines.append(f"  {name:<28} {entry.dtype:<4} {entry.shape} {entry.bytes / 1e6:.1f} MB")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[Any, ...]:
        # A pickled memory map would carry all its data; a worker process maps the same files instead.
        return partial(EpisodeStore.open, verify=False), (self.path,)

    def _check(self, *, verify: bool) -> None:
        folder = self.path / self.manifest.generation
        if verify:
            for entry in self.manifest.arrays.values():
                check_checksum(folder / entry.file, entry)
        check_episode_ends(folder / self.manifest.arrays[EPISODE_ENDS].file, self.episode_ends, self.num_steps)


def open_array(file: Path, entry: ArrayEntry) -> np.memmap:
    """Map one file of a store, once its size and header are what the manifest says."""
    if not file.is_file():
        raise DamagedStoreError(file, f"a file of {entry.bytes} bytes", "no such file")
    if (size := file.stat().st_size) != entry.bytes:
        raise DamagedStoreError(file, f"{entry.bytes} bytes", f"{size} bytes")
    expected = npy_header(entry.spec.dtype, entry.shape)
    with open(file, "rb") as handle:
        header = handle.read(HEADER_BYTES)
    if header != expected:
        raise DamagedStoreError(file, f"the header {_text(expected)}", _text(header))
    return np.load(file, mmap_mode="r")


def check_checksum(file: Path, entry: ArrayEntry) -> None:
    """Read the rows of one file and compare their CRC-32; memory stays at one chunk."""
    buffer, crc32 = memoryview(bytearray(_CHUNK_BYTES)), 0
    with open(file, "rb", buffering=0) as handle:
        handle.seek(HEADER_BYTES)
        while count := handle.readinto(buffer):
            crc32 = zlib.crc32(buffer[:count], crc32)
    if f"{crc32:08x}" != entry.crc32:
        raise DamagedStoreError(file, f"rows with the CRC-32 {entry.crc32}", f"{crc32:08x}")


def check_episode_ends(file: Path, ends: np.ndarray, num_steps: int) -> None:
    """Raise unless `ends` counts up, every episode has a step, and the last one ends with the last step."""
    if ends.dtype != np.int64 or ends.ndim != 1 or len(ends) == 0:
        raise DamagedStoreError(file, "int64 episode ends on one axis", f"{ends.dtype} of shape {ends.shape}")
    lengths = np.diff(ends, prepend=0)
    if (short := np.flatnonzero(lengths < 1)).size:
        found = f"{lengths[short[0]]} steps in episode {short[0]}"
        raise DamagedStoreError(file, "episode ends that increase from above 0", found)
    if ends[-1] != num_steps:
        raise DamagedStoreError(file, f"the last episode to end at step {num_steps}", str(ends[-1]))


def _rows(arrays: dict[str, np.ndarray], begin: int, end: int) -> dict[str, np.ndarray]:
    return {name: array[begin:end] for name, array in arrays.items()}


def _text(header: bytes) -> str:
    return repr(header[10:].strip().decode("ascii", errors="backslashreplace"))


def _with_prefix(arrays: dict[str, np.memmap], prefix: str) -> dict[str, np.ndarray]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
