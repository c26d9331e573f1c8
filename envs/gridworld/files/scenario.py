"""The rows of a MovingAI scenario: where to start, where to go, and how long the best path is.

A row is: bucket, map, map width, map height, start x, start y, goal x, goal y, optimal length.
"""

import math
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int32

from envs.gridworld.files.errors import check_file, format_error
from envs.gridworld.files.text import parse_integer, read_lines

_FIELDS = (
    "bucket",
    "map",
    "map width",
    "map height",
    "start x",
    "start y",
    "goal x",
    "goal y",
    "optimal length",
)


@dataclass(frozen=True, eq=False)
class Scenario:
    """The tasks of one `.scen` file, in file order.

    `size` is (rows, cols) of the map, `start` and `goal` are (row, col), `optimal_length` counts 1 per
    straight and sqrt(2) per diagonal move, `bucket` groups tasks of similar length.
    """

    path: Path
    map_name: str
    size: tuple[int, int]
    start: Int32[np.ndarray, "task 2"]
    goal: Int32[np.ndarray, "task 2"]
    optimal_length: Float64[np.ndarray, " task"]
    bucket: Int32[np.ndarray, " task"]


class _Row(NamedTuple):
    map_name: str
    size: tuple[int, int]
    start: tuple[int, int]
    goal: tuple[int, int]
    optimal_length: float
    bucket: int


def read_scenario(path: str | PathLike[str]) -> Scenario:
    """Read a scenario file of version 1, its fields separated by tabs or by spaces.

    Raises ``MapFormatError`` naming file and line, ``FileNotFoundError`` naming the nearest file.
    """
    path = check_file(path)
    lines = read_lines(path)
    if lines[0].split() not in (["version", "1"], ["version", "1.0"]):
        raise format_error(path, f"expected 'version 1' or 'version 1.0', found {lines[0][:40]!r}.", line=1)
    rows = _read_rows(path, lines)
    return Scenario(
        path,
        rows[0].map_name,
        rows[0].size,
        start=np.array([row.start for row in rows], np.int32),
        goal=np.array([row.goal for row in rows], np.int32),
        optimal_length=np.array([row.optimal_length for row in rows], np.float64),
        bucket=np.array([row.bucket for row in rows], np.int32),
    )


def _read_rows(path: Path, lines: list[str]) -> list[_Row]:
    numbers = [number for number in range(2, len(lines) + 1) if lines[number - 1].strip()]
    if not numbers:
        raise format_error(path, "the scenario has no rows.", line=1)
    rows = [_parse_row(path, number, lines[number - 1]) for number in numbers]
    for number, row in zip(numbers, rows, strict=True):
        _check_same_map(path, number, row=row, first=rows[0])
    return rows


def _check_same_map(path: Path, number: int, *, row: _Row, first: _Row) -> None:
    if (row.map_name, row.size) != (first.map_name, first.size):
        raise format_error(
            path,
            f"expected the map of the first row, {first.map_name!r} of {first.size} (rows, cols), "
            f"found {row.map_name!r} of {row.size}.",
            line=number,
        )


def _parse_row(path: Path, number: int, line: str) -> _Row:
    fields = _split(line)
    if len(fields) != len(_FIELDS):
        message = f"expected {len(_FIELDS)} fields ({', '.join(_FIELDS)}), found {len(fields)}."
        raise format_error(path, message, line=number)
    bucket, width, height, start_x, start_y, goal_x, goal_y = (
        _integer(path, number, index, fields[index]) for index in (0, 2, 3, 4, 5, 6, 7)
    )
    row = _Row(
        fields[1],
        (height, width),
        (start_y, start_x),
        (goal_y, goal_x),
        _length(path, number, fields[8]),
        bucket,
    )
    _check_inside(path, number, row)
    return row


def _split(line: str) -> list[str]:
    # With exactly the tabs of the format, map names may hold spaces.
    parts = line.split("\t") if line.count("\t") == len(_FIELDS) - 1 else line.split()
    return [part.strip() for part in parts]


def _integer(path: Path, number: int, index: int, text: str) -> int:
    value = parse_integer(text)
    if value is None:
        raise format_error(path, f"{_FIELDS[index]} must be an integer, found {text!r}.", line=number)
    return value


def _length(path: Path, number: int, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise format_error(path, f"optimal length must be a number of at least 0, found {text!r}.", line=number)
    return value


def _check_inside(path: Path, number: int, row: _Row) -> None:
    rows, cols = row.size
    for name, (y, x) in (("start", row.start), ("goal", row.goal)):
        if not (0 <= y < rows and 0 <= x < cols):
            message = f"the {name} x {x}, y {y} is outside the map of width {cols}, height {rows}."
            raise format_error(path, message, line=number)
