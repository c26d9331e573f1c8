"""Merges: the lane that ends, the ramp, and what levels draw."""

import numpy as np
import pytest
from driving.roads.reading import strip_of
from driving.roads.truths import CHECKS, assert_same, rng_of

from envs.driving.roads.merge import build

LEVELS = range(6)
KINDS = ("ramp", "drop")


def ending(network):
    """Lanes without a successor before the last section: (those that end early, the others)."""
    last = np.flatnonzero(network.lanes["num_next"] == 0)
    reach = network.points["x"][network.lanes["first"] + network.lanes["count"] - 1]
    early = [int(lane) for lane in last if reach[lane] < reach.max() - 50]
    return early, [int(lane) for lane in last if lane not in early]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", LEVELS)
def test_every_level_is_a_lawful_road(level, kind):
    network = build(rng_of(level), kind=kind)
    for check in CHECKS.values():
        check(network)
    assert len(network.routes) >= 8
    assert len(network.conflicts) == 0
    for lane in network.entries:
        assert network.lanes["length"][lane] >= 60


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", LEVELS)
def test_one_lane_ends_and_has_a_left_neighbour_that_goes_on(level, kind):
    network = build(rng_of(level), kind=kind)
    early, _ = ending(network)
    assert len(early) == 1
    left = network.lanes["left"][early[0]]
    assert network.lanes["right"][left] == early[0]
    assert network.lanes["right"][early[0]] == -1
    assert network.lanes["num_next"][left] == 1
    assert network.lanes["length"][early[0]] >= 78


@pytest.mark.parametrize("level", LEVELS)
def test_a_ramp_joins_the_main_road_from_outside_and_never_touches_it_before(level):
    network = build(rng_of(level), kind="ramp")
    early, _ = ending(network)
    before = [k for k, lane in enumerate(network.lanes) if early[0] in lane["next"][: lane["num_next"]]]
    assert len(before) == 1
    ramp = before[0]
    assert network.lanes["left"][ramp] == network.lanes["right"][ramp] == -1
    assert network.lanes["limit"][ramp] < network.lanes["limit"][early[0]]
    beside = network.lanes["left"][early[0]]
    main = next(k for k, lane in enumerate(network.lanes) if beside in lane["next"][: lane["num_next"]])
    assert strip_of(network, ramp).intersection(strip_of(network, main)).area < 1.5  # at their ends
    first = network.points[network.lanes["first"][ramp]]
    start = network.points[network.lanes["first"][main]]
    assert np.hypot(first["x"] - start["x"], first["y"] - start["y"]) > 1.5 * network.lanes["width"][ramp]


@pytest.mark.parametrize("kind", KINDS)
def test_routes_begin_on_the_lane_that_ends_and_on_the_main_road(kind):
    network = build(rng_of(2), kind=kind, lanes=2)
    starts = network.route_lanes[network.routes["first"]]
    extra = network.entries[0]
    assert (starts == extra).sum() == len(starts) / 2
    assert set(starts.tolist()) == set(network.entries.tolist())


@pytest.mark.parametrize("kind", KINDS)
def test_behind_the_end_of_the_lane_some_ground_is_left(kind):
    network = build(rng_of(4), kind=kind)
    early, _ = ending(network)
    lane = network.lanes[early[0]]
    end = network.points[lane["first"] + lane["count"] - 1]
    ground = network.areas[0]
    near = np.hypot(ground[:, 0] - end["x"], ground[:, 1] - end["y"])
    assert near.min() < 0.51 * lane["width"]
    assert 20 < near.max() < 40


def test_levels_vary():
    networks = [build(rng_of(level)) for level in range(60)]
    assert {network.name.split(", ")[1] for network in networks} == set(KINDS)
    assert {network.name.split(", ")[2] for network in networks} == {"1 lanes", "2 lanes", "3 lanes"}
    assert len({round(float(network.lanes["limit"].max()), 3) for network in networks}) == 3
    assert np.ptp([network.demand for network in networks]) > 0.5


def test_arguments_are_obeyed():
    network = build(rng_of(1), kind="drop", lanes=1, limit=9.0, demand=0.5)
    assert network.name.startswith("merge, drop, 1 lanes")
    assert network.lanes["limit"].max() == 9.0
    assert network.demand == 0.5
    with pytest.raises(ValueError, match=r"Unknown kind 'rampp'.*Did you mean 'ramp'"):
        build(rng_of(1), kind="rampp")
    with pytest.raises(ValueError, match="1 to 3 lanes, got 4"):
        build(rng_of(1), lanes=4)


def test_the_slowest_road_is_built_too():
    for kind in KINDS:
        CHECKS["routes"](build(rng_of(3), kind=kind, limit=4.0))


def test_a_level_is_always_the_same():
    assert_same(build(rng_of(7)), build(rng_of(7)))
