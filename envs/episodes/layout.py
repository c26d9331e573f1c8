"""How a store lies on disk: names, files, rows, and the header of each file.

    store/manifest.json                                 which generation is the store, and all it holds
    store/generation-000002/step.action.npy             array "step/action": N rows, one per step
    store/generation-000002/observation.occupancy.npy   array "observation/occupancy": N + E rows
    store/generation-000002/episode.level.npy           array "episode/level": E rows, one per episode
    store/generation-000002/episode_ends.npy            array "episode_ends": E rows, cumulative step counts

N steps in E episodes.  An episode of L steps has L + 1 observations, so step t of the whole store, in episode
e, saw observation row t + e and led to row t + e + 1.
"""

import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

MANIFEST = "manifest.json"
EPISODE_ENDS = "episode_ends"
# A constant, so that the header can be written again once the number of rows is known.
HEADER_BYTES = 256
_NAME = re.compile(r"(step|observation|episode)/[A-Za-z0-9_-]+|episode_ends")
_GENERATION = re.compile(r"generation-(\d{6,})")


class DamagedStoreError(ValueError):
    """A file of an episode store is not what it should be: `file`, what was `expected`, what was `found`."""

    def __init__(self, file: str | Path, expected: str, found: str):
        # All three go to the base class, so that the error pickles (it may be raised in a worker process).
        super().__init__(file, expected, found)
        self.file, self.expected, self.found = Path(file), expected, found

    def __str__(self) -> str:
        return f"Damaged episode store: {self.file}: expected {self.expected}, found {self.found}."


class RowSpec(NamedTuple):
    """dtype and shape of one row of an array."""

    dtype: np.dtype
    shape: tuple[int, ...]


def is_array_name(name: str) -> bool:
    """Whether `name` is ``"step/..."``, ``"observation/..."``, ``"episode/..."`` or ``"episode_ends"``."""
    return _NAME.fullmatch(name) is not None


def file_name(array: str) -> str:
    """File of the array called `array` inside its generation's folder."""
    return array.replace("/", ".") + ".npy"


def expected_rows(array: str, *, num_steps: int, num_episodes: int) -> int:
    """Rows of an array: one per step, one more per episode for observations, or one per episode."""
    rows = {"step": num_steps, "observation": num_steps + num_episodes}
    return rows.get(array.partition("/")[0], num_episodes)


def is_generation(name: str) -> bool:
    """Whether a folder of this name holds a generation."""
    return _GENERATION.fullmatch(name) is not None


def generations(store: Path) -> list[Path]:
    """All generation folders of a store: the committed one, and any that a killed writer left behind."""
    return [folder for folder in store.iterdir() if is_generation(folder.name)]


def next_generation(store: Path) -> Path:
    """A generation folder that does not exist yet; numbers of leftovers are not used again."""
    numbers = [int(folder.name.partition("-")[2]) for folder in generations(store)]
    return store / f"generation-{max(numbers, default=0) + 1:06d}"


def npy_header(dtype: np.dtype, shape: tuple[int, ...]) -> bytes:
    """The first `HEADER_BYTES` of a ``.npy`` file (format 1.0), C order.

    Ours rather than numpy's, whose padding is its own affair: with fixed bytes, reading checks a header by
    comparing it, so that no damaged one is ever parsed.

    Source: numpy/lib/format.py, "Format Version 1.0".
    """
    text = f"{{'descr': {dtype.str!r}, 'fortran_order': False, 'shape': {shape!r}, }}"
    space = HEADER_BYTES - 10
    if len(text) >= space:
        raise ValueError(f"A shape of {len(shape)} axes does not fit the header of an episode store: {shape}.")
    return b"\x93NUMPY\x01\x00" + space.to_bytes(2, "little") + text.ljust(space - 1).encode() + b"\n"
