import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Polygon

from envs.driving.render import shapes

FEW = settings(max_examples=40, deadline=None)


def _area(polygon):
    x, y = polygon.T
    return (x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


@FEW
@given(st.floats(12, 60), st.floats(0.2, 2.5), st.floats(2, 5))
def test_a_strip_along_an_arc_is_what_lies_within_half_its_width(radius, angle, width):
    turn = np.linspace(0, angle, 40)
    line = radius * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    outline = Polygon(shapes.strip(line, width=width))
    truth = LineString(line).buffer(width / 2, cap_style="flat")
    assert outline.symmetric_difference(truth).area < 0.01 * truth.area


def test_strips_and_turned_polygons_go_counter_clockwise():
    line = np.array([[0.0, 0.0], [10.0, 0.0], [20.0, 5.0]])
    for way in (line, line[::-1]):
        assert _area(shapes.strip(way, width=3.0)) > 0
    box = shapes.box(0, 4, 0, 2)
    assert _area(shapes.counter_clockwise(box[::-1])) == _area(shapes.counter_clockwise(box)) == 8


def test_a_rounded_box_loses_a_little_at_each_corner():
    outline = shapes.rounded(4.0, 2.0, front=0.5, back=0.5)
    assert np.allclose(np.abs(outline).max(axis=0), (2.0, 1.0))
    assert abs(_area(outline) - (8 - (4 - np.pi) * 0.25)) < 0.02


def test_placing_turns_about_the_origin_and_moves():
    assert np.allclose(shapes.placed(np.array([[2.0, 0.0]]), 1.0, 1.0, np.pi / 2), [[1.0, 3.0]])


@FEW
@given(st.floats(5, 200))
def test_dashes_are_equally_long_apart_and_on_the_line(length):
    line = np.array([[0.0, 0.0], [0.6 * length, 0.8 * length]])
    pieces = shapes.stretches(line, dash=3.0, gap=4.5)
    starts = [np.linalg.norm(piece[0]) for piece in pieces]
    assert np.allclose(np.diff(starts), 7.5)
    assert all(np.isclose(np.linalg.norm(piece[-1] - piece[0]), 3.0) for piece in pieces[:-1])
    assert all(np.allclose(piece @ (0.8, -0.6), 0) for piece in pieces)
