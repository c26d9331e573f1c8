import numpy as np
import pytest

from envs.core.drawing import palette
from envs.core.drawing.sheet import contact_sheet


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
