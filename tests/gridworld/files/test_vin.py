"""VIN files: both layouts give the same maps, and every trap of the layouts is met."""

import numpy as np
import pytest
from gridworld.files.vin_files import (
    BEND,
    BEND_LABELS,
    BEND_PATH,
    OPEN,
    OPEN_PATH,
    bend_training,
    free_of,
    path_arrays,
    train_arrays,
    write,
)
from scipy.io import loadmat

from envs.gridworld.files.overlap import image_overlap
from envs.gridworld.files.vin import read_mat


def test_a_training_file_is_row_major_with_cells_from_0(tmp_path):
    tasks = read_mat(write(tmp_path, bend_training()))
    assert tasks.size == 5
    np.testing.assert_array_equal(tasks.blocked, ~free_of(BEND)[None])
    assert tasks.goal.tolist() == [[3, 4]]
    assert tasks.start.tolist() == [[1, 1], [2, 2], [3, 3], [2, 2]]
    assert tasks.expert_action is not None
    assert tasks.expert_action.tolist() == BEND_LABELS
    assert tasks.expert_path is None


def test_a_test_file_is_column_major_with_cells_from_1(tmp_path):
    tasks = read_mat(write(tmp_path, path_arrays([BEND], [BEND_PATH])))
    np.testing.assert_array_equal(tasks.blocked, ~free_of(BEND)[None])
    assert tasks.goal.tolist() == [[3, 4]]
    assert tasks.start.tolist() == [[1, 1]]
    assert tasks.expert_path is not None
    assert [path.tolist() for path in tasks.expert_path] == [[list(cell) for cell in BEND_PATH]]
    assert tasks.expert_action is None


def test_states_share_a_map_while_image_and_goal_stay(tmp_path):
    moved_goal = ["..G", ".@.", "..."]
    maps = [OPEN, moved_goal, OPEN]
    states = [(0, (0, 0)), (0, (2, 2)), (1, (0, 0)), (2, (0, 0)), (2, (1, 0)), (2, (2, 0))]
    tasks = read_mat(write(tmp_path, train_arrays(maps, states, [2, 0, 2, 2, 0, 2])))
    assert tasks.task_map.tolist() == [0, 0, 1, 2, 2, 2]
    assert tasks.goal.tolist() == [[1, 2], [0, 2], [1, 2]]


def test_batches_are_ignored_since_they_repeat_states(tmp_path):
    batches = {"batch_im_data": np.zeros((7, 25)), "batch_label_data": np.zeros((7, 10))}
    assert len(read_mat(write(tmp_path, bend_training() | batches)).start) == 4


def test_numbers_of_any_type_read_the_same(tmp_path):
    arrays = {name: array.astype(float) for name, array in bend_training().items()}
    tasks = read_mat(write(tmp_path, arrays))
    np.testing.assert_array_equal(tasks.blocked, ~free_of(BEND)[None])
    assert tasks.start.dtype == np.int32


def test_the_readings_carry_the_documented_types(tmp_path):
    train = read_mat(write(tmp_path, bend_training()))
    test = read_mat(write(tmp_path, path_arrays([BEND, BEND], [BEND_PATH, BEND_PATH[1:]])))
    for tasks in (train, test):
        dtypes = [array.dtype for array in (tasks.blocked, tasks.goal, tasks.task_map, tasks.start)]
        assert dtypes == [bool, np.int32, np.int32, np.int32]
    assert train.expert_action is not None
    assert train.expert_action.dtype == np.int8
    assert test.expert_path is not None
    assert {path.dtype for path in test.expert_path} == {np.dtype(np.int32)}


def test_overlap_tells_a_known_image_from_a_known_task(tmp_path):
    moved_goal = ["..G", ".@.", "..."]
    unseen = ["...", "..G", "..."]
    train = read_mat(write(tmp_path, train_arrays([OPEN], [(0, (0, 0))], [2])))
    paths = [OPEN_PATH, [(0, 0), (0, 1), (0, 2)], OPEN_PATH]
    test = read_mat(write(tmp_path, path_arrays([OPEN, moved_goal, unseen], paths), name="test.mat"))
    overlap = image_overlap(train, test)
    assert overlap.image.tolist() == [True, True, False]
    assert overlap.image_and_goal.tolist() == [True, False, False]


def test_overlap_of_maps_of_two_sizes_is_refused(tmp_path):
    train = read_mat(write(tmp_path, bend_training()))
    test = read_mat(write(tmp_path, path_arrays([OPEN], [OPEN_PATH]), name="test.mat"))
    with pytest.raises(ValueError, match=r"side 5, of .* side 3"):
        image_overlap(train, test)


@pytest.mark.parametrize(
    ("name", "size", "num_states", "num_maps", "num_images"),
    [("gridworld_8.mat", 8, 70_924, 3_672, 2_695), ("gridworld_16.mat", 16, 202_580, 4_332, None)],
)
def test_real_training_files_hold_the_published_numbers(data_folder, name, size, num_states, num_maps, num_images):
    tasks = read_mat(data_folder / "vin" / name)
    assert tasks.size == size
    assert len(tasks.start) == len(tasks.task_map) == num_states
    assert len(tasks.blocked) == len(tasks.goal) == num_maps
    assert tasks.task_map[-1] == num_maps - 1
    if num_images:
        assert len({image.tobytes() for image in tasks.blocked}) == num_images


def test_real_test_paths_cross_walls_only_when_read_row_by_row(data_folder):
    tasks = read_mat(data_folder / "vin" / "gridworld_8_test.mat")
    assert tasks.expert_path is not None
    row_by_row = tasks.blocked.transpose(0, 2, 1)
    count = {"F": 0, "C": 0}
    for index, path in enumerate(tasks.expert_path):
        count["F"] += not tasks.blocked[index, path[:, 0], path[:, 1]].any()
        count["C"] += not row_by_row[index, path[:, 0], path[:, 1]].any()
    assert count == {"F": 1000, "C": 689}


def test_a_sixth_of_the_real_labels_passes_a_corner(data_folder):
    tasks = read_mat(data_folder / "vin" / "gridworld_8.mat")
    arrays = loadmat(data_folder / "vin" / "gridworld_8.mat", variable_names=["label_data"])
    assert tasks.expert_action is not None
    np.testing.assert_array_equal(tasks.expert_action, arrays["label_data"][:, 0])
    row, col = tasks.start.T
    d_row = np.array([-1, 1, 0, 0, -1, -1, 1, 1])[tasks.expert_action]
    d_col = np.array([0, 0, 1, -1, 1, -1, 1, -1])[tasks.expert_action]
    passed = tasks.blocked[tasks.task_map, row + d_row, col] | tasks.blocked[tasks.task_map, row, col + d_col]
    assert (passed & (d_row != 0) & (d_col != 0)).mean() == pytest.approx(0.16, abs=0.005)


def test_the_real_test_file_overlaps_its_training_file(data_folder):
    train = read_mat(data_folder / "vin" / "gridworld_8.mat")
    overlap = image_overlap(train, read_mat(data_folder / "vin" / "gridworld_8_test.mat"))
    assert (overlap.image.sum(), overlap.image_and_goal.sum()) == (283, 130)
