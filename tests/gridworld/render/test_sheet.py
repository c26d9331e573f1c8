import numpy as np
import pytest

from envs.gridworld.render import channel_view, contact_sheet, palette


def _frame(height, width, colour):
    return np.broadcast_to(np.array(colour, dtype=np.uint8), (height, width, 3)).copy()


def test_every_frame_is_on_the_sheet_unscaled_in_reading_order():
    colours = [(200, 0, 0), (0, 200, 0), (0, 0, 200)]
    sheet = contact_sheet([_frame(20, 30, colour) for colour in colours], columns=2, gap=6)
    assert sheet.shape == (6 + 2 * 26, 6 + 2 * 36, 3)
    starts = []
    for colour in colours:
        y, x = np.nonzero((sheet == np.array(colour, dtype=np.uint8)).all(axis=-1))
        assert (np.ptp(y) + 1, np.ptp(x) + 1, len(y)) == (20, 30, 600)
        starts.append((int(y.min()), int(x.min())))
    assert starts == [(6, 6), (6, 42), (32, 6)]


def test_frames_of_several_sizes_are_centred_and_the_sheet_is_even():
    sheet = contact_sheet([_frame(21, 31, (9, 9, 9)), _frame(11, 11, (7, 7, 7))], gap=5, titles=["one", "two"])
    assert sheet.shape[0] % 2 == sheet.shape[1] % 2 == 0
    middles = []
    for shade, size in ((9, 21 * 31), (7, 11 * 11)):
        y, x = np.nonzero((sheet == shade).all(axis=-1))
        assert len(y) == size
        middles.append((y.mean(), x.mean()))
    assert middles[1] == (middles[0][0], middles[0][1] + 31 + 5)


def test_titles_add_ink():
    frames = [_frame(40, 200, palette.PAPER)]
    assert (contact_sheet(frames) == np.array(palette.PAPER)).all()
    assert (contact_sheet(frames, titles=["values"]) == np.array(palette.INK)).all(axis=-1).any()


def test_a_sheet_needs_frames_columns_and_a_title_each():
    with pytest.raises(ValueError, match="at least one frame, got none"):
        contact_sheet([])
    with pytest.raises(ValueError, match="columns must be at least 1, got 0"):
        contact_sheet([_frame(4, 4, (0, 0, 0))], columns=0)
    with pytest.raises(ValueError, match="one title per frame: 1 frames, 2 titles"):
        contact_sheet([_frame(4, 4, (0, 0, 0))], titles=["a", "b"])


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
