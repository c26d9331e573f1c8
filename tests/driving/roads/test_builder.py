"""The builder: headings, paths and rights follow from what is put in, and what does not fit is named."""

import numpy as np
import pytest

from envs.driving.roads.builder import NetworkBuilder, with_headings
from envs.kernels.road_records import (
    CONNECTOR,
    CROSSING,
    DIVERGING,
    GREEN,
    MERGING,
    OTHER_FIRST,
    OWN_FIRST,
    PATH_STEP,
    RED,
    SIGNAL,
)


def straight(*points):
    return np.array(points, float)


def two_lanes(length=100.0):
    builder = NetworkBuilder()
    right = builder.add_lane(straight((0, 0), (length, 0)), limit=10.0)
    left = builder.add_lane(straight((0, 3.5), (length, 3.5)), limit=20.0)
    builder.neighbours(left, right)
    return builder, left, right


def test_headings_of_points_on_a_circle_are_exact():
    angles = np.sort(np.random.default_rng(0).uniform(0.0, 3.0, 12))
    poses = with_headings(np.stack([20 * np.cos(angles), 20 * np.sin(angles)], 1))
    np.testing.assert_allclose(np.cos(poses[:, 2] - angles - np.pi / 2), 1.0, atol=1e-15)


def test_a_path_changes_lanes_smoothly_in_the_middle_of_its_lanes():
    builder, left, right = two_lanes()
    builder.add_route([right, left])
    network = builder.finish("two lanes", 0.5)
    path = network.path
    np.testing.assert_allclose(np.hypot(np.diff(path["x"]), np.diff(path["y"])), PATH_STEP, atol=1e-12)
    before, after = path["x"] < 30.0, path["x"] > 70.0
    assert (path["y"][before] == 0.0).all()
    assert np.allclose(path["y"][after], 3.5)
    assert (np.diff(path["y"]) >= 0.0).all()
    assert (path["lane"] == np.where(path["x"] < 50.0, right, left)).all()
    assert (path["limit"] == np.where(path["x"] < 50.0, 10.0, 20.0)).all()
    np.testing.assert_allclose(path["lane_s"], path["x"], atol=1e-9)
    slopes = np.gradient(path["y"], path["x"])
    np.testing.assert_allclose(np.tan(path["heading"]), slopes, atol=5e-3)
    # The steepest slope of a quintic blend of 3.5 m over 40 m.
    assert abs(np.tan(path["heading"]).max() - 1.875 * 3.5 / 40.0) < 1e-3


def test_a_goal_is_eight_metres_before_the_end_unless_given():
    builder, left, right = two_lanes()
    builder.add_route([right])
    builder.add_route([left], start=10.0, goal=50.0)
    routes = builder.finish("two lanes", 0.5).routes
    assert routes[["start", "goal"]].tolist() == [(4.0, 92.0), (10.0, 50.0)]


def crossroads(prefer=True):
    """Lanes into one another: 0 and 1 cross, 2 begins with 0, 3 ends with 1; 4 and 5 follow."""
    builder = NetworkBuilder()
    inside = {"limit": 10.0, "kind": CONNECTOR, "junction": 0}
    builder.add_lane(straight((-20, 0), (20, 0)), **inside)
    builder.add_lane(straight((0, -20), (0, 20)), **inside)
    builder.add_lane(straight((-20, 0), (20, 20)), **inside)
    builder.add_lane(straight((20, -20), (0, 20)), **inside)
    after = builder.add_lane(straight((0, 20), (0, 60)), limit=10.0)
    before = builder.add_lane(straight((-60, 0), (-20, 0)), limit=10.0)
    for lane in (1, 3):
        builder.connect(lane, after)
    for lane in (0, 2):
        builder.connect(before, lane)
    if prefer:
        builder.prefer(0, 1)
    return builder


def test_conflicts_are_crossing_merging_or_diverging():
    network = crossroads().finish("crossroads", 0.5)
    found = {}
    for lane, record in enumerate(network.lanes):
        for conflict in network.conflicts[record["first_conflict"] :][: record["num_conflicts"]]:
            found[lane, int(conflict["lane"])] = conflict
    assert found[0, 1]["kind"] == CROSSING
    assert found[0, 2]["kind"] == DIVERGING
    assert found[1, 3]["kind"] == MERGING
    np.testing.assert_allclose(
        [found[0, 1][key] for key in ("low", "high", "other_low", "other_high")], [17.8, 22.2, 17.8, 22.2]
    )
    assert found[0, 1]["right"] == OWN_FIRST
    assert found[1, 0]["right"] == OTHER_FIRST
    assert not {(4, 1), (5, 0), (4, 5)} & set(found)


def test_neighbours_and_parallel_lanes_do_not_conflict():
    builder, _, _ = two_lanes()
    builder.add_lane(straight((0, 5.9), (100, 5.9)), limit=10.0)
    assert len(builder.finish("parallel", 0.5).conflicts) == 0


def test_a_crosswalk_is_found_on_every_lane_under_it():
    builder, _, _ = two_lanes()
    builder.add_crosswalk((40.0, 1.75, np.pi / 2), length=7.0, width=4.0)
    network = builder.finish("crosswalk", 0.5, pedestrians=2)
    assert network.lanes["num_crossings"].tolist() == [1, 1]
    np.testing.assert_allclose(network.crossings["low"], 38.0)
    np.testing.assert_allclose(network.crossings["high"], 42.0)
    assert network.pedestrians == 2


def test_there_are_no_pedestrians_without_crosswalks():
    assert two_lanes()[0].finish("two lanes", 0.5, pedestrians=2).pedestrians == 0


def test_a_signal_is_as_it_was_added():
    builder, _, _ = two_lanes()
    signal = builder.add_signal((RED, GREEN), (3.0, 4.0), 1.5)
    builder.add_lane(straight((100, 0), (120, 0)), limit=10.0, control=SIGNAL, signal=signal)
    record = builder.finish("signal", 0.5).signals[0]
    assert (record["count"], record["cycle"], record["offset"]) == (2, 7.0, 1.5)
    assert record["colour"][:2].tolist() == [RED, GREEN]
    assert record["until"][:2].tolist() == [3.0, 7.0]


def both_preferred(builder):
    builder.prefer(0, 1)
    builder.prefer(1, 0)
    builder.finish("both", 0.5)


BAD = {
    "one point": (lambda b: b.add_lane(straight((0, 0)), limit=1.0), ValueError, r"Lane 2: .* got \[1, 2\]"),
    "unknown lane": (lambda b: b.connect(0, 9), IndexError, "No lane 9; there are 2"),
    "no signal": (
        lambda b: b.add_lane(straight((0, 0), (1, 0)), limit=1.0, control=SIGNAL),
        ValueError,
        "Lane 2: control 3 and signal -1",
    ),
    "unknown signal": (
        lambda b: b.add_lane(straight((0, 0), (1, 0)), limit=1.0, control=SIGNAL, signal=4),
        ValueError,
        "Lane 2: no signal 4; there are 0",
    ),
    "colours": (lambda b: b.add_signal((RED,), (1.0, 2.0)), ValueError, "Signal 0: .* 1 colours and 2 durations"),
    "colour": (lambda b: b.add_signal((7,), (1.0,)), ValueError, "Signal 0: unknown colour 7"),
    "duration": (lambda b: b.add_signal((RED,), (0.0,)), ValueError, "Signal 0: expected durations above 0 s, got 0"),
    "line": (
        lambda b: b.add_line(straight((0, 0), (1, 0)), "dotted"),
        ValueError,
        "Line 0: Unknown kind of line 'dotted'",
    ),
    "no lanes in a route": (lambda b: b.add_route([]), ValueError, "Route 0: expected at least one lane"),
    "demand": (lambda b: b.finish("x", 1.5), ValueError, r"'x': expected a demand in \[0, 1\], got 1.5"),
    "preferences": (both_preferred, ValueError, "Lanes 0 and 1: each is preferred to the other"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_named(case):
    act, error, message = BAD[case]
    with pytest.raises(error, match=message):
        act(two_lanes()[0])


def test_an_illegal_route_is_named():
    builder = crossroads()
    with pytest.raises(ValueError, match=r"Route 0: lane 1 neither follows lane 5 .* successors: \[0, 2\]"):
        builder.add_route([5, 1])


def test_a_route_too_short_for_its_goal_is_named():
    builder, left, _ = two_lanes(20.0)
    builder.add_route([left], goal=30.0)
    with pytest.raises(ValueError, match=r"Route 0: start 4\.0 and goal 30\.0 do not fit a path of 20\.0 m"):
        builder.finish("short", 0.5)


def test_a_network_without_lanes_is_named():
    with pytest.raises(ValueError, match="Network 'nothing': expected at least one lane"):
        NetworkBuilder().finish("nothing", 0.5)
