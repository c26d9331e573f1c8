"""Cells of the raster are painted where their centres lie in the shape, against shapely; its border stays empty."""

import numpy as np
import pytest
import shapely
from kernels.small_worlds import scaled
from road_levels import assemble, circle, crossing, lane_spec, straight_line
from twins import road_boxes as naive

from envs.driving.network import Line
from envs.driving.painting import line_width, paint_network
from envs.kernels.road_records import (
    BOUNDARY_BIT,
    CROSSWALK,
    CROSSWALK_BIT,
    DRIVABLE_BIT,
    MARGIN_CAP,
    MARGIN_STEP,
    MARGIN_ZERO,
)

INNER = (slice(1, -1), slice(1, -1))
LOW, HIGH = -20.0, 20.0


def bent(rng, corners=4):
    """A polyline that never turns back sharply."""
    heading = rng.uniform(-np.pi, np.pi) + np.cumsum(rng.uniform(-0.6, 0.6, corners))
    steps = rng.uniform(3, 8, corners)[:, None] * np.stack((np.cos(heading), np.sin(heading)), axis=1)
    return rng.uniform(-12, 12, 2) + np.cumsum(steps, axis=0)


def random_network(seed):
    """Lanes of two points, an area with a reentrant corner, lines and crosswalks, anywhere."""
    rng = np.random.default_rng(seed)
    lanes = [
        lane_spec(straight_line(*rng.uniform(-15, 15, 2), rng.uniform(-3, 3), rng.uniform(14, 30)), width=width)
        for width in rng.uniform(2, 5, 3)
    ]
    angles = np.sort(rng.uniform(0, 2 * np.pi, 7))
    star = rng.uniform(-8, 8, 2) + rng.uniform(2, 10, (7, 1)) * np.stack((np.cos(angles), np.sin(angles)), axis=1)
    crosswalks = np.zeros(2, CROSSWALK)
    for crosswalk in crosswalks:
        for name, value in zip(("x", "y", "heading", "length", "width"), rng.uniform(2, 9, 5), strict=True):
            crosswalk[name] = value
    lines = tuple(Line(bent(rng), "solid") for _ in range(2))
    return assemble(lanes, routes=[(0,)], areas=(star,), lines=lines, crosswalks=crosswalks)


def painted(network, cell):
    """(raster, margin, centres) over LOW to HIGH each way; what the arrays held before must not matter."""
    rows = cols = round((HIGH - LOW) / cell)
    raster, margin = np.full((rows, cols), 255, np.uint8), np.full((rows, cols), 3, np.uint8)
    paint_network(network, raster, margin, LOW, LOW, cell)
    row, col = np.indices((rows, cols)) + 0.5
    return raster, margin, shapely.points(LOW + col * cell, LOW + row * cell)


def assert_agree(raster, bit, shape, centres):
    assert naive.agree((raster & bit) > 0, shape, centres)[INNER].all()


@pytest.mark.parametrize("cell", [0.5, 0.4])
@pytest.mark.parametrize("seed", range(scaled(6, 1)))
def test_every_layer_equals_shapely(seed, cell):
    network = random_network(seed)
    raster, margin, centres = painted(network, cell)
    assert_agree(raster, DRIVABLE_BIT, naive.drivable(network), centres)
    walks = [naive.box(*walk.tolist()[:5]) for walk in network.crosswalks]
    assert_agree(raster, CROSSWALK_BIT, shapely.union_all(walks), centres)
    lines = shapely.union_all([naive.strip(line.points, line_width(cell)) for line in network.lines])
    # Shapely's round joints are polygons.
    assert naive.agree((raster & BOUNDARY_BIT) > 0, lines, centres, slack=1e-4)[INNER].all()
    assert raster.max() < 8
    distance = np.minimum(shapely.distance(naive.drivable(network), centres), MARGIN_CAP)
    outside = distance > 0
    found = (margin.astype(int) - MARGIN_ZERO) * MARGIN_STEP
    np.testing.assert_allclose(found[outside], distance[outside], atol=0.51 * MARGIN_STEP + 1e-9)
    assert (found[~outside] <= 0).all()


@pytest.mark.parametrize("network", [circle(radius=12.0), crossing()], ids=["circle", "crossing"])
def test_lanes_that_bend_and_join_are_whole(network):
    raster, _, centres = painted(network, 0.5)
    area = naive.drivable(network)
    assert naive.agree((raster & DRIVABLE_BIT) > 0, area, centres, slack=0.01)[INNER].all()


@pytest.mark.parametrize("heading", np.linspace(0, np.pi, 7))
def test_a_line_is_drawn_without_gaps_wherever_it_lies_between_cells(heading):
    for offset in np.linspace(0, 0.5, 6):
        points = 15 * np.array([[-1.0], [1.0]]) * (np.cos(heading), np.sin(heading)) + offset
        network = assemble([lane_spec(straight_line(-15, -15, 0, 1))], routes=[(0,)], lines=(Line(points, "solid"),))
        drawn = {tuple(cell) for cell in np.argwhere(painted(network, 0.5)[0] & BOUNDARY_BIT).tolist()}
        pending, reached = [min(drawn)], {min(drawn)}
        while pending:
            row, col = pending.pop()
            near = {(row + i, col + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & drawn - reached
            reached |= near
            pending += near
        assert reached == drawn
        assert len(drawn) >= 30 / 0.5 * max(abs(np.cos(heading)), abs(np.sin(heading))) - 2


def test_the_border_is_empty_and_whatever_lies_outside_does_no_harm():
    network = crossing()
    raster, _, _ = painted(network, 0.5)
    assert raster[0].any() == raster[-1].any() == raster[:, 0].any() == raster[:, -1].any() is np.False_
    assert raster[1].any()
    far = np.zeros((7, 5), np.uint8)
    paint_network(network, far, far_margin := np.zeros_like(far), 1e4, -1e4, 0.5)
    assert not far.any()
    assert (far_margin == 255).all()


def test_a_bare_network_is_painted_too():
    bare = assemble([lane_spec(straight_line(0, 0, 0, 10))], routes=[(0,)], lines=())
    raster, _, _ = painted(bare, 0.5)
    assert set(np.unique(raster)) == {0, DRIVABLE_BIT}
