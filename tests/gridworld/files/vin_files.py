"""VIN files written cell by cell, in both layouts."""

from pathlib import Path

import numpy as np
from scipy.io import savemat

# '@' obstacle, 'G' goal; asymmetric, so that a transposed reading shows.
BEND = ["@@@@@", "@..@@", "@@.@@", "@@..G", "@@@@@"]
BEND_PATH = [(1, 1), (2, 2), (3, 3), (3, 4)]
BEND_LABELS = [6, 6, 2, 1]  # SE, SE, E; the last is S from (2, 2): corners may be cut, steps may be straight
OPEN = ["...", ".@G", "..."]
OPEN_PATH = [(0, 0), (0, 1), (1, 2)]


def free_of(rows):
    return np.array([[glyph != "@" for glyph in row] for row in rows])


def values_of(rows, elsewhere):
    return np.array([[10 if glyph == "G" else elsewhere for glyph in row] for row in rows])


def train_arrays(maps, states, labels):
    """One state per row; `states` holds (map index, (row, col))."""
    owners = [maps[index] for index, _ in states]
    return {
        "im_data": np.array([free_of(rows).ravel() for rows in owners], np.uint8),
        "value_data": np.array([values_of(rows, 0).ravel() for rows in owners], np.uint8),
        "state_xy_data": np.array([cell for _, cell in states], np.uint8),
        "label_data": np.array(labels, np.uint8)[:, None],
    }


def path_arrays(maps, paths):
    cells = np.empty((len(paths), 1), object)
    for index, path in enumerate(paths):
        cells[index, 0] = (np.array(path) + 1).astype(np.uint8)
    return {
        "all_im_data": np.array([free_of(rows).ravel(order="F") for rows in maps], np.uint8),
        "all_value_data": np.array([values_of(rows, -1).ravel(order="F") for rows in maps], np.int16),
        "all_states_xy": cells,
    }


def bend_training():
    states = [(0, (1, 1)), (0, (2, 2)), (0, (3, 3)), (0, (2, 2))]
    return train_arrays([BEND], states, BEND_LABELS)


def write(folder: Path, arrays, name="some.mat", *, is_compressed=True) -> Path:
    savemat(folder / name, arrays, do_compression=is_compressed)
    return folder / name
