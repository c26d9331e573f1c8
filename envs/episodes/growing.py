"""One ``.npy`` file that grows by rows, with a header that is filled in at the end."""

from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import numpy as np

from envs.core.atomic import sync_file
from envs.episodes.layout import HEADER_BYTES, RowSpec, npy_header
from envs.episodes.manifest import ArrayEntry


class Mark(NamedTuple):
    """A point to come back to: the rows so far and their checksum."""

    rows: int
    crc32: int


NO_ROWS = Mark(0, 0)


class GrowingArray:
    """Rows are appended to `file`, which is a valid ``.npy`` after `finish`; memory does not grow with them.

    A new file, or an existing one with the rows that `mark` says.
    """

    def __init__(self, file: Path, spec: RowSpec, *, mark: Mark = NO_ROWS):
        self.file, self.spec, self.mark = file, spec, mark
        self._handle = open(file, "r+b" if mark.rows else "xb")  # noqa: SIM115 (open until `finish`)
        self._handle.write(npy_header(spec.dtype, (mark.rows, *spec.shape)))
        self._handle.seek(self.num_bytes)

    @property
    def num_bytes(self) -> int:
        """Size of the finished file."""
        return HEADER_BYTES + self.mark.rows * self.spec.dtype.itemsize * int(np.prod(self.spec.shape))

    def append(self, rows: np.ndarray) -> None:
        """Add rows of this array's dtype and row shape."""
        data = np.ascontiguousarray(rows).reshape(-1).view(np.uint8).data
        self._handle.write(data)
        self.mark = Mark(self.mark.rows + len(rows), crc32(data, self.mark.crc32))

    def rewind(self, mark: Mark) -> None:
        """Forget the rows added since `mark`."""
        self.mark = mark
        self._handle.truncate(self.num_bytes)  # flushes first
        self._handle.seek(self.num_bytes)

    def finish(self) -> ArrayEntry:
        """Fill in the header, bring the file to the disk and close it; more than once is fine."""
        shape = (self.mark.rows, *self.spec.shape)
        if not self._handle.closed:
            self._handle.seek(0)
            self._handle.write(npy_header(self.spec.dtype, shape))
            sync_file(self._handle)
            self._handle.close()
        return ArrayEntry(self.file.name, shape, self.spec.dtype.str, self.num_bytes, f"{self.mark.crc32:08x}")

    def close(self) -> None:
        """Close the file as it is."""
        self._handle.close()
