"""Junctions: who goes when, and that all get through."""

import numpy as np
import pytest
from kernels.road_play import (
    KIND,
    LANE,
    LANE_S,
    SPEED,
    empty_world,
    network_of,
    overlaps,
    played,
    put_vehicle,
    read_law,
    traffic_on,
)
from kernels.small_worlds import scaled
from road_levels import crossing

from envs.kernels.road_admission import STARVED_STEPS, time_to
from envs.kernels.road_junctions import HALT_STEPS
from envs.kernels.road_margins import LINE_GAP
from envs.kernels.road_records import CROSSING, FIRST_COME, FREE, STOP, VEHICLE, YIELD

MINOR, MAJOR = 1, 4
"""Connectors of `crossing()`: lanes 0, 1, 2 yield to lanes 3, 4, 5."""


def entered(log, i, lane):
    """The first step at which actor i is on a lane, or infinity."""
    steps = np.flatnonzero(log[:, i, LANE] == lane)
    return int(steps[0]) if len(steps) else np.inf


def test_whoever_must_yield_waits_for_the_other():
    world = empty_world(crossing(), num_actors=2)
    put_vehicle(world, 0, 0, 35.0, 9.0)
    put_vehicle(world, 1, 3, 35.0, 9.0)
    log = played(world, 250)
    assert not overlaps(log)
    assert entered(log, 1, MAJOR) < entered(log, 0, MINOR) < np.inf
    assert np.diff(log[: entered(log, 1, 5), 1, SPEED]).min() > -0.02, "who has the right of way need not brake"


def test_whoever_must_yield_goes_first_where_the_other_is_far():
    world = empty_world(crossing(), num_actors=2)
    put_vehicle(world, 0, 0, 50.0, 9.0)
    put_vehicle(world, 1, 3, 0.0, 3.0)
    log = played(world, 150)
    assert entered(log, 0, MINOR) < entered(log, 1, MAJOR)
    assert np.diff(log[: entered(log, 0, 2), 0, SPEED]).min() > -0.02


@pytest.mark.parametrize("patience", [0.5, 6.0])
def test_patience_is_the_gap_that_is_left_to_the_right_of_way(patience):
    world = empty_world(crossing(reach=300.0), num_actors=2)
    put_vehicle(world, 0, 0, 270.0, 8.0, patience=patience)
    put_vehicle(world, 1, 3, 205.0, 10.0)
    log = played(world, 400)
    assert (entered(log, 0, MINOR) < entered(log, 1, MAJOR)) == (patience < 1.0)


def test_without_right_of_way_the_first_to_come_goes_first():
    for far in (0, 1):
        network = crossing(control=FREE)
        network.conflicts["right"] = FIRST_COME
        world = empty_world(network, num_actors=2)
        put_vehicle(world, 0, 0, 20.0 if far == 0 else 45.0, 8.0)
        put_vehicle(world, 1, 3, 20.0 if far == 1 else 45.0, 8.0)
        log = played(world, 300)
        assert not overlaps(log)
        assert (entered(log, 0, MINOR) > entered(log, 1, MAJOR)) == (far == 0)
        assert max(entered(log, 0, MINOR), entered(log, 1, MAJOR)) < np.inf


def test_stop_asks_to_halt_even_where_nobody_comes():
    log = {}
    for control in (STOP, YIELD):
        world = empty_world(crossing(control=control), num_actors=1)
        put_vehicle(world, 0, 0, 20.0, 9.0)
        log[control] = played(world, 200)
    halted = log[STOP][: entered(log[STOP], 0, MINOR), 0, SPEED] < 0.3
    assert halted.sum() >= HALT_STEPS
    assert entered(log[STOP], 0, MINOR) < 150
    assert log[YIELD][: entered(log[YIELD], 0, MINOR), 0, SPEED].min() > 5.0


def test_whoever_waits_for_very_long_is_let_in_by_endless_traffic():
    network = crossing(reach=200.0)
    network.entries[:] = 3
    world = empty_world(network, num_actors=9)
    put_vehicle(world, 0, 0, 180.0, 5.0)
    for k in range(8):
        put_vehicle(world, 1 + k, 3, 180.0 - 22.0 * k, 8.0, headway=1.0)
    world[2].counts["demand"] = 1.0
    log = played(world, scaled(STARVED_STEPS + 300, STARVED_STEPS + 150))
    assert entered(log, 0, MINOR) < STARVED_STEPS + 140
    assert not overlaps(log)


def test_nobody_is_on_shared_ground_together_and_nobody_waits_for_ever():
    network = network_of("intersection", 4, control="none", arms=4, demand=1.0)
    log = played(traffic_on(network, num_actors=30), scaled(1200, 40))
    is_there = log[..., KIND] == VEHICLE
    for own, lane in enumerate(network.lanes):
        for conflict in network.conflicts[lane["first_conflict"] : lane["first_conflict"] + lane["num_conflicts"]]:
            if conflict["kind"] == CROSSING:
                stretches = (
                    (own, conflict["low"], conflict["high"]),
                    (conflict["lane"], conflict["other_low"], conflict["other_high"]),
                )
                mine, theirs = (
                    (is_there & (log[..., LANE] == k) & (log[..., LANE_S] > low) & (log[..., LANE_S] < high)).any(
                        axis=1
                    )
                    for k, low, high in stretches
                )
                assert not (mine & theirs).any()
    assert longest_stand(log) < 600


def longest_stand(log):
    """Steps for which somebody has stood at most."""
    longest, standing = 0, np.zeros(log.shape[1], int)
    for row in log:
        standing = np.where((row[:, KIND] == VEHICLE) & (row[:, SPEED] < 0.1), standing + 1, 0)
        longest = max(longest, standing.max())
    return longest


def test_the_box_is_kept_clear_where_there_is_no_room_behind_it():
    world = empty_world(crossing(), num_actors=3)
    put_vehicle(world, 0, 3, 40.0, 8.0)
    put_vehicle(world, 1, 4, 19.9, collided=1)
    log = played(world, 200)
    assert log[-1, 0, LANE] == 3
    assert log[-1, 0, SPEED] < 0.05


def agent_world(speed, s):
    """A vehicle of the traffic on the major road, and an agent on the minor one, s along its path."""
    world = empty_world(crossing(), num_actors=2, num_agents=1)
    put_vehicle(world, 1, 3, 50.0, 8.0)
    agent, own = world[0].actors[0, 0], world[0].agents[0, 0]
    agent["kind"], agent["x"], agent["y"], agent["speed"] = VEHICLE, s - 80.0, 0.0, speed
    agent["length"], agent["width"], agent["braking"], agent["max_acceleration"] = 4.5, 1.9, 3.0, 2.0
    own["route"], own["index"], own["path_s"], own["active"] = 0, int(s), s, 1
    return world


def test_traffic_waits_for_an_agent_on_its_way_whoever_has_the_right_of_way():
    world = agent_world(0.0, 80.0)
    log = played(world, 150)
    assert log[-1, 1, LANE] in (3, 4)
    assert log[-1, 1, SPEED] < 0.05
    assert not overlaps(log)


def test_traffic_does_not_count_on_an_agent_that_is_too_fast_to_stop():
    assert read_law(*agent_world(2.0, 50.0), 1)[0] > 0.0
    world = agent_world(15.0, 66.0)
    world[0].actors[0, 1]["lane_s"], world[0].actors[0, 1]["tickets"][1] = 66.0, 5000
    assert read_law(*world, 1)[0] < -1.0


def test_a_ticket_that_an_agent_does_not_use_lapses():
    world = empty_world(crossing(control=FREE), num_actors=1, num_agents=1)
    agent, own = world[0].actors[0, 0], world[0].agents[0, 0]
    agent["kind"], agent["x"], agent["length"], agent["width"], agent["braking"] = VEHICLE, -14.0, 4.5, 1.9, 3.0
    agent["max_acceleration"], agent["desired"] = 2.0, 1.0
    own["route"], own["index"], own["path_s"], own["active"] = 0, 66, 66.0, 1
    played(world, 3)
    assert agent["granted"] == MINOR
    played(world, 40)
    assert agent["granted"] == -1


def test_the_line_is_kept_at_a_distance():
    world = empty_world(crossing(), num_actors=2)
    put_vehicle(world, 0, 0, 30.0, 8.0)
    put_vehicle(world, 1, 4, 10.0, collided=1)
    log = played(world, 250)
    assert 70.0 - LINE_GAP - 0.3 < log[-1, 0, LANE_S] + 2.25 < 70.0


@pytest.mark.parametrize("speed", [0.0, 3.0, 20.0])
def test_travel_times_are_those_of_uniform_acceleration(speed):
    for distance in (0.0, 1.0, 30.0, 300.0):
        travelled, now, time = 0.0, speed, 0.0
        while travelled < distance:
            travelled += now * 1e-3
            now = min(now + 2.0 * 1e-3, max(15.0, speed))
            time += 1e-3
        assert time_to(distance, speed, 2.0, 15.0) == pytest.approx(time, abs=0.02)


def test_capacity_flows_through_a_junction():
    """A minor road that crosses a street in use still passes several vehicles a minute."""
    network = crossing(reach=120.0)
    world = traffic_on(network._replace(demand=1.0), num_actors=16)
    log = played(world, scaled(3000, 100))
    arrived = sum(int(((log[1:, i, LANE] == 2) & (log[:-1, i, LANE] == MINOR)).sum()) for i in range(log.shape[1]))
    assert arrived >= scaled(20, 0)
    assert not overlaps(log[:: scaled(2, 1)])
