"""One writer at a time in a store's folder."""

from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: no such locks, and no check.
    fcntl = None


class BusyStoreError(RuntimeError):
    """Another writer, in this process or another one, has the store open."""


class FolderLock:
    """Held from construction to `release`; the system releases it when the process dies, also by kill -9."""

    def __init__(self, folder: Path):
        self._file = open(folder / ".lock", "wb")  # noqa: SIM115 (open as long as the lock is held)
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._file.close()
            raise BusyStoreError(f"Another writer has the episode store {folder} open.") from error
        except OSError:  # a file system without locks (some network mounts): go on unguarded
            pass

    def release(self) -> None:
        """Let the next writer in; more than once is fine."""
        self._file.close()
