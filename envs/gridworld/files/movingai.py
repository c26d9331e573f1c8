"""MovingAI benchmark maps (`.map`) and scenarios (`.scen`).

Source: N. R. Sturtevant, "Benchmarks for Grid-Based Pathfinding", 2012. The files say (x, y), x the column
and y the row from the top; everything returned here is (row, col). Optimal lengths use 8 moves, diagonals of
sqrt(2), and never cut a corner.
"""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from jaxtyping import Bool, UInt8

from envs.core.naming import unknown_name
from envs.gridworld.files.errors import check_file, format_error
from envs.gridworld.files.scenario import Scenario, read_scenario
from envs.gridworld.files.text import parse_integer, read_lines

__all__ = [
    "BLOCKED_GLYPHS",
    "FREE_GLYPHS",
    "GridFile",
    "Scenario",
    "check_scenario",
    "read_map",
    "read_scenario",
]

FREE_GLYPHS = ".GS"
BLOCKED_GLYPHS = "@OTW"


@dataclass(frozen=True, eq=False)
class GridFile:
    """`blocked` is True where a cell cannot be entered, `glyphs` holds the file's characters (ASCII)."""

    path: Path
    blocked: Bool[np.ndarray, "row col"]
    glyphs: UInt8[np.ndarray, "row col"]


def read_map(path: str | PathLike[str]) -> GridFile:
    """Read an octile map of any height and width.

    `.` and `G` are ground and `S` is swamp: free. `@`, `O` and `T` are blocked. `W` is water: the benchmark
    lets one move between water cells but not between water and ground. Here all free cells are of one kind,
    so water counts as blocked; `glyphs` keeps the difference.

    Raises ``MapFormatError`` naming file and line, ``FileNotFoundError`` naming the nearest file.
    """
    path = check_file(path)
    lines = read_lines(path)
    height, width, first = _read_header(path, lines)
    rows = _check_rows(path, lines[first:], size=(height, width), first=first)
    glyphs = _read_glyphs(path, rows, first)
    return GridFile(path, np.isin(glyphs, _codes(BLOCKED_GLYPHS)), glyphs)


def check_scenario(scenario: Scenario, grid: GridFile) -> None:
    """Raise ``MapFormatError`` unless `scenario` fits `grid`: same size, starts and goals on free cells."""
    if scenario.size != grid.blocked.shape:
        raise format_error(
            scenario.path,
            f"row 0 is for a map of {scenario.size} (rows, cols), but {grid.path} is {grid.blocked.shape}; "
            "scenarios that scale their map are not supported.",
        )
    for name, cells in (("start", scenario.start), ("goal", scenario.goal)):
        _check_free(name, cells, scenario, grid)


def _check_free(name: str, cells: np.ndarray, scenario: Scenario, grid: GridFile) -> None:
    on_wall = grid.blocked[cells[:, 0], cells[:, 1]]
    if on_wall.any():
        index = int(np.argmax(on_wall))
        row, col = cells[index].tolist()
        raise format_error(
            scenario.path,
            f"row {index} (counted from 0): the {name} (row {row}, col {col}) lies on "
            f"{chr(grid.glyphs[row, col])!r}, which cannot be entered, in {grid.path}.",
        )


def _read_header(path: Path, lines: list[str]) -> tuple[int, int, int]:
    """Height, width and the index of the first row of the map."""
    header: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(lines, start=1):
        key, _, value = line.strip().replace("\t", " ").partition(" ")
        if key == "map":
            _check_type(path, header, number)
            return _size(path, header, "height", number), _size(path, header, "width", number), number
        _check_key(path, key, header, number)
        header[key] = (number, value.strip())
    raise format_error(path, "the file ends before the line 'map'.", line=len(lines))


def _check_key(path: Path, key: str, header: dict[str, tuple[int, str]], number: int) -> None:
    if key in header:
        raise format_error(path, f"{key!r} is given twice, first on line {header[key][0]}.", line=number)
    if key not in ("type", "height", "width"):
        message = unknown_name("header line", key[:40], ["type", "height", "width", "map"])
        raise format_error(path, message, line=number)


def _check_type(path: Path, header: dict[str, tuple[int, str]], end: int) -> None:
    number, kind = header.get("type", (end, None))
    if kind is None:
        raise format_error(path, "the header has no 'type'; expected 'type octile'.", line=end)
    if kind != "octile":
        raise format_error(path, unknown_name("map type", kind, ["octile"]), line=number)


def _size(path: Path, header: dict[str, tuple[int, str]], key: str, end: int) -> int:
    if key not in header:
        raise format_error(path, f"the header has no {key!r}.", line=end)
    number, text = header[key]
    value = parse_integer(text)
    if value is None or value < 1:
        raise format_error(path, f"{key} must be a positive integer, found {text!r}.", line=number)
    return value


def _check_rows(path: Path, rows: list[str], *, size: tuple[int, int], first: int) -> list[str]:
    height, width = size
    if len(rows) < height:
        message = f"truncated: expected {height} rows, the file ends after {len(rows)}."
        raise format_error(path, message, line=first + len(rows))
    for number, row in enumerate(rows[:height], start=first + 1):
        if len(row) != width:
            raise format_error(path, f"expected a row of {width} cells, found {len(row)}.", line=number)
    if len(rows) > height:
        message = f"expected {height} rows, found {len(rows)}; the first one too many is here."
        raise format_error(path, message, line=first + height + 1)
    return rows


def _read_glyphs(path: Path, rows: list[str], first: int) -> np.ndarray:
    codes = _codes("".join(rows)).reshape(len(rows), -1)
    unknown = np.argwhere(~np.isin(codes, _codes(FREE_GLYPHS + BLOCKED_GLYPHS)))
    if len(unknown):
        row, col = unknown[0].tolist()
        message = unknown_name("map character", rows[row][col], FREE_GLYPHS + BLOCKED_GLYPHS)
        raise format_error(path, f"row {row}, col {col}: {message}", line=first + row + 1)
    return codes.astype(np.uint8)


def _codes(text: str) -> np.ndarray:
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
