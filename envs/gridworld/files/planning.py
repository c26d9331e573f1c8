"""Planning data sets (`.npz`): maps, goals, distances in steps, best actions.

Source: omron-sinicx/planning-datasets, used by R. Yonetani et al., "Path Planning using Neural A* Search",
ICML 2021. A move to any of 8 neighbours costs 1 and may cut corners.
"""

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float32, Int32

from envs.core.naming import check_known
from envs.gridworld.files.compass import ACTIONS
from envs.gridworld.files.errors import check_file, format_error
from envs.gridworld.files.mat import check_shape

SPLITS = ("train", "validation", "test")
CHANNELS = ("N", "E", "W", "S", "NE", "NW", "SE", "SW")
UNREACHABLE = -1024


@dataclass(frozen=True, eq=False)
class PlanningMaps:
    """Maps of one split, each with a goal and the way there from everywhere.

    `distance` counts the moves to the goal [steps], nan at obstacles and where the goal cannot be reached.
    `actions` marks one best action per cell, in the order of `ACTIONS`, ties broken at random. The files fill
    it at obstacles and unreachable cells too: use it only where `distance` is finite.
    """

    path: Path
    split: str
    blocked: Bool[np.ndarray, "map row col"]
    goal: Int32[np.ndarray, "map 2"]
    distance: Float32[np.ndarray, "map row col"]
    actions: Bool[np.ndarray, "map action row col"]


def read_planning(path: str | PathLike[str], split: str) -> PlanningMaps:
    """Read the "train", "validation" or "test" maps of a file.

    Raises ``MapFormatError`` naming file, array and map, ``FileNotFoundError`` naming the nearest file,
    ``ValueError`` for an unknown split.
    """
    check_known("split", split, SPLITS)
    path = check_file(path)
    names = [f"arr_{4 * SPLITS.index(split) + offset}" for offset in range(4)]
    images, goals, policy, returns = _load_arrays(path, names)
    blocked = _read_blocked(path, names[0], images)
    num_maps, rows, cols = blocked.shape
    goal = _read_goals(path, names[1], check_shape(path, names[1], goals, shape=(num_maps, 1, rows, cols)))
    check_shape(path, names[2], policy, shape=(num_maps, len(CHANNELS), 1, rows, cols))
    check_shape(path, names[3], returns, shape=(num_maps, 1, rows, cols))
    distance = _read_distance(path, names[3], returns[:, 0])
    _check_goals(path, names[3], goal=goal, blocked=blocked, distance=distance)
    return PlanningMaps(path, split, blocked, goal, distance, _read_actions(path, names[2], policy[:, :, 0]))


def _load_arrays(path: Path, names: list[str]) -> list[np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as archive:
            found = list(archive.files)
            arrays = [archive[name] for name in names if name in found]
    # numpy answers damage with zip, zlib, value, end-of-file or attribute errors.
    except Exception as error:
        raise format_error(path, f"not a readable .npz file (truncated?): {error!r}.") from error
    if len(arrays) < len(names):
        raise format_error(path, f"expected the arrays {names}, found {found}.")
    return arrays


def _read_blocked(path: Path, name: str, images: np.ndarray) -> np.ndarray:
    check_shape(path, name, images, shape=(None, None, None))
    _check_binary(path, name, images)
    return images == 0


def _check_binary(path: Path, name: str, array: np.ndarray) -> None:
    strange = (array != 0) & (array != 1)
    if strange.any():
        index = np.unravel_index(int(np.argmax(strange)), strange.shape)
        where = tuple(int(axis) for axis in index)
        raise format_error(path, f"'{name}' must hold 0 and 1 alone, found {array[index]} at {where}.")


def _read_goals(path: Path, name: str, goals: np.ndarray) -> np.ndarray:
    _check_binary(path, name, goals)
    count = np.count_nonzero(goals, axis=(1, 2, 3))
    if (count != 1).any():
        index = int(np.argmax(count != 1))
        raise format_error(path, f"map {index}: '{name}' must mark one goal, found {count[index]}.")
    return np.argwhere(goals[:, 0])[:, 1:].astype(np.int32)


def _read_distance(path: Path, name: str, returns: np.ndarray) -> np.ndarray:
    reachable = returns != UNREACHABLE
    wrong = reachable & ~((returns <= 0) & (returns == np.floor(returns)))
    if wrong.any():
        index = tuple(np.argwhere(wrong)[0].tolist())
        expected = f"'{name}' must hold minus the number of steps, or {UNREACHABLE}"
        raise format_error(path, f"{expected}; found {returns[index]} at {index}.")
    return np.where(reachable, 0 - returns, np.nan).astype(np.float32)


def _check_goals(path: Path, name: str, *, goal: np.ndarray, blocked: np.ndarray, distance: np.ndarray) -> None:
    maps = np.arange(len(goal))
    wrong = blocked[maps, goal[:, 0], goal[:, 1]] | (distance[maps, goal[:, 0], goal[:, 1]] != 0)
    if wrong.any():
        index = int(np.argmax(wrong))
        row, col = goal[index].tolist()
        message = f"map {index}: the goal (row {row}, col {col}) must be a free cell at distance 0 in '{name}'."
        raise format_error(path, message)
    passable = np.isfinite(distance) & blocked
    if passable.any():
        where = tuple(np.argwhere(passable)[0].tolist())
        raise format_error(path, f"'{name}' gives a distance on the obstacle at {where} (map, row, col).")


def _read_actions(path: Path, name: str, policy: np.ndarray) -> np.ndarray:
    _check_binary(path, name, policy)
    count = policy.sum(axis=1)
    if (count != 1).any():
        index = tuple(np.argwhere(count != 1)[0].tolist())
        raise format_error(path, f"'{name}' must mark one action per cell, found {count[index]:g} at {index}.")
    return policy.astype(bool)[:, [CHANNELS.index(action) for action in ACTIONS]]
