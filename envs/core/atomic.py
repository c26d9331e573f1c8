"""Files that are either the old one or the new one, complete, whatever happens in between."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO


def write_atomically(path: str | Path, content: bytes | Callable[[BinaryIO], object]) -> None:
    """Replace the file at `path` by `content`: bytes, or a function that writes into the open binary file.

    A reader, or a process killed at any point, finds the previous file or the new one, never a part of one.
    When this returns, the new file has reached the disk.  An exception leaves the previous file in place.
    A kill may leave a hidden ``.<name>.<token>.tmp`` beside the file; it is safe to delete.
    """
    # Resolved, so that a symbolic link is written through and stays a link.
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        with open(temporary, "xb") as file:
            content(file) if callable(content) else file.write(content)
            sync_file(file)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def sync_file(file: BinaryIO) -> None:
    """Bring everything written to an open file to the disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: str | Path) -> None:
    """Bring a folder's names to the disk: only then does a new or replaced one survive a power cut."""
    if os.name == "nt":  # Windows cannot open a folder, and journals its names by itself.
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
