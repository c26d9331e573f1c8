"""Published training data as the paper split it: batches, shares of them, and what is held out."""

import numpy as np
import pytest
from scipy.io import loadmat, savemat
from vin_for_tests import write_training

from agents.published_maps import read_labelled, split_published
from envs.gridworld.files.errors import MapFormatError

SPLITS = {0.2: (3_882, 741), 0.5: (9_705, 1_859), 1.0: (19_411, 3_716)}
"""Share of the training data -> batches and maps."""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_training(tmp_path_factory.mktemp("published"))


def test_batches_are_rows_of_tasks_of_one_map_with_the_published_states_and_labels(path):
    labelled, arrays = read_labelled(path), loadmat(path)
    batches = labelled.batches
    assert batches.shape == arrays["state_x_data"].shape
    assert np.array_equal(labelled.start[batches][..., 0], arrays["state_x_data"])
    assert np.array_equal(labelled.start[batches][..., 1], arrays["state_y_data"])
    assert np.array_equal(labelled.action[batches], arrays["batch_label_data"])
    assert (labelled.task_map[batches] == labelled.task_map[batches[:, :1]]).all()
    images = 1 - arrays["batch_im_data"].reshape(-1, 16, 16)
    assert np.array_equal(labelled.blocked[labelled.task_map[batches[:, 0]]], images)


def test_a_share_keeps_the_first_batches_and_the_tasks_that_are_in_them(path):
    labelled = read_labelled(path)
    cut = 6 * len(labelled.batches) // 7
    for share in (0.3, 1.0):
        train, held_out = split_published(labelled, share)
        rows = labelled.batches[: int(share * cut)]
        assert np.array_equal(train.action[train.batches], labelled.action[rows])
        assert np.array_equal(train.start[train.batches], labelled.start[rows])
        assert np.array_equal(
            train.blocked[train.task_map[train.batches[:, 0]]], labelled.blocked[labelled.task_map[rows[:, 0]]]
        )
        assert set(train.batches.ravel()) == set(range(len(train)))
        # The map that the cut went through trains, and is not held out.
        assert len(held_out.blocked) == len(labelled.blocked) - labelled.task_map[labelled.batches[cut - 1, 0]] - 1
        assert set(held_out.batches.ravel()) == set(range(len(held_out)))


def test_maps_that_train_are_not_held_out(path):
    labelled = read_labelled(path)
    blocked, goal = labelled.blocked.copy(), labelled.goal.copy()
    blocked[-1], goal[-1] = blocked[0], goal[0]
    twice = type(labelled)(blocked, goal, labelled.task_map, labelled.start, labelled.action, labelled.batches)
    assert len(split_published(twice).held_out.blocked) == len(split_published(labelled).held_out.blocked) - 1


@pytest.mark.parametrize("share", [0.0, 1.1, -1.0])
def test_shares_are_above_0_and_at_most_1(path, share):
    with pytest.raises(ValueError, match=r"share in \(0, 1\]"):
        split_published(read_labelled(path), share)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("batch_label_data", lambda a: (a + 1) % 8, "batch 0 and the flat arrays label a state differently"),
        ("batch_im_data", lambda a: a[::-1], "the same maps in the same order"),
        ("state_x_data", lambda a: np.zeros_like(a), "batch 0 holds a state that the flat arrays have not"),
        ("state_y_data", None, "expected the batched arrays"),
    ],
)
def test_batches_that_contradict_the_flat_arrays_are_refused(path, tmp_path, name, change, message):
    arrays = {key: array for key, array in loadmat(path).items() if not key.startswith("__")}
    broken = arrays.pop(name)
    savemat(tmp_path / "broken.mat", arrays if change is None else arrays | {name: change(broken)})
    with pytest.raises(MapFormatError, match=message):
        read_labelled(tmp_path / "broken.mat")


def test_shares_of_the_published_file_are_the_published_ones(data_folder):
    path = data_folder / "vin" / "gridworld_16.mat"
    if not path.is_file():
        pytest.skip(f"no real data: {path} does not exist (set CROSSROADS_DATA)")
    labelled = read_labelled(path)
    for share, (batches, maps) in SPLITS.items():
        train, held_out = split_published(labelled, share)
        assert (len(train.batches), len(train.blocked)) == (batches, maps)
        assert len(held_out.blocked) == 616
