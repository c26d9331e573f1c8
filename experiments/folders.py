"""Folders that commands write to: never replaced, and never resumed, by accident."""

from pathlib import Path


def check_room(folder: Path, marker: str, *, kind: str, resume: bool, overwrite: bool) -> None:
    """Refuse to replace what is in `folder` unless asked to; the file `marker` tells that something is.

    Raises:
        ValueError: --resume and --overwrite at once.
        FileExistsError: something is in the way.
    """
    if resume and overwrite:
        raise ValueError("Expected --resume or --overwrite, got both.")
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"{folder} is a file; a {kind} is a folder.")
    if (folder / marker).exists() and not (resume or overwrite):
        raise FileExistsError(f"{folder} holds a {kind} already: --resume goes on with it, --overwrite replaces it.")
