"""Roundabouts: the ring circulates counter-clockwise and goes first; ways in and out are smooth."""

from math import pi

import numpy as np
import pytest
from driving.roads.truths import CHECKS, assert_same, rng_of

from envs.driving.roads.builder import NetworkBuilder
from envs.driving.roads.curves import straight
from envs.driving.roads.junction_shape import Arm
from envs.driving.roads.ring import add_roundabout
from envs.driving.roads.ring_shape import shape_roundabout
from envs.driving.roads.roundabout import build
from envs.driving.roads.street import add_street
from envs.kernels.road_records import CONNECTOR, CROSSING, FREE, MERGING, OTHER_FIRST, OWN_FIRST, YIELD

PLANS = [(arms, lanes, level) for arms in (3, 4, 5) for lanes in (1, 2) for level in range(3)]
every_plan = pytest.mark.parametrize(("arms", "lanes", "level"), PLANS)


def plan(arms, lanes, level):
    return build(rng_of(level), arms=arms, lanes=lanes)


def on_ring(network):
    """Lanes whose points all lie equally far from the centre."""
    found = []
    for k, lane in enumerate(network.lanes):
        points = network.points[lane["first"] : lane["first"] + lane["count"]]
        distance = np.hypot(points["x"], points["y"])
        if np.ptp(distance) < 1e-6:
            found.append(k)
    return found


def conflicts_of(network, lane):
    first = network.lanes["first_conflict"][lane]
    return network.conflicts[first : first + network.lanes["num_conflicts"][lane]]


@every_plan
def test_every_level_is_a_lawful_road(arms, lanes, level):
    network = plan(arms, lanes, level)
    for check in CHECKS.values():
        check(network)
    assert len(network.routes) >= 8
    for lane in network.entries:
        assert network.lanes["length"][lane] >= 60


@every_plan
def test_the_ring_circulates_counter_clockwise_and_is_closed(arms, lanes, level):
    network = plan(arms, lanes, level)
    ring = on_ring(network)
    assert len(ring) == 2 * arms * lanes
    for lane in ring:
        points = network.points[network.lanes["first"][lane] :][: network.lanes["count"][lane]]
        turned = np.unwrap(np.arctan2(points["y"], points["x"]))
        assert (np.diff(turned) > 0).all()
        tangent = np.arctan2(points["y"], points["x"]) + pi / 2
        assert np.abs(np.sin(points["heading"] - tangent)).max() < 1e-9
    for start in ring:
        lane, seen = start, []
        while lane not in seen:
            seen.append(lane)
            after = [other for other in network.lanes["next"][lane].tolist() if other in ring]
            assert len(after) == 1
            lane = after[0]
        assert lane == start
        assert len(seen) == 2 * arms


@every_plan
def test_whoever_enters_yields_to_all_lanes_of_the_ring_that_it_touches(arms, lanes, level):
    network = plan(arms, lanes, level)
    ring = set(on_ring(network))
    entries = np.flatnonzero(network.lanes["control"] == YIELD)
    assert arms + 2 * (lanes - 1) <= len(entries) <= arms * lanes
    for entry in entries:
        assert network.lanes["kind"][entry] == CONNECTOR
        met = [conflict for conflict in conflicts_of(network, entry) if int(conflict["lane"]) in ring]
        merging = [conflict for conflict in met if conflict["kind"] == MERGING]
        assert len(merging) == 1
        into = network.lanes["next"][entry][0]
        assert into in ring
        assert network.lanes["next"][merging[0]["lane"]][0] == into
        for conflict in met:
            assert conflict["right"] == OTHER_FIRST
            there = [own for own in conflicts_of(network, int(conflict["lane"])) if own["lane"] == entry]
            assert len(there) == 1
            assert there[0]["right"] == OWN_FIRST


@every_plan
def test_whoever_leaves_from_inside_yields_to_the_lanes_it_crosses(arms, lanes, level):
    network = plan(arms, lanes, level)
    ring = set(on_ring(network))
    for lane in range(len(network.lanes)):
        is_exit = network.lanes["kind"][lane] == CONNECTOR and lane not in ring
        if not is_exit or network.lanes["control"][lane] != FREE:
            continue
        for conflict in conflicts_of(network, lane):
            if conflict["kind"] == CROSSING and int(conflict["lane"]) in ring:
                assert conflict["right"] == OTHER_FIRST
                other = int(conflict["lane"])
                radius = [np.hypot(*network.points[network.lanes["first"][k]].tolist()[:2]) for k in (lane, other)]
                assert radius[0] < radius[1]


@every_plan
def test_nobody_stands_in_the_ring_while_waiting_at_a_yield_line(arms, lanes, level):
    network = plan(arms, lanes, level)
    outer = max(np.hypot(*network.points[network.lanes["first"][k]].tolist()[:2]) for k in on_ring(network))
    for entry in np.flatnonzero(network.lanes["control"] == YIELD):
        line = network.points[network.lanes["first"][entry]]
        assert np.hypot(line["x"], line["y"]) > outer + 2.2  # half a lane of the ring, and a margin
        assert all(conflict["low"] > 0.0 for conflict in conflicts_of(network, entry) if conflict["kind"] != 2)


@every_plan
def test_every_arm_can_be_reached_from_every_arm(arms, lanes, level):
    network = plan(arms, lanes, level)
    exits = {k for k, lane in enumerate(network.lanes) if lane["num_next"] == 0}
    for entry in network.entries:
        reached, waiting = set(), [int(entry)]
        while waiting:
            lane = waiting.pop()
            if lane not in reached:
                reached.add(lane)
                waiting += [k for k in network.lanes["next"][lane].tolist() if k >= 0]
                waiting += [int(k) for k in (network.lanes["left"][lane], network.lanes["right"][lane]) if k >= 0]
        assert exits <= reached


def test_levels_vary():
    networks = [build(rng_of(level)) for level in range(80)]
    assert {network.name for network in networks} == {
        f"roundabout, {arms} arms, {lanes} lane{'s' * (lanes > 1)}" for arms in (3, 4, 5) for lanes in (1, 2)
    }
    radii = [
        np.hypot(*network.points[network.lanes["first"][on_ring(network)[0]]].tolist()[:2]) for network in networks
    ]
    assert 14 <= min(radii) < 17 < 23 < max(radii) <= 25.01
    limits = [network.lanes["limit"][on_ring(network)[0]] for network in networks]
    assert 5.5 < min(limits) < max(limits) <= 9.0
    with_people = [network for network in networks if len(network.crosswalks)]
    assert 0.2 < len(with_people) / len(networks) < 0.9
    assert all(network.pedestrians > 0 and len(network.crossings) > 0 for network in with_people)
    assert np.ptp([network.demand for network in networks]) > 0.5


def test_arms_stand_at_irregular_angles():
    apart = []
    for level in range(20):
        network = build(rng_of(level), arms=4, lanes=1)
        first = network.points[network.lanes["first"][network.entries]]
        angles = np.sort(np.arctan2(first["y"], first["x"]))
        apart += np.diff(angles, append=angles[0] + 2 * pi).tolist()
    assert min(apart) < 1.3
    assert max(apart) > 1.9


def test_crosswalks_lie_over_lanes_before_the_yield_line_only():
    network = next(net for net in (build(rng_of(k)) for k in range(50)) if len(net.crosswalks))
    crossed = [k for k, lane in enumerate(network.lanes) if lane["num_crossings"]]
    assert crossed
    assert not set(crossed) & {int(k) for k in np.flatnonzero(network.lanes["kind"] == CONNECTOR)}
    assert not set(crossed) & set(on_ring(network))


def test_a_roundabout_can_be_placed_anywhere():
    arms = tuple(Arm(heading=k * pi / 2 + 0.2, lanes=1, width=3.5, limit=10.0) for k in range(4))
    shape = shape_roundabout((200.0, -100.0), arms, radius=18.0)
    builder, incoming, outgoing = NetworkBuilder(), [], []
    for k, arm in enumerate(arms):
        street = add_street(builder, straight(shape.at(k, shape.stops[k]), 70.0), lanes=1, width=3.5, limit=arm.limit)
        outgoing.append(street.forward)
        incoming.append(street.backward)
        builder.add_entry(street.backward[0])
    ring = add_roundabout(builder, shape, number=3, incoming=incoming, outgoing=outgoing)
    for to in range(4):
        builder.add_route([incoming[0][0], *ring.way(0, to, 0), outgoing[to][0]])
    network = builder.finish("placed", 1.0)
    for check in CHECKS.values():
        check(network)
    lengths = network.routes["num_points"][[1, 2, 3, 0]]
    assert (np.diff(lengths) > 15).all()  # the further round, the longer; back to where one came from is furthest
    assert set(network.lanes["junction"].tolist()) == {-1, 3}


def test_arms_that_do_not_fit_are_refused():
    narrow = tuple(Arm(heading=heading, lanes=1, width=3.5, limit=10.0) for heading in (0.0, 0.5, 3.0))
    with pytest.raises(ValueError, match=r"Arms 0 and 1 of the roundabout: expected at least .* got 0\.50"):
        shape_roundabout((0.0, 0.0), narrow, radius=18.0)
    wide = tuple(Arm(heading=heading, lanes=2, width=3.5, limit=10.0) for heading in (0.0, 2.0, 4.0))
    with pytest.raises(ValueError, match=r"Arm 0 of the roundabout: expected 1 to 1 lanes, as the ring has; got 2"):
        shape_roundabout((0.0, 0.0), wide, radius=18.0)


def test_arguments_are_obeyed():
    network = build(rng_of(1), arms=5, lanes=2, limit=7.0, demand=0.5)
    assert network.name == "roundabout, 5 arms, 2 lanes"
    assert network.lanes["limit"].max() == 7.0
    assert network.demand == 0.5
    with pytest.raises(ValueError, match="3 to 5 arms, got 6"):
        build(rng_of(1), arms=6)
    with pytest.raises(ValueError, match="1 or 2 lanes, got 3"):
        build(rng_of(1), lanes=3)


def test_a_level_is_always_the_same():
    assert_same(build(rng_of(7)), build(rng_of(7)))
