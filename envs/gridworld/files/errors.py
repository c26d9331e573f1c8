"""What the readers say when a file is missing or is not what its name promises."""

from difflib import get_close_matches
from os import PathLike
from pathlib import Path


class MapFormatError(ValueError):
    """A file of maps or tasks breaks its format; the message names the file and, for text, the line."""


def format_error(path: Path, message: str, *, line: int | None = None) -> MapFormatError:
    """The error to raise; `line` counts from 1."""
    place = f"{path}" if line is None else f"{path}, line {line}"
    return MapFormatError(f"{place}: {message}")


def check_file(path: str | PathLike[str]) -> Path:
    """`path` as a ``Path`` to an existing file.

    Raises ``FileNotFoundError`` with the nearest file name of that folder, or ``IsADirectoryError``.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder; expected a file.")
    if not path.is_file():
        raise FileNotFoundError(f"No file {path}. {_nearest(path)}")
    return path


def _nearest(path: Path) -> str:
    if not path.parent.is_dir():
        return f"The folder {path.parent} does not exist."
    names = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file())
    if not names:
        return f"The folder {path.parent} holds no files."
    nearest = get_close_matches(path.name, names, n=1, cutoff=0.0)[0]
    return f"Did you mean {nearest!r}? It is the nearest of {len(names)} in that folder."
