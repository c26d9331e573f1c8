"""Boxes overlap where shapely says so; the margin is the distance to the drivable area."""

import math

import numpy as np
import pytest
import shapely
from kernels.small_worlds import scaled
from road_levels import assemble, circle, crossing, lane_spec, roads_of, straight_line
from twins import road_boxes as naive

from envs.kernels import road_boxes
from envs.kernels.compilation import kernel
from envs.kernels.road_records import MARGIN_CAP, MARGIN_STEP


# Inlined kernels are called through ordinary ones, as in a step.
@kernel
def corner(x, y, heading, length, width, k):
    return road_boxes.corner(x, y, heading, length, width, k)


@kernel
def margin_at(roads, slot, x, y):
    return road_boxes.margin_at(roads, slot, x, y)


def random_boxes(seed, count):
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.uniform(-4, 4, (count, 3)), rng.uniform(0.3, 6, (count, 2))], axis=1).tolist()


def test_corners_go_round_counter_clockwise_from_the_front_left():
    for box in random_boxes(0, 20):
        corners = [corner(*box, k) for k in range(4)]
        np.testing.assert_allclose(corners, naive.box(*box).exterior.coords[:4], atol=1e-12)
        assert shapely.Polygon(corners).exterior.is_ccw
        x, y, heading, length, width = box
        forward, left = corners[0][0] - x, corners[0][1] - y
        assert forward * math.cos(heading) + left * math.sin(heading) == pytest.approx(length / 2)
        assert left * math.cos(heading) - forward * math.sin(heading) == pytest.approx(width / 2)


def test_overlap_equals_shapely():
    boxes = random_boxes(1, scaled(4000, 800))
    answers = [road_boxes.overlap(*a, *b) for a, b in zip(boxes[::2], boxes[1::2], strict=True)]
    assert answers == [naive.overlap(a, b) for a, b in zip(boxes[::2], boxes[1::2], strict=True)]
    assert 0.2 < np.mean(answers) < 0.8


def test_overlap_is_symmetric_and_does_not_depend_on_the_frame():
    rng = np.random.default_rng(2)
    boxes = random_boxes(2, scaled(1000, 200))
    for a, b in zip(boxes[::2], boxes[1::2], strict=True):
        assert road_boxes.overlap(*a, *b) == road_boxes.overlap(*b, *a)
        turn, x, y = rng.uniform(-3, 3, 3)
        cos, sin = math.cos(turn), math.sin(turn)
        moved = [
            (x + box[0] * cos - box[1] * sin, y + box[0] * sin + box[1] * cos, box[2] + turn, *box[3:])
            for box in (a, b)
        ]
        assert road_boxes.overlap(*a, *b) == road_boxes.overlap(*moved[0], *moved[1])


def test_boxes_that_touch_overlap():
    assert road_boxes.overlap(0.0, 0.0, 0.0, 4.0, 2.0, 4.0, 0.0, 0.0, 4.0, 2.0)
    assert not road_boxes.overlap(0.0, 0.0, 0.0, 4.0, 2.0, 4.001, 0.0, 0.0, 4.0, 2.0)
    assert road_boxes.overlap(0.0, 0.0, 0.0, 4.0, 2.0, 0.0, 2.0, math.pi, 4.0, 2.0)
    assert not road_boxes.overlap(0.0, 0.0, 0.0, 4.0, 2.0, 0.0, 2.001, 0.0, 4.0, 2.0)


@pytest.mark.parametrize("cell", [0.25, 0.5])
@pytest.mark.parametrize("heading", [0.0, 0.3, math.pi / 4, 2.0])
def test_beside_straight_edges_the_margin_is_the_distance(heading, cell):
    network = assemble([lane_spec(straight_line(3.3, 1.7, heading, 40.0))], routes=[(0,)])
    roads, area = roads_of(network, cell=cell), naive.drivable(network)
    rng = np.random.default_rng(3)
    # Exact where all four cells round a point lie between the ends of the stored range.
    for s, d in zip(rng.uniform(3, 37, 300), rng.uniform(0, 1.75 + 0.34, 300), strict=True):
        x, y = 3.3 + s * math.cos(heading) - d * math.sin(heading), 1.7 + s * math.sin(heading) + d * math.cos(heading)
        found = margin_at(roads, 0, x, y)
        assert found == pytest.approx(area.distance(shapely.Point(x, y)), abs=MARGIN_STEP)


@pytest.mark.parametrize("network", [circle(), crossing()], ids=["circle", "crossing"])
def test_everywhere_the_margin_is_near_the_distance(network):
    roads, area = roads_of(network), naive.drivable(network)
    rng = np.random.default_rng(4)
    low, high = np.array(area.bounds[:2]) - 1.9, np.array(area.bounds[2:]) + 1.9
    for x, y in rng.uniform(low, high, (scaled(4000, 600), 2)):
        distance = area.distance(shapely.Point(x, y))
        found = margin_at(roads, 0, x, y)
        # In corners that point inwards the field has a crease, which bilinear reading rounds off.
        assert found == pytest.approx(min(distance, MARGIN_CAP), abs=0.2)
        assert found == 0.0 or distance > 0.0 or area.boundary.distance(shapely.Point(x, y)) < 0.1


def test_off_the_map_the_margin_is_at_its_cap():
    roads = roads_of(crossing())
    for x, y in ((1e6, 0.0), (0.0, -1e6), (-1e3, 1e3), (math.nan, 0.0)):
        assert margin_at(roads, 0, x, y) == MARGIN_CAP
