"""Where a vehicle is: boxes in lanes as polygons in polygons, and which lane goes its way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from road_levels import WIDTH, circle, crossing, roads_of, two_lanes
from shapely import Polygon
from twins.road_boxes import box

from envs.kernels import road_whereabouts
from envs.kernels.compilation import kernel


@kernel
def _within(roads, x, y, heading, length, width):
    return road_whereabouts.within_lanes(roads, 0, x, y, heading, length, width)


@kernel
def _best(roads, x, y, heading):
    return road_whereabouts.best_lane(roads, 0, x, y, heading)


@kernel
def _limit(roads, route, lane):
    return road_whereabouts.generous_limit(roads, 0, route, lane)


@pytest.fixture(scope="module")
def lanes():
    return roads_of(two_lanes())


@given(st.floats(-2.0, 6.0), st.floats(-np.pi, np.pi), st.floats(1.0, 6.0), st.floats(0.5, 2.5))
def test_a_box_is_in_one_lane_as_its_polygon_is(lanes, y, heading, length, width):
    own = box(100.0, y, heading, length, width)
    strips = [Polygon([(0, low), (300, low), (300, low + WIDTH), (0, low + WIDTH)]) for low in (-WIDTH / 2, WIDTH / 2)]
    if min(abs(corner_y - edge) for _, corner_y in own.exterior.coords for edge in (-1.75, 1.75, 5.25)) > 1e-9:
        expected = any(strip.contains(own) for strip in strips)
        assert _within(lanes, 100.0, y, heading, length, width) == (expected, False)


@pytest.mark.parametrize("angle", np.linspace(0.1, 6.0, 7))
def test_a_vehicle_in_a_curve_is_in_one_lane(angle):
    roads = roads_of(circle(12.0))
    x, y = 12.0 * np.cos(angle), 12.0 * np.sin(angle)
    assert _within(roads, x, y, angle + np.pi / 2, 4.6, 1.9) == (True, False)
    assert _within(roads, 1.1 * x, 1.1 * y, angle + np.pi / 2, 4.6, 1.9) == (False, False)


@pytest.mark.parametrize(
    ("x", "is_crossing"), [(-11.0, False), (-10.0, True), (-9.0, True), (9.0, True), (11.0, False)]
)
def test_on_the_way_from_a_lane_to_its_successor_a_vehicle_is_in_one_lane(x, is_crossing):
    assert _within(roads_of(crossing()), x, 0.0, 0.0, 4.6, 1.9) == (True, is_crossing)


def test_the_best_lane_is_the_one_most_along_the_heading():
    roads = roads_of(crossing())
    assert _best(roads, 0.0, 0.0, 0.3) == (1, pytest.approx(np.cos(0.3)))
    assert _best(roads, 0.0, 0.0, 1.3) == (4, pytest.approx(np.cos(np.pi / 2 - 1.3)))
    assert _best(roads, -30.0, 0.0, np.pi) == (0, pytest.approx(-1.0))
    assert _best(roads, -30.0, 30.0, 0.0) == (-1, 1.0)


def test_a_connector_off_the_route_takes_the_highest_limit_of_all_its_neighbours():
    network = crossing(limit=5.0)
    network.lanes["limit"][3:] = [7.0, 4.0, 9.0]
    roads = roads_of(network)
    assert (_limit(roads, 0, 4), _limit(roads, 1, 4), _limit(roads, 0, 3)) == (9.0, 9.0, 7.0)
