"""Pedestrians: nobody hits them, nobody is surprised by them."""

import numpy as np
import pytest
from kernels.road_play import (
    ACCELERATION,
    HEADING,
    KIND,
    LANE_S,
    LENGTH,
    SPEED,
    STAGE,
    WIDTH,
    X,
    Y,
    empty_world,
    network_of,
    overlaps,
    place,
    played,
    put_vehicle,
    traffic_on,
)
from kernels.small_worlds import scaled
from road_levels import assemble, lane_spec, straight_line

from envs.kernels import road_records as records
from envs.kernels.road_records import GREEN, PEDESTRIAN, RED, VEHICLE


def street_with_crosswalk(signals=None):
    """200 m along +x; a crosswalk 3 m wide and 7 m long lies over it at x = 100."""
    crosswalks, crossings = np.zeros(1, records.CROSSWALK), np.zeros(1, records.CROSSING_STRETCH)
    crosswalks[0] = (100.0, 0.0, np.pi / 2, 7.0, 3.0, -1 if signals is None else 0)
    crossings[0] = (0, 98.5, 101.5)
    lane = lane_spec(straight_line(0, 0, 0, 400.0), num_crossings=1, first_crossing=0)
    fields = {} if signals is None else {"signals": signals}
    return assemble([lane], routes=[(0,)], crosswalks=crosswalks, crossings=crossings, pedestrians=1, **fields)


def world_with_walker(*, waited, signals=None, num_actors=4):
    """One pedestrian at the lower end, who means to start in `waited` steps; nobody else."""
    network = street_with_crosswalk(signals)._replace(demand=0.0)
    world = empty_world(network, num_actors=num_actors)
    place(*world)
    walker = world[0].actors[0, -1]
    assert walker["kind"] == PEDESTRIAN
    if walker["stage"] == 2:
        walker["stage"], walker["lane_s"], walker["y"] = 0, -walker["lane_s"], -walker["y"]
        walker["heading"] = np.pi / 2
    walker["waited"] = waited
    return world


def test_a_pedestrian_walks_over_and_turns_back_after_a_rest():
    log = played(world_with_walker(waited=5), 600)[:, -1]
    stages = log[np.concatenate([[True], np.diff(log[:, STAGE]) != 0]), STAGE]
    assert stages[:4].tolist() == [0, 1, 2, 3]
    assert log[:, Y].min() < -3.5 < 3.5 < log[:, Y].max()
    assert np.abs(np.diff(log[:, Y])).max() <= 0.161
    walking = log[:, SPEED] > 0.9
    assert np.sign(np.sin(log[walking, HEADING])) == pytest.approx(np.where(log[walking, STAGE] == 1, 1, -1))


@pytest.mark.parametrize("distance", [8.0, 20.0, 35.0, 60.0])
def test_nobody_who_starts_makes_a_driver_brake_hard(distance):
    world = world_with_walker(waited=0)
    put_vehicle(world, 0, 0, 98.5 - 2.25 - distance, 12.0)
    log = played(world, 200)
    assert not overlaps(log)
    assert log[:, 0, ACCELERATION].min() > -4.5
    assert (log[:, -1, STAGE] > 0).any()


def test_a_driver_stands_before_the_crosswalk_while_somebody_walks_and_then_drives_on():
    world = world_with_walker(waited=0)
    put_vehicle(world, 0, 0, 40.0, 10.0)
    log = played(world, 260)
    walking = log[:, -1, STAGE] == 1
    before = walking & (log[:, -1, Y] < 1.0)
    assert log[before, 0, LANE_S].max() + 2.25 < 98.5
    assert log[-1, 0, LANE_S] > 110.0


def test_pedestrians_wait_for_drivers_who_could_not_stop_any_more():
    world = world_with_walker(waited=0)
    put_vehicle(world, 0, 0, 80.0, 14.0)
    log = played(world, 100)
    started = np.flatnonzero(log[:, -1, STAGE] == 1)[0]
    assert log[started, 0, LANE_S] - 2.25 > 101.0
    assert np.diff(log[:started, 0, SPEED]).min() > -0.05


def test_nobody_stops_on_a_crosswalk_behind_a_queue():
    world = world_with_walker(waited=10**6)
    put_vehicle(world, 0, 0, 50.0, 10.0)
    put_vehicle(world, 1, 0, 106.0, collided=1)
    log = played(world, 200)
    assert log[-1, 0, SPEED] < 0.05
    assert log[-1, 0, LANE_S] + 2.25 < 98.5


def test_pedestrians_heed_the_signal_of_the_road_they_cross():
    signals = np.zeros(1, records.SIGNAL_PHASES)
    signals[0]["count"], signals[0]["cycle"] = 2, 100.0
    signals[0]["colour"][:2], signals[0]["until"][:2] = (GREEN, RED), (10.0, 100.0)
    log = played(world_with_walker(waited=0, signals=signals), 140)
    assert 100 <= np.flatnonzero(log[:, -1, STAGE] == 1)[0] <= 105


def test_pedestrians_on_one_crosswalk_never_touch():
    network = street_with_crosswalk()._replace(demand=0.0, pedestrians=4)
    world = empty_world(network, num_actors=8)
    place(*world)
    assert (world[0].actors[0]["kind"] == PEDESTRIAN).sum() == 4
    log = played(world, scaled(1500, 200))
    assert not overlaps(log)
    assert (log[..., STAGE].max(axis=0)[-4:] > 0).all()


@pytest.mark.parametrize("level", range(scaled(10, 1)))
def test_a_pedestrian_is_never_hit(level):
    network = network_of("intersection", 100 + level)
    world = traffic_on(network._replace(pedestrians=min(6, 2 * len(network.crosswalks))), key=level)
    log = played(world, scaled(900, 20))
    kinds = log[..., KIND]
    touching = [(t, i, j) for t, i, j in overlaps(log) if PEDESTRIAN in (kinds[t, i], kinds[t, j])]
    assert not touching
    assert (kinds == VEHICLE).any()
    assert (log[kinds == PEDESTRIAN][:, [LENGTH, WIDTH]] > 0).all()
    assert np.isfinite(log[..., X]).all()
