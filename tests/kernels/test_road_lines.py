"""Frenet coordinates: there and back again, against the naive twin, along paths, and the table of nearby lanes."""

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from road_levels import assemble, circle, lane_spec, roads_of, straight_line, straight_road, two_lanes
from twins import road_lines as naive

from envs.kernels import road_lines
from envs.kernels.compilation import kernel
from envs.kernels.road_lookup import look_up
from envs.kernels.road_records import LOOKUP_CELL, POINT

COMPILED = not numba.config.DISABLE_JIT
EXACT = 1e-9


# Inlined kernels are called through ordinary ones, as in a step.
@kernel
def lane_pose(roads, slot, lane, s, d):
    return road_lines.lane_pose(roads, slot, lane, s, d)


@kernel
def project_lane(roads, slot, lane, x, y):
    return road_lines.project_lane(roads, slot, lane, x, y)


@kernel
def path_pose(roads, slot, route, s, d):
    return road_lines.path_pose(roads, slot, route, s, d)


@kernel
def project_path(roads, slot, route, x, y, index, reach):
    return road_lines.project_path(roads, slot, route, x, y, index, reach)


@kernel
def lanes_near(roads, slot, x, y):
    return road_lines.lanes_near(roads, slot, x, y)


@kernel
def wrap(angle):
    return road_lines.wrap(angle)


@kernel
def blend_angle(a, b, t):
    return road_lines.blend_angle(a, b, t)


@st.composite
def curves(draw):
    """POINT [.]: bends of at least 8 m radius and of less than half a turn in all, chords of 0.3 to 3 m or long."""
    heading, x, y = draw(st.floats(-np.pi, np.pi)), draw(st.floats(-900, 900)), draw(st.floats(-900, 900))
    straight = (x, y, heading, draw(st.floats(0.5, 300)))
    if draw(st.booleans()):
        return straight_line(*straight)
    chords = draw(st.lists(st.tuples(st.floats(0.3, 3.0), st.floats(-0.125, 0.125)), min_size=1, max_size=40))
    headings, rows, begin = [heading], [(x, y, 0.0)], heading
    for length, curvature in chords:
        turned = np.clip(heading + length * curvature, begin - 1.2, begin + 1.2)
        x, y = x + length * np.cos((heading + turned) / 2), y + length * np.sin((heading + turned) / 2)
        rows.append((x, y, rows[-1][2] + length))
        heading = turned
        headings.append(heading)
    line = np.zeros(len(rows), POINT)
    line["x"], line["y"], line["s"] = np.array(rows).T
    line["heading"] = [naive.wrap(angle) for angle in headings]
    return line


def roads_along(line):
    return roads_of(assemble([lane_spec(line)], routes=[(0,)]), cell=2.0)


offsets = st.floats(-4.0, 4.0)
shares = st.floats(-0.3, 1.3)


@given(curves(), shares, offsets)
def test_a_pose_on_a_lane_is_found_again(line, share, d):
    roads = roads_along(line)
    s = share * line["s"][-1]
    x, y, _ = lane_pose(roads, 0, 0, s, d)
    assert project_lane(roads, 0, 0, x, y) == pytest.approx((s, d), abs=EXACT)


@given(curves(), shares, offsets)
def test_a_position_is_where_its_frenet_coordinates_say(line, share, d):
    roads = roads_along(line)
    x, y, heading = lane_pose(roads, 0, 0, share * line["s"][-1], d)
    x, y = x + 0.3 * np.sin(heading), y + 0.1 * np.cos(heading)  # some other position
    s, d = project_lane(roads, 0, 0, x, y)
    assert lane_pose(roads, 0, 0, s, d)[:2] == pytest.approx((x, y), abs=EXACT)


@given(curves(), shares, offsets)
def test_poses_equal_the_naive_ones(line, share, d):
    s = share * line["s"][-1]
    x, y, heading = lane_pose(roads_along(line), 0, 0, s, d)
    expected = naive.pose(line.tolist(), s, d)
    assert (x, y) == pytest.approx(expected[:2], abs=EXACT)
    assert abs(naive.wrap(heading - expected[2])) < EXACT
    assert -np.pi < heading <= np.pi


def test_projections_equal_the_naive_ones():
    rng = np.random.default_rng(3)
    angles = np.concatenate([np.linspace(0, 1.5, 9), 1.5 - np.linspace(0.1, 1.2, 7)])
    line = np.zeros(len(angles), POINT)
    line["heading"] = angles
    line["s"][1:] = np.cumsum(rng.uniform(1.0, 2.0, len(angles) - 1))
    for k in range(1, len(line)):
        middle, length = 0.5 * (angles[k] + angles[k - 1]), line["s"][k] - line["s"][k - 1]
        line["x"][k] = line["x"][k - 1] + length * np.cos(middle)
        line["y"][k] = line["y"][k - 1] + length * np.sin(middle)
    roads = roads_along(line)
    for _ in range(20 if COMPILED else 2):
        x, y, _ = naive.pose(line.tolist(), rng.uniform(-5, line["s"][-1] + 5), rng.uniform(-3, 3))
        assert project_lane(roads, 0, 0, x, y) == pytest.approx(naive.project(line.tolist(), x, y), abs=1e-8)


def test_a_circle_has_closed_forms():
    radius = 30.0
    network = circle(radius)
    roads, length = roads_of(network), network.lanes[0]["length"]
    for angle in (0.1, 1.0, 3.0, 5.0):
        for distance in (5.0, 25.0, 33.0, 60.0):
            s, d = project_lane(roads, 0, 0, distance * np.cos(angle), distance * np.sin(angle))
            assert s == pytest.approx(angle / (2 * np.pi) * length, abs=0.01)
            assert d == pytest.approx(radius - distance, abs=0.02)


@pytest.mark.parametrize("s", [-20.0, -1e-12, 0.0, 1e-12, 199.999, 200.0, 230.0])
def test_beyond_its_ends_a_lane_goes_straight_on(s):
    roads = roads_of(straight_road(200.0))
    assert lane_pose(roads, 0, 0, s, 2.0) == pytest.approx((s, 2.0, 0.0))
    assert project_lane(roads, 0, 0, s, 2.0) == pytest.approx((s, 2.0))
    assert path_pose(roads, 0, 0, s, -1.0)[:3] == pytest.approx((s, -1.0, 0.0))
    assert project_path(roads, 0, 0, s, -1.0, int(np.clip(s, 3, 195)), 50)[:2] == pytest.approx((s, -1.0))


@given(curves(), st.data())
def test_a_path_passes_through_its_points(line, data):
    network = assemble([lane_spec(line)], routes=[(0,)])
    roads, k = roads_along(line), data.draw(st.integers(0, len(network.path) - 1))
    if len(network.path) < 2:
        return
    point = network.path[k]
    x, y, heading, limit = path_pose(roads, 0, 0, float(k), 0.0)
    assert (x, y) == pytest.approx((point["x"], point["y"]), abs=EXACT)
    assert abs(naive.wrap(heading - point["heading"])) < EXACT
    assert limit == point["limit"]


@given(curves(), shares, offsets)
def test_a_pose_on_a_path_is_found_again(line, share, d):
    roads = roads_along(line)
    last = roads.routes[0, 0]["num_points"] - 1
    if last < 1:
        return
    s = share * last
    x, y, _, _ = path_pose(roads, 0, 0, s, d)
    near = int(np.clip(round(s), 0, last))
    found, aside, index = project_path(roads, 0, 0, x, y, max(0, near - 2), 5)
    assert (found, aside) == pytest.approx((s, d), abs=EXACT)
    assert index == pytest.approx(np.clip(s, 0, last), abs=0.5 + EXACT)


def test_a_path_that_meets_itself_is_followed_within_the_window():
    roads = roads_of(circle(30.0))  # its route goes round twice
    lap = roads.lanes[0, 0]["length"]
    for s in (20.0, 100.0, 170.0):
        x, y, _, _ = path_pose(roads, 0, 0, s, 1.0)
        assert project_path(roads, 0, 0, x, y, int(s), 8)[0] == pytest.approx(s, abs=EXACT)
        assert project_path(roads, 0, 0, x, y, int(s + lap), 8)[0] == pytest.approx(s + lap, abs=0.01)


@given(st.floats(-50, 50))
def test_angles_are_wrapped_into_the_half_open_interval(angle):
    wrapped = wrap(angle)
    assert -np.pi < wrapped <= np.pi
    assert np.cos(wrapped) == pytest.approx(np.cos(angle), abs=1e-12)
    assert np.sin(wrapped) == pytest.approx(np.sin(angle), abs=1e-12)
    assert wrap(np.pi) == np.pi
    assert wrap(-np.pi) == np.pi


def test_angles_are_blended_the_shorter_way_round():
    assert blend_angle(3.0, -3.0, 0.5) == pytest.approx(np.pi)
    assert blend_angle(0.2, -0.4, 0.25) == pytest.approx(0.05)
    assert blend_angle(-3.0, 3.0, 1.0) == pytest.approx(3.0)


@given(curves(), shares, st.floats(-1.7, 1.7))
def test_whoever_is_on_a_lane_finds_it_in_the_table(line, share, d):
    roads = roads_along(line)
    x, y, _ = lane_pose(roads, 0, 0, np.clip(share, 0, 1) * line["s"][-1], d)
    first, last = lanes_near(roads, 0, x, y)
    assert 0 in roads.lookup_lanes[0, first:last]


def test_far_away_there_are_no_lanes():
    roads = roads_of(two_lanes())
    for x, y in ((-1e6, 0.0), (1e6, 0.0), (0.0, -1e6), (0.0, 1e6), (np.nan, 0.0)):
        first, last = lanes_near(roads, 0, x, y)
        assert first == last


def test_the_table_of_lanes_equals_the_naive_one():
    network = assemble([lane_spec(straight_line(3, 4, 0.6, 50)), lane_spec(straight_line(0, 30, -0.3, 40))], routes=[])
    rows, cols, corner = 6, 7, (-4.0, -2.0)
    stamp, first, found = (np.zeros(size, np.int32) for size in (rows * cols, rows * cols + 1, 500))
    box = np.array([*corner, rows, cols])
    total = look_up(network.lanes, network.points, box, stamp, first, found)
    lines = [network.points[lane["first"] :][: lane["count"]].tolist() for lane in network.lanes]
    expected = naive.lookup(network.lanes, lines, corner, rows, cols, LOOKUP_CELL)
    # The naive one asks at every two centimetres: where it finds a lane, the table has it too.
    cells = [set(found[first[cell] : first[cell + 1]].tolist()) for cell in range(rows * cols)]
    assert cells == expected
    assert total == sum(len(lanes) for lanes in expected)


def test_a_table_that_is_too_short_is_not_overrun():
    network = two_lanes()
    stamp, first, found = np.zeros(400, np.int32), np.zeros(401, np.int32), np.full(3, 77, np.int32)
    box = np.array([-2.0, -5.0, 10, 40])
    assert look_up(network.lanes, network.points, box, stamp, first, found) > 3
    assert (found == 77).all()
