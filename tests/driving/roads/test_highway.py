"""Highways: what every level has in common, and what levels draw."""

import numpy as np
import pytest
from driving.roads.truths import CHECKS, assert_same, rng_of

from envs.driving.roads.highway import build

LEVELS = range(6)


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_is_a_lawful_road(level):
    network = build(rng_of(level))
    for check in CHECKS.values():
        check(network)
    assert len(network.routes) >= 8
    assert len(network.conflicts) == 0
    assert 0.3 <= network.demand <= 1.0


@pytest.mark.parametrize("level", LEVELS)
def test_lanes_lie_side_by_side_and_go_on_from_section_to_section(level):
    network = build(rng_of(level))
    num_lanes = len(network.entries)
    sections = network.lanes.reshape(-1, num_lanes)
    for number, section in enumerate(sections):
        ids = np.arange(num_lanes) + number * num_lanes
        assert section["left"].tolist() == [*ids[1:].tolist(), -1]
        assert section["right"].tolist() == [-1, *ids[:-1].tolist()]
        expected = (ids + num_lanes).tolist() if number + 1 < len(sections) else [-1] * num_lanes
        assert section["next"][:, 0].tolist() == expected
        first = network.points[section["first"]]
        apart = np.hypot(np.diff(first["x"]), np.diff(first["y"]))
        assert apart == pytest.approx(section["width"][1:])


def test_levels_vary():
    networks = [build(rng_of(level)) for level in range(60)]
    assert {len(network.entries) for network in networks} == {2, 3, 4}
    assert len({round(float(network.lanes["limit"].max()), 3) for network in networks}) == 4
    assert {len(network.lanes) // len(network.entries) for network in networks} == {2, 3}
    bends = [np.ptp(network.points["heading"]) for network in networks]
    assert min(bends) < 0.05 < 0.2 < max(bends) < 1.2
    assert np.ptp([network.demand for network in networks]) > 0.5
    lengths = [network.routes["goal"].max() for network in networks]
    assert 600 < min(lengths) < max(lengths) <= 1000


@pytest.mark.parametrize("level", LEVELS)
def test_limits_are_those_of_highways_and_bends_are_gentle(level):
    network = build(rng_of(level))
    assert 80 / 3.6 * 0.8 - 1e-9 <= network.lanes["limit"].min() <= network.lanes["limit"].max() <= 30.0 + 1e-9
    for lane in network.lanes:
        points = network.points[lane["first"] : lane["first"] + lane["count"]]
        curvature = np.diff(points["heading"]) / np.diff(points["s"])
        assert np.abs(curvature).max() * lane["limit"] ** 2 < 1.5  # acceleration aside [m/s^2]


def test_half_of_the_routes_change_lanes():
    network = build(rng_of(5))
    counts = network.routes["count"]
    assert (counts == counts.min()).sum() == (counts == counts.min() + 1).sum() == len(counts) / 2


def test_arguments_are_obeyed():
    network = build(rng_of(1), lanes=3, limit=12.0, demand=0.25)
    assert len(network.entries) == 3
    assert network.lanes["limit"].max() == 12.0
    assert network.demand == 0.25
    with pytest.raises(ValueError, match="2 to 4 lanes, got 5"):
        build(rng_of(1), lanes=5)


def test_the_slowest_road_is_built_too():
    CHECKS["routes"](build(rng_of(3), limit=4.0))


def test_a_level_is_always_the_same():
    assert_same(build(rng_of(7)), build(rng_of(7)))
