"""The traffic as a whole: it flows, keeps to its lanes, and never collides with itself."""

import numpy as np
import pytest
from kernels.road_play import (
    ACCELERATION,
    FAMILIES,
    HEADING,
    KIND,
    LANE_S,
    LIVES,
    SPEED,
    X,
    Y,
    empty_world,
    network_of,
    overlaps,
    played,
    put_vehicle,
    traffic_on,
)
from kernels.small_worlds import scaled
from kernels.test_road_junctions import longest_stand
from road_levels import circle, straight_road, two_lanes

from envs.kernels.road_records import ABSENT, VEHICLE

families = pytest.mark.parametrize("family", FAMILIES)


@families
def test_traffic_never_collides_with_itself(family):
    for level in range(scaled(8, 1)):
        log = played(traffic_on(network_of(family, level), key=level), scaled(600, 12))
        assert overlaps(log) == [], f"level {level}"


@pytest.mark.slow
@families
def test_traffic_never_collides_with_itself_in_a_thousand_episodes(family):
    found = [
        level
        for level in range(1000)
        if overlaps(played(traffic_on(network_of(family, level), num_actors=20, key=level), 600))
    ]
    assert found == []


@pytest.mark.slow
@families
def test_dense_traffic_neither_collides_nor_locks_for_minutes(family):
    for level in range(40):
        network = network_of(family, level)._replace(demand=1.0)
        world = traffic_on(network, num_actors=40, key=level)
        log = played(world, 3000)
        assert overlaps(log[::10]) == [], f"level {level}"
        assert longest_stand(log) < 1500, f"level {level}"


@families
def test_everybody_moves_as_fast_as_his_speed_says_and_turns_smoothly(family):
    log = played(traffic_on(network_of(family, 3), key=3), scaled(400, 10))
    same = (np.diff(log[..., LIVES], axis=0) == 0) & (log[1:, :, KIND] == VEHICLE) & (log[:-1, :, KIND] == VEHICLE)
    way = np.hypot(np.diff(log[..., X], axis=0), np.diff(log[..., Y], axis=0))[same]
    driven = 0.05 * (log[1:, :, SPEED] + log[:-1, :, SPEED])[same]
    # Beside the middle of a bent lane the way is longer or shorter; a lane change adds its own.
    assert np.abs(way - driven).max() < 0.12
    turns = np.angle(np.exp(1j * np.diff(log[..., HEADING], axis=0)))[same]
    assert np.abs(turns).max() < 0.12
    assert log[..., SPEED].min() >= 0.0
    assert log[..., ACCELERATION].min() >= -8.0 - 1e-9


@families
def test_as_many_vehicles_are_there_as_the_level_demands(family):
    network = network_of(family, 2)._replace(demand=0.5, pedestrians=0)
    world = traffic_on(network, num_actors=20)
    there = (world[0].actors[0]["kind"] == VEHICLE).sum()
    assert 7 <= there <= 10
    log = played(world, scaled(200, 5))
    assert ((log[..., KIND] == VEHICLE).sum(axis=1) <= 10).all()


@families
def test_equal_keys_play_equal_episodes_and_others_do_not(family):
    network = network_of(family, 5)
    logs = [played(traffic_on(network, key=key), scaled(150, 5)) for key in (4, 4, 5)]
    assert (logs[0] == logs[1]).all()
    assert (logs[0] != logs[2]).any()


def test_who_leaves_at_the_end_of_the_road_appears_at_an_entry_again():
    world = empty_world(two_lanes(150.0), num_actors=6)
    world[2].counts["demand"] = 1.0
    put_vehicle(world, 0, 0, 140.0, 12.0)
    log = played(world, 400)
    gone = np.flatnonzero(log[:, 0, KIND] == ABSENT)
    assert len(gone) > 0
    again = np.flatnonzero((log[:, 0, KIND] == VEHICLE) & (np.arange(len(log)) > gone[0]))
    assert len(again) > 0
    assert log[again[0], 0, LANE_S] < 8.0
    assert log[again[0], 0, LIVES] >= 1


def test_vehicles_begin_with_room_between_them():
    world = traffic_on(straight_road(1000.0)._replace(demand=1.0), num_actors=20)
    actors = world[0].actors[0]
    actors = np.sort(actors[actors["kind"] == VEHICLE], order="lane_s")
    assert len(actors) >= 12
    gaps = np.diff(actors["lane_s"]) - 0.5 * (actors["length"][1:] + actors["length"][:-1])
    assert (gaps > actors["min_gap"][:-1]).all()
    assert (played(world, 50)[..., ACCELERATION] > -2.5).all()


def test_no_two_drivers_are_alike():
    actors = traffic_on(straight_road(1000.0)._replace(demand=1.0), num_actors=20)[0].actors[0]
    actors = actors[actors["kind"] == VEHICLE]
    for name in ("desired", "max_acceleration", "braking", "min_gap", "headway", "politeness", "patience", "length"):
        assert len(np.unique(actors[name])) == len(actors), name
    assert np.corrcoef(actors["desired"], actors["headway"])[0, 1] < -0.4, "who is bold in one thing is in others"


def test_a_ring_road_flows_for_ever():
    world = traffic_on(circle(radius=40.0)._replace(demand=1.0), num_actors=14)
    log = played(world, scaled(2000, 100))
    assert overlaps(log[:: scaled(10, 5)]) == []
    there = log[-1, :, KIND] == VEHICLE
    assert there.sum() >= 8
    assert log[-1, there, SPEED].min() > scaled(3.0, 0.0)


def test_without_anybody_nothing_happens():
    log = played(empty_world(straight_road()._replace(demand=0.0), num_actors=3), 20)
    assert (log[..., KIND] == ABSENT).all()
