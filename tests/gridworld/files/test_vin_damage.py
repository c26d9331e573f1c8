"""Damaged VIN files are refused, and the message names array, task and cell."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from gridworld.files.vin_files import (
    BEND,
    BEND_PATH,
    OPEN,
    bend_training,
    free_of,
    path_arrays,
    train_arrays,
    write,
)

from envs.gridworld.files.errors import MapFormatError
from envs.gridworld.files.vin import read_mat


def refusal(folder: Path, arrays) -> str:
    path = write(folder, arrays)
    with pytest.raises(MapFormatError) as caught:
        read_mat(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_missing_arrays_are_listed_beside_those_expected(tmp_path):
    arrays = bend_training()
    del arrays["label_data"]
    message = refusal(tmp_path, arrays)
    assert "'label_data'] of a training file" in message
    assert "found ['im_data', 'state_xy_data', 'value_data']" in message


def replaced(arrays, name, index, value):
    changed = arrays[name].astype(float)
    changed[index] = value
    return arrays | {name: changed}


@pytest.mark.parametrize(
    ("name", "index", "value", "said"),
    [
        ("im_data", (2, 7), 3, "'im_data' must hold 0 and 1 alone, found 3.0 in image"),
        ("im_data", (0, 0), np.nan, "'im_data' must hold 0 and 1 alone, found nan"),
        (
            "value_data",
            (slice(None), 19),
            0,
            "image 0 of 'value_data' has no single goal: expected 10 at one cell",
        ),
        ("value_data", (slice(None), 0), 10, "found the values [0.0, 10.0], 2 goals"),
        ("value_data", (slice(None), 0), 5, "found the values [0.0, 5.0, 10.0], 1 goals"),
        (
            "state_xy_data",
            (1, 0),
            5,
            "'state_xy_data' must hold whole numbers from 0 to 4, found 5.0 at (1, 0)",
        ),
        ("state_xy_data", (1, 0), 1.5, "found 1.5"),
        ("label_data", (3, 0), 8, "'label_data' must hold whole numbers from 0 to 7, found 8.0 at (3, 0)"),
        ("state_xy_data", (1, 0), 4, "task 1, cell (row 4, col 2): the state lies on an obstacle"),
        ("label_data", (0, 0), 0, "task 0, cell (row 1, col 1): the label N leads into an obstacle"),
    ],
)
def test_a_wrong_number_in_a_training_file_is_named(tmp_path, name, index, value, said):
    assert said in refusal(tmp_path, replaced(bend_training(), name, index, value))


def test_a_label_that_leaves_the_map_is_refused(tmp_path):
    arrays = train_arrays([OPEN], [(0, (0, 0))], [3])
    assert "the label W leads into an obstacle" in refusal(tmp_path, arrays)


@pytest.mark.parametrize(
    ("name", "shape", "said"),
    [
        ("im_data", (4, 24), "'value_data' must have shape (4, 24), found (4, 25)"),
        ("im_data", (3, 25), "'value_data' must have shape (3, 25), found (4, 25)"),
        ("im_data", (4, 5, 5), "'im_data' must have shape (any, any), found (4, 5, 5)"),
        ("im_data", (0, 25), "'im_data' must have shape (any, any), found (0, 25)"),
        ("state_xy_data", (4, 3), "'state_xy_data' must have shape (4, 2), found (4, 3)"),
        ("label_data", (1, 4), "'label_data' must have shape (4, 1), found (1, 4)"),
    ],
)
def test_a_wrong_shape_is_named(tmp_path, name, shape, said):
    assert said in refusal(tmp_path, bend_training() | {name: np.zeros(shape, np.uint8)})


def test_images_that_are_not_square_are_refused(tmp_path):
    flat = {"im_data": np.ones((4, 24), np.uint8), "value_data": np.zeros((4, 24), np.uint8)}
    assert "must hold square maps, found rows of 24 values" in refusal(tmp_path, bend_training() | flat)


def test_text_instead_of_numbers_is_refused(tmp_path):
    words = {"state_xy_data": np.array([["ab", "cd"]] * 4, object)}
    assert "'state_xy_data' must hold real numbers, found class 4" in refusal(tmp_path, bend_training() | words)


def test_a_row_major_test_file_is_refused_with_a_hint_at_the_order(tmp_path):
    arrays = path_arrays([BEND], [BEND_PATH])
    arrays["all_im_data"] = free_of(BEND).ravel()[None].astype(np.uint8)
    message = refusal(tmp_path, arrays)
    assert "task 0, cell (row 3, col 4): the expert path crosses an obstacle" in message
    assert "test images must be column-major (order 'F') and cells counted from 1" in message


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (BEND_PATH[:-1], "task 1, cell (row 3, col 3): the expert path ends off the goal"),
        (
            [(1, 1), (3, 3), (3, 4)],
            "task 1, cell (row 1, col 1): the expert path does not step to a neighbour",
        ),
        ([(1, 1), (1, 1), (2, 2), (3, 3), (3, 4)], "does not step to a neighbour"),
        ([(0, 1), *BEND_PATH], "task 1, cell (row 0, col 1): the expert path crosses an obstacle"),
        ([(-1, 1), *BEND_PATH], "'path 1 of all_states_xy' must hold whole numbers from 1 to 5, found 0"),
        ([(1, 1, 1)], "'path 1 of all_states_xy' must have shape (any, 2), found (1, 3)"),
        (np.empty((0, 2), int), "'path 1 of all_states_xy' must have shape (any, 2), found (0, 2)"),
    ],
)
def test_a_wrong_path_is_named(tmp_path, path, said):
    assert said in refusal(tmp_path, path_arrays([BEND, BEND], [BEND_PATH, path]))


def test_a_missing_path_is_refused(tmp_path):
    message = refusal(tmp_path, path_arrays([BEND, BEND], [BEND_PATH]))
    assert "'all_states_xy' must be a cell array of 2 paths, one per image" in message


def test_paths_that_are_no_cell_array_are_refused(tmp_path):
    plain = {"all_states_xy": np.array([BEND_PATH])}
    assert "must be a cell array of 1 paths" in refusal(tmp_path, path_arrays([BEND], [BEND_PATH]) | plain)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99])
def test_no_part_of_a_file_passes_for_the_file(tmp_path, share):
    path = write(tmp_path, bend_training())
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(MapFormatError, match=r"some\.mat: (not a readable \.mat file|expected the arrays)"):
        read_mat(path)


@pytest.mark.parametrize("data", [b"type octile\nheight 2\n" * 20, bytes(500), b"\x89HDF\r\n\x1a\n" + bytes(600)])
def test_other_files_are_refused(tmp_path, data):
    (tmp_path / "some.mat").write_bytes(data)
    with pytest.raises(MapFormatError, match=r"some\.mat: "):
        read_mat(tmp_path / "some.mat")


@pytest.mark.parametrize("is_compressed", [True, False])
@pytest.mark.parametrize("arrays", [bend_training(), path_arrays([BEND], [BEND_PATH])], ids=["train", "test"])
def test_a_flipped_byte_gives_tasks_or_a_clear_error(tmp_path, arrays, is_compressed):
    path = write(tmp_path, arrays, is_compressed=is_compressed)
    data = path.read_bytes()
    for offset in range(124, len(data)):
        path.write_bytes(data[:offset] + bytes([data[offset] ^ 255]) + data[offset + 1 :])
        with suppress(MapFormatError):
            read_mat(path)


def test_a_missing_file_names_the_nearest(tmp_path):
    write(tmp_path, bend_training(), name="gridworld_8.mat")
    with pytest.raises(FileNotFoundError, match=r"Did you mean 'gridworld_8\.mat'\?"):
        read_mat(tmp_path / "gridworld_9.mat")
    with pytest.raises(FileNotFoundError, match="gridworld_8"):
        read_mat(tmp_path / "gridworld_8")
