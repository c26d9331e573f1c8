"""Labelled maps out of published files: value iteration networks' training files, and the paper's split of them."""

from os import PathLike
from pathlib import Path
from typing import NamedTuple

import numpy as np

from agents.planning_labels import LabelledMaps
from envs.gridworld.files import read_mat
from envs.gridworld.files.errors import format_error
from envs.gridworld.files.mat import check_shape, read_integers
from envs.gridworld.files.mat5 import read_arrays

BATCH_KEYS = ("batch_im_data", "batch_value_data", "state_x_data", "state_y_data", "batch_label_data")
TRAIN_SHARE = (6, 7)
"""Numerator and denominator: so many of the batches train, in file order; the others are there to choose by."""


class Parts(NamedTuple):
    """Labels to learn from, and labels to choose by."""

    train: LabelledMaps
    held_out: LabelledMaps


def read_labelled(path: str | PathLike[str]) -> LabelledMaps:
    """A training `.mat` with its flat states as tasks, and its batches as rows of these.

    Raises ``MapFormatError`` where batches hold other maps, states or labels than the flat arrays.
    """
    path = Path(path)
    tasks = read_mat(path)
    if tasks.expert_action is None:
        raise format_error(path, "a test file has paths; labels are read from training files.")
    arrays, names = read_arrays(path, BATCH_KEYS)
    missing = [key for key in BATCH_KEYS if key not in arrays]
    if missing:
        raise format_error(path, f"expected the batched arrays {list(BATCH_KEYS)}, found {sorted(names)}.")
    batch_map = _maps_of_batches(path, arrays, tasks.blocked, tasks.goal)
    last, shape = tasks.size - 1, (len(batch_map), None)
    keys = ("state_x_data", "state_y_data", "batch_label_data")
    highs = (last, last, 7)
    row, col, label = (
        read_integers(path, key, check_shape(path, key, arrays[key], shape=shape), low=0, high=high)
        for key, high in zip(keys, highs, strict=True)
    )
    task_at = np.full(tasks.blocked.shape, -1, np.int32)
    task_at[tasks.task_map, *tasks.start.T] = np.arange(len(tasks.task_map), dtype=np.int32)
    batches = task_at[batch_map[:, None], row, col]
    if (batches < 0).any():
        raise format_error(path, f"batch {np.argwhere(batches < 0)[0, 0]} holds a state that the flat arrays have not.")
    if (wrong := tasks.expert_action[batches] != label).any():
        raise format_error(path, f"batch {np.argwhere(wrong)[0, 0]} and the flat arrays label a state differently.")
    return LabelledMaps(tasks.blocked, tasks.goal, tasks.task_map, tasks.start, tasks.expert_action, batches)


def split_published(labelled: LabelledMaps, share: float = 1.0) -> Parts:
    """The paper's split: the first 6/7 of the batches train, of these the first `share`; the last seventh is held out.

    Maps that are on both sides, by image and goal, are not held out.

    Raises:
        ValueError: a share outside (0, 1], or no batches.
    """
    if not 0.0 < share <= 1.0:
        raise ValueError(f"Expected a share in (0, 1], got {share}.")
    count = 0 if labelled.batches is None else len(labelled.batches)
    cut = TRAIN_SHARE[0] * count // TRAIN_SHARE[1]
    train, rest = labelled.of_batches(0, max(1, int(share * cut))), labelled.of_batches(cut, count)
    known = set(_keys(labelled.of_batches(0, cut)))
    return Parts(train, rest.of_maps(np.flatnonzero([key not in known for key in _keys(rest)])))


def _maps_of_batches(path: Path, arrays: dict[str, np.ndarray], blocked: np.ndarray, goal: np.ndarray) -> np.ndarray:
    """The map of each batch: both arrays hold the same maps in the same order."""
    images = check_shape(path, BATCH_KEYS[0], arrays[BATCH_KEYS[0]], shape=(None, blocked[0].size))
    values = check_shape(path, BATCH_KEYS[1], arrays[BATCH_KEYS[1]], shape=images.shape)
    changes = (images[1:] != images[:-1]).any(axis=1) | (values[1:] != values[:-1]).any(axis=1)
    found = np.concatenate([[0], np.cumsum(changes)])
    is_same = found[-1] + 1 == len(blocked)
    if is_same:
        is_goal = np.zeros(blocked.shape, bool)
        is_goal[np.arange(len(goal)), *goal.T] = True
        is_same = bool(((images == 0) == blocked.reshape(len(blocked), -1)[found]).all())
        is_same &= bool(((values == 10) == is_goal.reshape(len(goal), -1)[found]).all())
    if not is_same:
        raise format_error(path, "the batched and the flat arrays must hold the same maps in the same order.")
    return found


def _keys(labelled: LabelledMaps) -> list[tuple[bytes, bytes]]:
    pairs = zip(labelled.blocked, labelled.goal, strict=True)
    return [(blocked.tobytes(), goal.tobytes()) for blocked, goal in pairs]
