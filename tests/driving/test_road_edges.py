"""How far boxes are from the edge of the road: against brute force, and beside a straight edge."""

import numpy as np
import pytest
from road_worlds import open_recorded

from envs.driving.road_edges import REACH, RoadEdges, distance_to


@pytest.fixture(scope="module")
def edges(tmp_path_factory):
    """Of a road 400 m long, from y = -2 to 6."""
    return RoadEdges.around(open_recorded(tmp_path_factory.mktemp("road")))


def test_distances_are_those_to_the_nearest_marked_cell():
    is_there = np.random.default_rng(0).random((40, 30)) < 0.01
    assert is_there.any()
    cells, marked = np.argwhere(np.ones_like(is_there)), np.argwhere(is_there)
    expected = np.sqrt(((cells[:, None] - marked) ** 2).sum(-1)).min(axis=1).reshape(is_there.shape)
    assert distance_to(is_there, 2.0) == pytest.approx(np.minimum(2.0 * expected, REACH))


def test_where_nothing_is_marked_all_is_as_far_as_can_be():
    assert (distance_to(np.zeros((9, 5), bool), 0.5) == REACH).all()


@pytest.mark.parametrize("outside", [-4.0, -2.3, -0.3, -0.1, 0.0, 0.1, 0.3, 1.3])
def test_points_beside_a_straight_edge_are_as_far_as_they_are(edges, outside):
    x = np.linspace(150.0, 250.0, 37)
    near = abs(outside) <= 0.3
    for y in (6.0 + outside, -2.0 - outside):
        assert edges.at(x, np.full(37, y)) == pytest.approx(outside, abs=0.01 if near else 0.26)


def test_a_box_is_as_far_outside_as_its_outermost_corner(edges):
    poses = np.array([[[200.0, 2.0, 0.0], [200.0, 5.0, 0.0], [200.0, 4.0, 0.5 * np.pi]]])
    found = edges.of_boxes(poses, np.full(3, 4.5), np.full(3, 1.8))[0]
    assert found == pytest.approx([-4.0 + 0.9, -0.1, 0.25], abs=0.26)
    assert found[1:] == pytest.approx([-0.1, 0.25], abs=0.01)


def test_beyond_the_raster_is_far_outside_and_nowhere_is_nowhere(edges):
    assert edges.at(np.array([-500.0, 200.0, np.nan]), np.array([2.0, 900.0, np.nan])) == pytest.approx(
        [REACH, REACH, np.nan], nan_ok=True
    )
