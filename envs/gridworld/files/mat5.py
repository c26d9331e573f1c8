"""MAT-files of level 5 (MATLAB 5 to 7): their numeric arrays, and cell arrays of these.

Source: The MathWorks, "MAT-File Format". scipy's reader follows type codes unchecked and may crash the
interpreter on a damaged file; this one reads through checked views, and refuses.
"""

import struct
import zlib
from collections.abc import Collection
from math import prod
from pathlib import Path
from typing import NamedTuple

import numpy as np

from envs.gridworld.files.errors import format_error

# How numbers are stored may be narrower than their class: MATLAB packs whole doubles as bytes.
_STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_NUMBER_CLASSES = range(6, 16)
_CELL_CLASS = 1
_COMPLEX = 0x0800
_MATRIX, _COMPRESSED = 14, 15
_FILE_HEADER = 128
# Holds the header of any array that this reader can be asked for.
_PREVIEW = 1024


class _Header(NamedTuple):
    flags: int
    shape: tuple[int, ...]
    name: str
    end: int


def read_arrays(path: Path, keys: Collection[str]) -> tuple[dict[str, np.ndarray], list[str]]:
    """Those arrays of the file that `keys` names, and the names of all.

    Arrays come as they are stored, column-major and of the narrowest type; cell arrays as object arrays.

    Raises ``MapFormatError`` for a damaged file or another format.
    """
    data = memoryview(path.read_bytes())
    arrays, names, offset = {}, [], _FILE_HEADER
    try:
        _check_version(data)
        while offset < len(data):
            code, payload, offset = _element(data, offset)
            names.append(_name(code, payload))
            if names[-1] in keys:
                arrays[names[-1]] = _read_matrix(_inflate(code, payload), names[-1])
    except (ValueError, struct.error, zlib.error) as error:
        raise format_error(path, f"not a readable .mat file of MATLAB 5 to 7: {error}.") from error
    return arrays, names


def _check_version(data: memoryview) -> None:
    version, order = bytes(data[124:126]), bytes(data[126:128])
    if order == b"IM" and version == b"\x00\x02":
        raise ValueError("it is of version 7.3; save it with '-v7'")
    if (version, order) != (b"\x00\x01", b"IM"):
        raise ValueError(f"expected a little-endian header of version 1, found {(version + order)!r}")


def _element(data: memoryview, offset: int) -> tuple[int, memoryview, int]:
    """Type code and content of the element at `offset`, and where the next one starts."""
    code, size = struct.unpack_from("<II", data, offset)
    start = offset + 8
    if code >> 16:  # a small element: size, code and up to 4 bytes of content share 8 bytes
        code, size, start = code & 0xFFFF, code >> 16, offset + 4
    end = start + size
    if end > len(data) or (start < offset + 8 and size > 4):
        raise ValueError(f"an element of {size} bytes does not fit at byte {offset} of {len(data)}")
    return code, data[start:end], end if code == _COMPRESSED else end + (-end % 8)


def _name(code: int, payload: memoryview) -> str:
    if code not in (_MATRIX, _COMPRESSED):
        raise ValueError(f"expected an array, found an element of type {code}")
    preview = zlib.decompressobj().decompress(payload, _PREVIEW)[8:] if code == _COMPRESSED else payload
    return _read_header(memoryview(preview)).name


def _inflate(code: int, payload: memoryview) -> memoryview:
    if code == _MATRIX:
        return payload
    inner, matrix, _ = _element(memoryview(zlib.decompress(payload)), 0)
    if inner != _MATRIX:
        raise ValueError(f"expected a compressed array, found an element of type {inner}")
    return matrix


def _read_header(matrix: memoryview) -> _Header:
    _, flags, offset = _element(matrix, 0)
    _, sizes, offset = _element(matrix, offset)
    _, name, offset = _element(matrix, offset)
    shape = tuple(np.frombuffer(sizes, "<i4").tolist())
    if min(shape, default=-1) < 0:
        raise ValueError(f"an array cannot have the shape {shape}")
    return _Header(struct.unpack_from("<I", flags)[0], shape, bytes(name).decode("latin-1"), offset)


def _read_matrix(matrix: memoryview, key: str) -> np.ndarray:
    header = _read_header(matrix)
    if header.flags & 0xFF == _CELL_CLASS:
        return _read_cells(matrix, header, key)
    return _read_numbers(matrix, header, key)


def _read_numbers(matrix: memoryview, header: _Header, key: str) -> np.ndarray:
    kind = header.flags & 0xFF
    code, content, _ = _element(matrix, header.end)
    if kind not in _NUMBER_CLASSES or code not in _STORED or header.flags & _COMPLEX:
        raise ValueError(f"'{key}' must hold real numbers, found class {kind} stored as type {code}")
    values = np.frombuffer(content, "<" + _STORED[code])
    if values.size != prod(header.shape):
        raise ValueError(f"'{key}' of shape {header.shape} has {values.size} values")
    return values.reshape(header.shape, order="F")


def _read_cells(matrix: memoryview, header: _Header, key: str) -> np.ndarray:
    items, offset = [], header.end
    while offset < len(matrix):
        code, content, offset = _element(matrix, offset)
        if code != _MATRIX:
            raise ValueError(f"'{key}' must hold arrays in its cells, found an element of type {code}")
        items.append(_read_numbers(content, _read_header(content), key))
    if len(items) != prod(header.shape):
        raise ValueError(f"'{key}' of shape {header.shape} has {len(items)} cells")
    cells = np.empty(len(items), object)
    for index, item in enumerate(items):  # assigned at once, arrays of one shape would be stacked
        cells[index] = item
    return cells.reshape(header.shape, order="F")
