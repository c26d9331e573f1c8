"""Shared ground, crossings and paths: compared with shapely and with closed forms."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from envs.driving.roads.builder import NetworkBuilder
from envs.driving.roads.curves import arc, connector, cubic, straight, turn
from envs.kernels.road_conflicts import BODY_GAP
from envs.kernels.road_nearness import near_segment
from envs.kernels.road_records import CONNECTOR, PATH_STEP

coordinate = st.floats(-6.0, 6.0)
point = st.tuples(coordinate, coordinate)


@given(point, point, point, point)
def test_the_stretch_of_a_segment_near_another_is_shapelys(a, b, c, d):
    line, other = shapely.LineString([a, b]), shapely.LineString([c, d])
    if min(line.length, other.length) < 1e-3:
        return
    low, high = near_segment(*a, *b, *c, *d, BODY_GAP)
    distance = line.distance(other)
    if distance > BODY_GAP:
        assert low > high
        return
    if distance > BODY_GAP - 1e-6:
        return
    assert 0.0 <= low <= high <= line.length + 1e-9
    for s in (low, high):
        apart = line.interpolate(s).distance(other)
        assert apart < BODY_GAP + 1e-6
        assert s < 1e-9 or s > line.length - 1e-9 or apart > BODY_GAP - 1e-6
    near = line.intersection(other.buffer(BODY_GAP, quad_segs=64))
    assert abs(near.length - (high - low)) < 0.2


def crossing_at(angle):
    builder = NetworkBuilder()
    for heading in (0.0, angle):
        pose = (-30.0 * np.cos(heading), -30.0 * np.sin(heading), heading)
        builder.add_lane(straight(pose, 60.0), limit=10.0, kind=CONNECTOR, junction=0)
    return builder.finish("crossing", 0.5)


@pytest.mark.parametrize("angle", [0.3, 1.0, np.pi / 2, 2.5])
def test_straight_lanes_share_a_rhombus(angle):
    conflict = crossing_at(angle).conflicts[0]
    reach = BODY_GAP / np.sin(angle)
    np.testing.assert_allclose([conflict["low"], conflict["high"]], [30.0 - reach, 30.0 + reach])
    np.testing.assert_allclose([conflict["other_low"], conflict["other_high"]], [30.0 - reach, 30.0 + reach])


def test_a_path_around_a_bend_is_as_long_as_its_lane():
    builder = NetworkBuilder()
    lane = builder.add_lane(arc((0.0, 0.0, 0.5), 1.0 / 12.0, 30.0), limit=10.0)
    builder.add_route([lane])
    network = builder.finish("bend", 0.5)
    path = network.path
    assert len(path) == int(network.lanes["length"][0] / PATH_STEP) + 1
    np.testing.assert_allclose(np.hypot(np.diff(path["x"]), np.diff(path["y"])), PATH_STEP, atol=1e-12)
    np.testing.assert_allclose(np.diff(path["heading"]), PATH_STEP / 12.0, rtol=5e-3)
    np.testing.assert_allclose(path["lane_s"], np.arange(len(path)), atol=0.03)


@pytest.mark.parametrize("bend", [-2.4, -1.2, -0.5, 0.5, 1.2, 2.4])
@pytest.mark.parametrize("after", [12.0, 20.0])
def test_turns_join_two_lines_as_wide_as_fits(bend, after):
    begin = (3.0, -2.0, 0.7)
    corner = (begin[0] + 15.0 * np.cos(0.7), begin[1] + 15.0 * np.sin(0.7))
    heading = 0.7 + bend
    end = (corner[0] + after * np.cos(heading), corner[1] + after * np.sin(heading), heading)
    poses = turn(begin, end)
    np.testing.assert_allclose(poses[0], begin, atol=1e-12)
    np.testing.assert_allclose(poses[-1], end, atol=1e-9)
    chords = np.diff(poses[:, :2], axis=0)
    directions = np.arctan2(chords[:, 1], chords[:, 0])
    middles = 0.5 * (poses[:-1, 2] + poses[1:, 2])
    assert np.abs(np.cos(directions - middles)).min() > 1.0 - 2e-4
    curvature = np.abs(np.diff(poses[:, 2])) / np.hypot(*chords.T)
    # A circle would have tan(bend / 2) / tangent; the ramps cost a share of it.
    assert curvature.max() < 1.75 * np.tan(0.5 * abs(bend)) / min(15.0, after)


def test_a_bulge_bounds_how_far_a_turn_passes_its_corner():
    poses = turn((-20.0, 0.0, 0.0), (0.0, 20.0, np.pi / 2), bulge=2.0)
    assert abs(np.hypot(poses[:, 0], poses[:, 1]).min() - 2.0) < 0.05


def test_a_cubic_between_poses_of_a_circle_is_nearly_that_circle():
    circle = arc((0.0, 0.0, 0.0), 1.0 / 50.0, 40.0)
    poses = cubic(tuple(circle[0]), tuple(circle[-1]))
    radii = np.hypot(poses[:, 0], poses[:, 1] - 50.0)
    np.testing.assert_allclose(radii, 50.0, atol=2e-3)


def test_a_connector_between_parallel_lanes_keeps_its_ends():
    poses = connector((0.0, 0.0, 0.0), (30.0, 3.5, 0.0))
    np.testing.assert_allclose(poses[[0, -1]], [(0.0, 0.0, 0.0), (30.0, 3.5, 0.0)], atol=1e-12)
