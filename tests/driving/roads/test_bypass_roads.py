"""Roads with two equally good ways: symmetric about the middle lane but for their bend, and that has no favourite."""

import numpy as np
import pytest

from envs.driving.roads.bypass import MIDDLE, NUM_LANES, START, draw_layout, pave

LAYOUTS = [draw_layout(np.random.default_rng(seed)) for seed in range(400)]


def points_of(network, lane):
    record = network.lanes[lane]
    return network.points[record["first"] : record["first"] + record["count"]]


@pytest.mark.parametrize("layout", LAYOUTS[:12])
def test_a_mirrored_layout_has_mirrored_roads(layout):
    one, other = pave(layout), pave(layout.mirrored())
    assert layout.mirrored().mirrored() == layout
    for lane in range(NUM_LANES):
        mine, theirs = points_of(one, lane), points_of(other, NUM_LANES - 1 - lane)
        np.testing.assert_allclose(mine["x"], theirs["x"], atol=1e-9)
        np.testing.assert_allclose(mine["y"], -theirs["y"], atol=1e-9)
        assert one.lanes[lane]["limit"] == other.lanes[lane]["limit"] == layout.limit
    np.testing.assert_allclose(one.path["y"], -other.path["y"], atol=1e-9)
    np.testing.assert_allclose(one.path["heading"], -other.path["heading"], atol=1e-9)


@pytest.mark.parametrize("layout", LAYOUTS[:12])
def test_poses_are_those_of_the_path(layout):
    path = pave(layout).path
    for s in (START, layout.stands_at, layout.goal):
        found = [np.interp(s, np.arange(len(path)), path[name]) for name in ("x", "y", "heading")]
        assert layout.pose(s) == pytest.approx(found, abs=0.02)
        x, y, heading = layout.pose(s, 2.0)
        assert (x - found[0], y - found[1]) == pytest.approx((-2 * np.sin(heading), 2 * np.cos(heading)), abs=0.02)


def test_bends_go_left_as_often_as_right_and_none_is_sharp():
    bends = np.array([layout.bend for layout in LAYOUTS])
    assert abs((bends > 0).sum() - 200) < 4.5 * np.sqrt(100)
    assert (np.abs(bends) * [layout.limit**2 for layout in LAYOUTS] < 1.0).all()


def test_the_standing_vehicle_leaves_both_other_lanes_free_and_room_before_and_behind():
    for layout in LAYOUTS:
        length, width = layout.size
        assert width < layout.width - 0.5
        assert layout.stands_at - 0.5 * length - START > 50.0
        assert 50.0 < layout.goal - layout.stands_at < 95.0


def test_the_only_route_keeps_to_the_middle_lane():
    network = pave(LAYOUTS[0])
    assert len(network.routes) == 1
    assert (network.path["lane"] == MIDDLE).all()
    assert network.routes[0]["goal"] == LAYOUTS[0].goal
