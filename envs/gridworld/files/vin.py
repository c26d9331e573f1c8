"""Gridworld tasks as published with Value Iteration Networks (`.mat`).

Source: A. Tamar et al., "Value Iteration Networks", NIPS 2016. Moves go to 8 neighbours, cost 1 or sqrt(2),
and may cut corners. The two layouts differ in more than their names:

layout | one row is | cells of a map   | coordinates (row, col)
train  | one state  | row by row       | from 0
test   | one map    | column by column | from 1, the path ends with the goal
"""

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int8, Int32

from envs.gridworld.files.errors import check_file, format_error
from envs.gridworld.files.expert import check_actions, check_paths, read_paths
from envs.gridworld.files.mat import (
    check_shape,
    read_blocked,
    read_goals,
    read_integers,
)
from envs.gridworld.files.mat5 import read_arrays

TRAIN_KEYS = ("im_data", "value_data", "state_xy_data", "label_data")
TEST_KEYS = ("all_im_data", "all_value_data", "all_states_xy")


@dataclass(frozen=True, eq=False)
class VinTasks:
    """Square maps with one goal each, and tasks: a start on a map and what the expert does there.

    `size` is the side of every map [cells] and `task_map` the map of each task. Training files give
    `expert_action`, an index into `ACTIONS`; test files give `expert_path`, the cells from start to goal,
    both included. The other one is None.
    """

    path: Path
    size: int
    blocked: Bool[np.ndarray, "map row col"]
    goal: Int32[np.ndarray, "map 2"]
    task_map: Int32[np.ndarray, " task"]
    start: Int32[np.ndarray, "task 2"]
    expert_action: Int8[np.ndarray, " task"] | None
    expert_path: tuple[Int32[np.ndarray, "_ 2"], ...] | None


def read_mat(path: str | PathLike[str]) -> VinTasks:
    """Read a training or a test file, told apart by the arrays in it.

    A training file's flat arrays are used, one task per state; its batches repeat states as padding. States
    that follow each other with the same image and goal share a map.

    Raises ``MapFormatError`` naming the array and the task, ``FileNotFoundError`` naming the nearest file.
    """
    path = check_file(path)
    arrays, names = read_arrays(path, TRAIN_KEYS + TEST_KEYS)
    if all(key in arrays for key in TEST_KEYS):
        return _read_test(path, arrays)
    if all(key in arrays for key in TRAIN_KEYS):
        return _read_train(path, arrays)
    raise format_error(
        path,
        f"expected the arrays {list(TRAIN_KEYS)} of a training file or {list(TEST_KEYS)} of a test file, "
        f"found {sorted(names)}.",
    )


def _read_train(path: Path, arrays: Mapping[str, np.ndarray]) -> VinTasks:
    images = check_shape(path, "im_data", arrays["im_data"], shape=(None, None))
    values = check_shape(path, "value_data", arrays["value_data"], shape=images.shape)
    cells = check_shape(path, "state_xy_data", arrays["state_xy_data"], shape=(len(images), 2))
    labels = check_shape(path, "label_data", arrays["label_data"], shape=(len(images), 1))
    is_first = _is_first_of_map(images, values)
    blocked = read_blocked(path, "im_data", images[is_first], order="C")
    goal = read_goals(path, "value_data", values[is_first], order="C")
    task_map = np.cumsum(is_first, dtype=np.int32) - np.int32(1)
    start = read_integers(path, "state_xy_data", cells, low=0, high=blocked.shape[1] - 1)
    action = read_integers(path, "label_data", labels, low=0, high=7)[:, 0]
    check_actions(path, blocked, task_map=task_map, start=start, action=action)
    return VinTasks(
        path,
        blocked.shape[1],
        blocked,
        goal,
        task_map,
        start,
        expert_action=action.astype(np.int8),
        expert_path=None,
    )


def _read_test(path: Path, arrays: Mapping[str, np.ndarray]) -> VinTasks:
    images = check_shape(path, "all_im_data", arrays["all_im_data"], shape=(None, None))
    values = check_shape(path, "all_value_data", arrays["all_value_data"], shape=images.shape)
    blocked = read_blocked(path, "all_im_data", images, order="F")
    goal = read_goals(path, "all_value_data", values, order="F")
    paths = read_paths(path, "all_states_xy", arrays["all_states_xy"], num_maps=len(images), size=blocked.shape[1])
    check_paths(path, blocked, goal=goal, paths=paths)
    return VinTasks(
        path,
        blocked.shape[1],
        blocked,
        goal,
        task_map=np.arange(len(paths), dtype=np.int32),
        start=np.stack([cells[0] for cells in paths]),
        expert_action=None,
        expert_path=paths,
    )


def _is_first_of_map(images: np.ndarray, values: np.ndarray) -> np.ndarray:
    # The arrays are column-major; comparing whole columns is the fast way round.
    changes = (images[1:] != images[:-1]).any(axis=1) | (values[1:] != values[:-1]).any(axis=1)
    return np.concatenate([[True], changes])
