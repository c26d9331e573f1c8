import pytest

from envs.gridworld.files.compass import ACTIONS, moves_of


def test_vin_labels_mean_their_documented_moves():
    expected = [[-1, 0], [1, 0], [0, 1], [0, -1], [-1, 1], [-1, -1], [1, 1], [1, -1]]
    assert moves_of(ACTIONS).tolist() == expected


def test_the_environment_numbers_its_moves_alike():
    grid_moves = pytest.importorskip("envs.kernels.grid_moves")
    assert moves_of()[:, 0].tolist() == grid_moves.MOVE_ROW.tolist()
    assert moves_of()[:, 1].tolist() == grid_moves.MOVE_COL.tolist()
