"""The expert's word in a VIN file, held against the maps it was given on."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Int32, Shaped

from envs.gridworld.files.compass import ACTIONS, moves_of
from envs.gridworld.files.errors import format_error
from envs.gridworld.files.mat import check_shape, read_integers

_ROW_MAJOR = "training images must be row-major (order 'C') and cells counted from 0"
_COLUMN_MAJOR = "test images must be column-major (order 'F') and cells counted from 1"

Nodes = Int32[np.ndarray, "_ 2"]


def read_paths(path: Path, key: str, cells: Any, *, num_maps: int, size: int) -> tuple[Nodes, ...]:
    """Paths of (row, col) from 0, one per map, out of a cell array of paths from 1."""
    if cells.dtype != object or cells.size != num_maps:
        expected = f"'{key}' must be a cell array of {num_maps} paths, one per image"
        raise format_error(path, f"{expected}; found {cells.dtype} of shape {cells.shape}.")
    items = enumerate(cells.ravel())
    return tuple(_read_path(path, f"path {index} of {key}", item, size) for index, item in items)


def check_paths(
    path: Path,
    blocked: Bool[np.ndarray, "map row col"],
    *,
    goal: Int32[np.ndarray, "map 2"],
    paths: tuple[Nodes, ...],
) -> None:
    """Raise ``MapFormatError`` unless every path moves from cell to cell over free ones to its goal."""
    cells = np.concatenate(paths)
    task = np.repeat(np.arange(len(paths)), [len(nodes) for nodes in paths])
    is_end = np.append(task[1:] != task[:-1], True)
    steps = np.append(np.abs(np.diff(cells, axis=0)).max(axis=1), 0)
    refuse = partial(_refuse, path, task=task, cells=cells)
    refuse(blocked[task, *cells.T], f"the expert path crosses an obstacle; {_COLUMN_MAJOR}")
    refuse(is_end & (cells != goal[task]).any(axis=1), f"the expert path ends off the goal; {_COLUMN_MAJOR}")
    refuse(~is_end & (steps != 1), "the expert path does not step to a neighbour")


def check_actions(
    path: Path,
    blocked: Bool[np.ndarray, "map row col"],
    *,
    task_map: Int32[np.ndarray, " task"],
    start: Int32[np.ndarray, "task 2"],
    action: Int32[np.ndarray, " task"],
) -> None:
    """Raise ``MapFormatError`` unless every state is free and its label leads to a free cell of the map."""
    after = start + moves_of()[action]
    outside = ((after < 0) | (after >= blocked.shape[1])).any(axis=1)
    inside = np.where(outside[:, None], start, after)
    wrong = outside | blocked[task_map, *inside.T]
    label = ACTIONS[action[int(np.argmax(wrong))]]
    refuse = partial(_refuse, path, task=np.arange(len(start)), cells=start)
    refuse(blocked[task_map, *start.T], f"the state lies on an obstacle; {_ROW_MAJOR}")
    refuse(wrong, f"the label {label} leads into an obstacle; {_ROW_MAJOR}")


def _read_path(path: Path, name: str, cells: Any, size: int) -> Nodes:
    # The files hold uint8, where 0 - 1 is 255: convert before counting from 0.
    nodes = check_shape(path, name, cells, shape=(None, 2))
    return read_integers(path, name, nodes, low=1, high=size) - np.int32(1)


def _refuse(
    path: Path,
    wrong: Bool[np.ndarray, " case"],
    what: str,
    *,
    task: Shaped[np.ndarray, " case"],
    cells: Int32[np.ndarray, "case 2"],
) -> None:
    """Raise for the first case that is wrong."""
    if wrong.any():
        index = int(np.argmax(wrong))
        row, col = cells[index].tolist()
        raise format_error(path, f"task {int(task[index])}, cell (row {row}, col {col}): {what}.")
