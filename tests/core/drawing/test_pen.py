import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from envs.core.drawing.pen import Pen

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
FEW = settings(max_examples=25, deadline=None)


def _blank(height=40, width=60):
    return np.zeros((height, width, 3), dtype=np.uint8)


def _box(low_x, high_x, low_y, high_y):
    return np.array([[low_x, low_y], [high_x, low_y], [high_x, high_y], [low_x, high_y]], dtype=np.float64)


@FEW
@given(st.lists(st.floats(2, 38), min_size=4, max_size=4))
def test_a_box_covers_as_much_of_the_image_as_its_area(sides):
    (low_x, high_x), (low_y, high_y) = sorted(sides[:2]), sorted(sides[2:])
    pen = Pen(_blank())
    pen.fill(_box(low_x, high_x, low_y, high_y), WHITE)
    covered = pen.picture()[..., 0].astype(float).sum() / 255
    assert abs(covered - (high_x - low_x) * (high_y - low_y)) < 0.02 * covered + 1


def test_points_are_x_right_and_y_down_and_whole_numbers_are_corners():
    pen = Pen(_blank())
    pen.fill(_box(10, 20, 5, 8), (10, 200, 30))
    expected = _blank()
    expected[5:8, 10:20] = (10, 200, 30)
    assert np.array_equal(pen.picture(), expected)


def test_boxes_that_touch_anywhere_have_no_seam_in_their_union():
    pen = Pen(_blank())
    pen.fill_union([_box(10, 20.37, 5, 30), _box(20.37, 40, 5, 30)], WHITE)
    assert (pen.picture()[5:30, 10:40] == 255).all()


def test_a_union_counts_ground_that_two_of_them_share_once():
    pen = Pen(_blank())
    pen.fill_union([_box(10, 30, 5, 30), _box(20, 40, 5, 30)], WHITE, opacity=0.5)
    assert len(np.unique(pen.picture()[5:30, 10:40])) == 1


@pytest.mark.parametrize("width", [1.0, 3.5, 9.0])
def test_a_line_is_as_broad_as_asked(width):
    pen = Pen(_blank())
    pen.stroke(np.array([[30.0, -10.0], [30.0, 50.0]]), WHITE, width=width, cap="butt")
    assert np.allclose(pen.picture()[..., 0].sum(axis=1) / 255, width, atol=0.05)


def test_opacity_mixes_with_what_lies_below():
    image = _blank()
    image[:] = (100, 0, 200)
    pen = Pen(image)
    pen.fill(_box(0, 60, 0, 40), (200, 100, 0), opacity=0.5)
    assert np.abs(pen.picture().astype(int) - (150, 50, 100)).max() <= 1


def test_a_disc_is_round():
    pen = Pen(_blank())
    pen.disc(30, 20, radius=12, colour=WHITE, sides=64)
    y, x = np.mgrid[:40, :60] + 0.5
    distance = np.hypot(y - 20, x - 30)
    drawn = pen.picture()[..., 0]
    assert (drawn[distance < 11] == 255).all()
    assert (drawn[distance > 13] == 0).all()


def test_drawing_leaves_the_image_alone_and_the_picture_is_a_copy():
    image = _blank()
    pen = Pen(image)
    pen.disc(30, 20, radius=12, colour=WHITE)
    first = pen.picture()
    pen.disc(30, 20, radius=12, colour=(9, 9, 9))
    assert not image.any()
    assert first.max() == 255


def test_what_is_too_small_or_far_away_draws_nothing():
    pen = Pen(_blank())
    pen.fill(np.array([[3.0, 4.0], [9.0, 9.0]]), WHITE)
    pen.stroke(np.array([[3.0, 4.0]]), WHITE, width=5)
    pen.fill_union([], WHITE)
    pen.disc(1e6, -1e6, radius=5, colour=WHITE)
    pen.stroke(np.array([[-1e6, 500.0], [1e6, 500.0]]), WHITE, width=5)
    assert not pen.picture().any()
