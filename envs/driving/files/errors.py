"""What the readers of recordings say when a file is not what they expect, or when a library is missing."""

from importlib import import_module
from pathlib import Path
from types import ModuleType


class RecordingFormatError(ValueError):
    """A recording breaks its format; the message names the file, and the line or the element."""


def format_error(path: Path, message: str, *, line: int | None = None) -> RecordingFormatError:
    """The error to raise; `line` counts from 1."""
    place = f"{path}" if line is None else f"{path}, line {line}"
    return RecordingFormatError(f"{place}: {message}")


def need(module: str, path: Path) -> ModuleType:
    """A module of the `data` extra; `ImportError` with the cure where it is not installed."""
    try:
        return import_module(module)
    except ImportError as error:
        library = module.partition(".")[0]
        cure = "install the extra of this project that brings it: pip install 'crossroads[data]'"
        raise ImportError(f"Reading {path} needs {library}, which is not installed; {cure}.") from error
