"""Lanelets of CommonRoad and all that refers to them."""

import numpy as np
import pytest
from driving.files.scenarios import driving, lanelet, points, write

from envs.driving.files import read_recording
from envs.kernels.road_records import CONNECTOR, FREE, GREEN, RED, ROAD, SIGNAL, STOP, YELLOW


def network_of(tmp_path, body, **words):
    (recording,) = read_recording(write(tmp_path, body, **words))
    return recording.network


def sign(name, number, value=None):
    value = "" if value is None else f"<additionalValue>{value}</additionalValue>"
    element = f"<trafficSignElement><trafficSignID>{number}</trafficSignID>{value}</trafficSignElement>"
    return f'<trafficSign id="{name}">{element}</trafficSign>\n'


def light(name, phases, *, offset=None, direction="all", active="true"):
    cycle = "".join(
        f"<cycleElement><duration>{duration}</duration><color>{colour}</color></cycleElement>"
        for colour, duration in phases
    )
    offset = "" if offset is None else f"<timeOffset>{offset}</timeOffset>"
    rest = f"<direction>{direction}</direction><active>{active}</active>"
    return f'<trafficLight id="{name}"><cycle>{cycle}{offset}</cycle>{rest}</trafficLight>\n'


def successor(name):
    return f'<successor ref="{name}"/>'


def test_a_lane_lies_midway_between_its_bounds(tmp_path):
    network = network_of(tmp_path, lanelet(1, y=3.0) + driving(7, 60))
    lane = network.lanes[0]
    points_ = network.points[lane["first"] : lane["first"] + lane["count"]]
    np.testing.assert_allclose(points_["y"], 3.0)
    np.testing.assert_allclose(points_["s"][-1], 200.0)
    assert (lane["length"], lane["width"], lane["kind"]) == (200.0, 4.0, ROAD)
    assert len(network.areas) == 1


def test_bounds_with_different_numbers_of_points_are_resampled(tmp_path):
    left = [(x, 2.0) for x in (0, 20, 130, 200)]
    right = [(x, -2.0) for x in (0, 200)]
    network = network_of(tmp_path, lanelet(1, left=left, right=right) + driving(7, 60))
    np.testing.assert_allclose(network.points["y"], 0.0, atol=1e-12)


def test_limits_come_from_lanelets_in_2018b_and_from_signs_in_2020a(tmp_path):
    old = lanelet(1, inside="<speedLimit>27.78</speedLimit>") + lanelet(2, y=9.0)
    network = network_of(tmp_path, old + driving(7, 60, version="2018b"), version="2018b")
    assert network.lanes["limit"].tolist() == [27.78, 13.9]
    reference = '<trafficSignRef ref="{}"/>'
    new = (
        lanelet(1, inside=reference.format(11))
        + lanelet(2, y=9.0, inside=reference.format(12))
        + lanelet(3, y=18.0, inside=reference.format(13))
        + sign(11, "274", 8.33)
        + sign(12, "R2-1", 15.6)
        + sign(13, "101")
    )
    assert network_of(tmp_path, new + driving(7, 60)).lanes["limit"].tolist() == [8.33, 15.6, 13.9]


def test_where_no_limit_is_given_it_is_how_fast_most_drove_but_at_least_a_towns(tmp_path):
    fast = network_of(tmp_path, lanelet(1) + driving(7, 60, speed=30.0))
    assert fast.lanes["limit"][0] == pytest.approx(30.0)
    slow = network_of(tmp_path, lanelet(1) + driving(7, 60, speed=5.0))
    assert slow.lanes["limit"][0] == pytest.approx(13.9)


def test_only_neighbours_that_go_the_same_way_are_neighbours(tmp_path):
    body = lanelet(1, inside='<adjacentLeft ref="2" drivingDir="same"/>') + lanelet(
        2,
        y=4.0,
        inside='<adjacentRight ref="1" drivingDir="same"/><adjacentLeft ref="3" drivingDir="opposite"/>',
    )
    back = lanelet(3, left=[(200, 6), (0, 6)], right=[(200, 10), (0, 10)])
    back = back.replace("</lanelet>", '<adjacentLeft ref="2" drivingDir="opposite"/></lanelet>')
    network = network_of(tmp_path, body + back + driving(7, 60))
    assert network.lanes["left"].tolist() == [1, -1, -1]
    assert network.lanes["right"].tolist() == [-1, 0, -1]
    kinds = sorted(line.kind for line in network.lines)
    assert kinds == ["dashed", "double", "edge", "edge"], "each line once"


def test_successors_that_do_not_exist_are_dropped(tmp_path):
    body = lanelet(1, length=100.0, inside=successor(99) + successor(2)) + lanelet(2, start=100.0, length=100.0)
    lanes = network_of(tmp_path, body + driving(7, 60)).lanes
    assert lanes["num_next"].tolist() == [1, 0]
    assert lanes["next"][0].tolist() == [1, -1, -1, -1]


def test_lights_count_in_steps_begin_at_their_offset_and_red_yellow_is_red(tmp_path):
    phases = (("green", 100), ("yellow", 30), ("red", 60), ("redYellow", 10))
    body = lanelet(1, length=100.0, inside=successor(2) + '<trafficLightRef ref="11"/>') + lanelet(
        2, start=100.0, length=100.0
    )
    network = network_of(tmp_path, body + light(11, phases, offset=50) + driving(7, 30, step=0.2), step=0.2)
    signal = network.signals[0]
    assert signal["cycle"] == pytest.approx(40.0)
    assert signal["colour"][: signal["count"]].tolist() == [GREEN, YELLOW, RED]
    np.testing.assert_allclose(signal["until"][: signal["count"]], (20.0, 26.0, 40.0))
    # A cycle begins at time -offset, and in the file at +timeOffset.
    assert -signal["offset"] % 40.0 == pytest.approx(10.0)
    assert network.lanes["control"].tolist() == [FREE, SIGNAL]
    assert network.lanes["signal"].tolist() == [-1, 0]
    bar = network.bars[0]
    np.testing.assert_allclose([bar[k] for k in ("x", "y", "heading", "width")], (100, 0, 0, 4), atol=1e-9)
    assert bar["signal"] == 0


def test_lights_that_are_out_control_nobody(tmp_path):
    body = lanelet(1, length=100.0, inside=successor(2) + '<trafficLightRef ref="11"/>') + lanelet(2, start=100.0)
    for dark in (light(11, (("red", 10),), active="false"), light(11, (("inactive", 10),))):
        network = network_of(tmp_path, body + dark + driving(7, 60))
        assert len(network.signals) == len(network.bars) == 0
        assert (network.lanes["control"] == FREE).all()


def test_a_light_for_left_turns_leaves_those_who_go_straight_alone(tmp_path):
    inside = successor(2) + successor(3) + '<trafficLightRef ref="11"/>'
    turn = np.linspace(0.0, np.pi / 2, 12)
    left = [(100 + 8 * np.sin(a), 10 - 8 * np.cos(a)) for a in turn]
    right = [(100 + 12 * np.sin(a), 10 - 12 * np.cos(a)) for a in turn]
    body = lanelet(1, length=100.0, inside=inside) + lanelet(2, start=100.0) + lanelet(3, left=left, right=right)
    network = network_of(tmp_path, body + light(11, (("red", 10), ("green", 10)), direction="left") + driving(7, 60))
    assert network.lanes["control"].tolist() == [FREE, FREE, SIGNAL]


def test_stop_lines_lie_where_the_file_has_them(tmp_path):
    line = f'<stopLine>{points([(90, 2), (90, -2)])}<trafficSignRef ref="5"/></stopLine>'
    body = lanelet(1, length=100.0, inside=successor(2) + line) + lanelet(2, start=100.0)
    network = network_of(tmp_path, body + sign(5, "206") + driving(7, 60))
    assert network.lanes["control"].tolist() == [FREE, STOP]
    assert (network.bars[0]["x"], network.bars[0]["signal"]) == (90.0, -1)


def test_crosswalks_are_no_lanes(tmp_path):
    walk = lanelet(
        5, left=[(48, -6), (48, 6)], right=[(52, -6), (52, 6)], inside="<laneletType>crosswalk</laneletType>"
    )
    network = network_of(tmp_path, lanelet(1) + walk + driving(7, 60))
    assert len(network.lanes) == 1
    found = network.crosswalks[0]
    np.testing.assert_allclose([found[k] for k in ("x", "y", "heading", "length", "width")], (50, 0, np.pi / 2, 12, 4))
    assert network.lanes["num_crossings"][0] == 1
    np.testing.assert_allclose((network.crossings[0]["low"], network.crossings[0]["high"]), (48, 52), atol=0.3)


def test_lanes_that_cross_are_connectors_of_one_junction(tmp_path):
    across = lanelet(2, left=[(98, -50), (98, 50)], right=[(102, -50), (102, 50)])
    lanes = network_of(tmp_path, lanelet(1) + across + lanelet(3, y=90.0) + driving(7, 60)).lanes
    assert lanes["kind"].tolist() == [CONNECTOR, CONNECTOR, ROAD]
    assert lanes["junction"].tolist() == [0, 0, -1]


def test_marked_lines_keep_their_kind(tmp_path):
    body = lanelet(1).replace("</leftBound>", "<lineMarking>broad_solid</lineMarking></leftBound>")
    body = body.replace("</rightBound>", "<lineMarking>dashed</lineMarking></rightBound>")
    network = network_of(tmp_path, body + driving(7, 60))
    assert [line.kind for line in network.lines] == ["solid", "dashed"]
