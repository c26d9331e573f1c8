import numpy as np
import pytest

from envs.gridworld.render import channel_view, palette


@pytest.mark.parametrize("dtype", [bool, np.int8, np.float32])
def test_a_channel_shows_its_cells_in_its_colour(dtype):
    occupancy = np.zeros((2, 4, 6), dtype=dtype)
    occupancy[0, 1, 2] = occupancy[1, 3, 3:5] = 1
    view = channel_view(occupancy, ["obstacle", "goal"])
    cell = 150 // 6
    inside = (cell - 1) ** 2
    for colour, cells in ((palette.OBSTACLE, 1), (palette.GOAL, 2)):
        found = (view == np.array(colour)).all(axis=-1).sum()
        assert cells * inside <= found <= cells * cell**2


def test_bytes_of_255_mean_the_same_as_ones():
    occupancy = np.random.default_rng(0).random((3, 5, 5)) < 0.5
    full = occupancy.astype(np.uint8) * 255
    assert np.array_equal(channel_view(occupancy, "abc"), channel_view(full, "abc"))


def test_channels_and_names_must_match():
    with pytest.raises(ValueError, match=r"one name per channel, got shape \(3, 5, 5\) and 2 names \('a', 'b'\)"):
        channel_view(np.zeros((3, 5, 5), dtype=bool), ["a", "b"])
