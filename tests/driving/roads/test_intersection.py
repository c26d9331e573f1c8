"""Intersections: what is true of every network, and what their levels draw."""

import numpy as np
import pytest
from driving.roads.truths import CHECKS, assert_same, rng_of
from driving.roads.truths_of_conflicts import check_bodies

from envs.driving.roads.intersection import build
from envs.kernels.road_records import CONNECTOR, FIRST_COME, FREE, SIGNAL, STOP, YIELD

LEVELS = range(8)
CONTROLS = {"none": {FREE}, "priority": {FREE, YIELD, STOP}, "stop": {STOP}, "signals": {SIGNAL}}


@pytest.mark.parametrize("level", LEVELS)
def test_an_intersection_is_a_sound_network(level):
    network = build(rng_of(level))
    for check in CHECKS.values():
        check(network)


@pytest.mark.parametrize("level", LEVELS[:4])
def test_vehicles_that_keep_to_their_lanes_touch_only_where_these_conflict(level):
    check_bodies(build(rng_of(level)))


def test_the_same_level_is_bitwise_the_same_network():
    assert_same(build(rng_of(5)), build(rng_of(5)))


def test_levels_vary_in_arms_lanes_limits_rules_demand_and_pedestrians():
    networks = [build(rng_of(level)) for level in range(40)]
    assert len({network.name for network in networks}) == 8
    assert {len(network.entries) for network in networks} >= {3, 4, 5, 6, 8, 10}
    assert len({float(network.lanes["limit"].max()) for network in networks}) >= 3
    assert len({network.demand for network in networks}) == 40
    assert {network.pedestrians > 0 for network in networks} == {False, True}
    assert all(network.lanes["limit"].min() >= 30 / 3.6 - 1e-9 for network in networks)
    assert all(network.lanes["limit"].max() <= 60 / 3.6 + 1e-9 for network in networks)


@pytest.mark.parametrize("arms", [3, 4])
@pytest.mark.parametrize("control", CONTROLS)
def test_arguments_take_the_place_of_what_a_level_draws(arms, control):
    network = build(rng_of(3), arms=arms, control=control, lanes=2, limit=12.5, demand=0.25)
    assert network.name == f"intersection, {arms} arms, {control}"
    assert network.demand == 0.25
    assert network.lanes["limit"].max() == 12.5
    found = set(network.lanes["control"][network.lanes["kind"] == CONNECTOR].tolist())
    assert found <= CONTROLS[control]
    assert (len(found) == 2) == (control == "priority")
    rights = set(network.conflicts["right"].tolist())
    assert control == "signals" or (rights == {FIRST_COME}) == (control in ("none", "stop"))


def test_at_least_eight_routes_where_there_are_as_many_ways():
    for level in range(20):
        network = build(rng_of(level))
        ways = len(network.lanes[network.lanes["kind"] == CONNECTOR])
        assert len(network.routes) >= min(8, ways)
        assert (network.routes["goal"] - network.routes["start"] > 100.0).all()


def test_opposite_arms_of_a_priority_street_go_first():
    network = build(rng_of(0), arms=4, control="priority", lanes=1)
    for lane in network.lanes[network.lanes["kind"] == CONNECTOR]:
        for conflict in network.conflicts[lane["first_conflict"] :][: lane["num_conflicts"]]:
            other = network.lanes[conflict["lane"]]
            if conflict["kind"] != 2 and lane["control"] == FREE != other["control"]:
                assert conflict["right"] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"arms": 5}, "An intersection has 3 or 4 arms, got 5"),
        ({"lanes": 4}, "1 to 3 lanes each way, got 4"),
        ({"control": "signal"}, "Unknown control 'signal'. Did you mean 'signals'?"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message.replace("?", r"\?").replace(".", r"\.")):
        build(np.random.default_rng(0), **arguments)
