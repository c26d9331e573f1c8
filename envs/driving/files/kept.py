"""Recordings that were read lately: many worlds on one file read it once."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from envs.driving.files.recording import RawRecording, Recording, assemble
from envs.driving.files.tracks import EgoNeeds

KEPT = 32
"""Recordings."""
Stamp = tuple[tuple[str, int, int], ...]
"""Of every file: its name, when it was changed [ns], and its size."""


@lru_cache(maxsize=KEPT)
def kept(read: Callable[[Path], RawRecording], source: Path, needs: EgoNeeds, stamp: Stamp) -> Recording:
    """The recording at `source`, read and assembled unless it was lately. Nobody writes to its arrays.

    Args:
        read: How to.
        source: A file or a folder.
        needs: Who can be driven in it.
        stamp: Of `stamp_of`: another one makes it another recording.
    """
    return assemble(read(source), needs)


def stamp_of(source: Path) -> Stamp:
    """What tells whether a recording is still the one that was read.

    Scenarios and logs of Argoverse are all the files of a folder; a CommonRoad scenario is one.
    """
    folder = source if source.is_dir() else source.parent
    files = [source] if source.suffix == ".xml" else sorted(file for file in folder.rglob("*") if file.is_file())
    return tuple((str(file.resolve()), (facts := file.stat()).st_mtime_ns, facts.st_size) for file in files)
