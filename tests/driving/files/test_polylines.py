"""Polylines against closed forms and shapely."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon

from envs.driving.files.polylines import (
    LONGEST_CHORD,
    TOLERANCE,
    arc_lengths,
    centreline,
    is_inside,
    points_at,
    tidied,
    vertex_headings,
    wrapped,
)


def arc(radius, angles):
    return radius * np.stack((np.cos(angles), np.sin(angles)), axis=1)


@given(st.floats(-50, 50))
def test_angles_are_wrapped_into_the_half_open_interval(angle):
    found = wrapped(angle)
    assert -np.pi < found <= np.pi
    assert np.cos(found - angle) == pytest.approx(1.0)
    assert wrapped(-np.pi) == wrapped(np.pi) == np.pi


def test_headings_at_the_points_of_a_circle_are_its_tangents_however_uneven():
    angles = np.cumsum(np.random.default_rng(0).uniform(0.02, 0.2, 20))
    headings = vertex_headings(arc(30.0, angles))
    np.testing.assert_allclose(wrapped(headings - angles - np.pi / 2), 0.0, atol=1e-4)


def test_beyond_its_ends_a_line_goes_straight_on_even_where_points_repeat():
    line = np.array([(0, 0), (0, 0), (3, 4), (3, 4)], float)
    np.testing.assert_allclose(points_at(line, np.array([-5.0, 2.5, 10.0])), [(-3, -4), (1.5, 2), (6, 8)])


@given(st.integers(0, 2**32 - 1))
def test_tidied_lines_keep_their_ends_and_stay_close(seed):
    rng = np.random.default_rng(seed)
    headings = np.cumsum(rng.normal(size=60) * 0.05)
    line = np.cumsum(0.8 * np.stack((np.cos(headings), np.sin(headings)), axis=1), axis=0)
    tidy = tidied(line)
    np.testing.assert_allclose(tidy[[0, -1]], line[[0, -1]], atol=1e-9)
    assert LineString(line).hausdorff_distance(LineString(tidy)) < 0.08 + TOLERANCE
    assert np.diff(arc_lengths(tidy)).max() <= LONGEST_CHORD + 1.5


def test_a_straight_line_is_tidied_to_few_points():
    line = np.stack((np.linspace(0, 100, 501), np.zeros(501)), axis=1)
    assert len(tidied(line)) <= 100 / LONGEST_CHORD * 2 + 2


def test_the_centreline_of_equal_counts_lies_between_the_pairs():
    left, right = arc(28.0, np.linspace(0, 1, 40)), arc(32.0, np.linspace(0, 1, 40))
    middle = centreline(left, right)
    np.testing.assert_allclose(np.hypot(*middle.T), 30.0, atol=0.02)


@given(st.integers(0, 2**32 - 1))
def test_inside_a_polygon_is_where_shapely_says(seed):
    rng = np.random.default_rng(seed)
    angles = np.sort(rng.uniform(0, 2 * np.pi, 9))
    polygon = arc(1.0, angles) * rng.uniform(0.3, 1.0, (9, 1))
    positions = rng.uniform(-1, 1, (40, 2))
    shape = Polygon(polygon)
    far = np.array([shape.exterior.distance(Point(*position)) > 1e-9 for position in positions])
    expected = np.array([shape.buffer(0).contains(Point(*position)) for position in positions])
    if shape.is_valid:
        np.testing.assert_array_equal(is_inside(positions, polygon)[far], expected[far])
