"""MOBIL: who may change lanes, and who wants to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernels.road_play import LANE, LANE_D, LANE_S, SPEED, empty_world, overlaps, played, put_vehicle, read_wish
from road_levels import assemble, lane_spec, straight_line, two_lanes
from twins import road_traffic as twin

from envs.kernels.mobil import incentive, is_safe
from envs.kernels.road_lane_change import THRESHOLD

accelerations = st.floats(-8.0, 4.0)
pairs = st.tuples(accelerations, accelerations)
RIGHT, LEFT = 0, 1


@given(pairs, pairs, pairs, st.floats(0.0, 1.0), st.floats(0.0, 5.0))
def test_the_criterion_equals_the_published_one(own, new, old, politeness, safe_braking):
    found = is_safe(new[1], safe_braking) and incentive(*own, *new, *old, politeness) >= THRESHOLD
    wanted = twin.changes_lane(own, new, old, politeness=politeness, threshold=THRESHOLD, safe_braking=safe_braking)
    assert found == wanted or incentive(*own, *new, *old, politeness) == pytest.approx(THRESHOLD)


def behind_a_slow_one(**fields):
    """Vehicle 0 at 12 m/s, 15 m behind one at 3 m/s, on the right of two lanes."""
    world = empty_world(two_lanes(500.0), num_actors=4)
    put_vehicle(world, 0, RIGHT, 100.0, **{"speed": 12.0, **fields})
    put_vehicle(world, 1, RIGHT, 130.0, 3.0)
    return world


def test_a_vehicle_behind_a_slow_one_wants_the_free_lane():
    assert read_wish(*behind_a_slow_one(), 0) == LEFT


def test_a_vehicle_alone_stays_where_it_is():
    world = empty_world(two_lanes(500.0), num_actors=4)
    put_vehicle(world, 0, RIGHT, 100.0, 12.0)
    assert read_wish(*world, 0) == -1


@pytest.mark.parametrize("place", [70.0, 92.0, 100.0, 103.0])
def test_a_change_before_somebody_fast_or_into_somebody_is_refused(place):
    world = behind_a_slow_one()
    put_vehicle(world, 2, LEFT, place, 25.0)
    assert read_wish(*world, 0) == -1


def test_politeness_decides_where_the_own_gain_is_the_others_loss():
    wishes = []
    for politeness in (0.0, 1.0):
        world = behind_a_slow_one(politeness=politeness)
        world[0].actors[0, 1]["speed"] = 11.0
        put_vehicle(world, 2, LEFT, 70.0, 13.0)
        wishes.append(read_wish(*world, 0))
    assert wishes == [LEFT, -1]


def test_nobody_changes_below_walking_pace_nor_twice_within_a_second():
    assert read_wish(*behind_a_slow_one(speed=0.9), 0) == -1
    assert read_wish(*behind_a_slow_one(since_change=5), 0) == -1


def test_a_change_is_smooth_and_takes_about_three_seconds():
    log = played(behind_a_slow_one(), 60)
    changing = log[:, 0, LANE_D] != 0.0
    assert log[-1, 0, LANE] == LEFT
    assert 25 <= changing.sum() <= 36
    aside = log[changing, 0, LANE_D]
    assert abs(aside[0] + 3.5) < 0.1
    assert (abs(aside[1:]) <= abs(aside[:-1]) + 1e-9).all()
    assert abs(aside[1:] - aside[:-1]).max() < 0.3
    assert not overlaps(log)


def dropped_lane():
    """Two lanes, of which the right one ends after 150 m."""
    lanes = [
        lane_spec(straight_line(0, 0, 0, 150.0), left=1),
        lane_spec(straight_line(0, 3.5, 0, 150.0), right=0, next=(2,)),
        lane_spec(straight_line(150.0, 3.5, 0, 300.0)),
    ]
    return assemble(lanes, routes=[(1, 2)], entries=(0, 1), name="dropped lane")


def test_whoever_is_on_a_lane_that_ends_merges_before_its_end():
    world = empty_world(dropped_lane(), num_actors=8)
    for k in range(4):
        put_vehicle(world, k, 0, 20.0 + 22.0 * k, 10.0)
        put_vehicle(world, 4 + k, 1, 15.0 + 22.0 * k, 10.0)
    log = played(world, 500)
    assert not overlaps(log)
    assert log[log[..., LANE] == 0.0][:, LANE_S].max() < 150.0 - 5.0
    assert (log[-1, :, LANE_S] > 100.0).sum() + (log[-1, :, LANE] == 2.0).sum() > 0
    assert len({tuple(row) for row in log[:, 0, [LANE]]}) > 1


def test_somebody_who_waits_where_his_lane_ends_is_let_in():
    world = empty_world(dropped_lane(), num_actors=12)
    put_vehicle(world, 0, 0, 150.0 - 18.0)
    for k in range(8):
        put_vehicle(world, 1 + k, 1, 10.0 + 14.0 * k, 7.0)
    log = played(world, 400)
    assert not overlaps(log)
    assert 2.0 in log[:, 0, LANE]
    assert log[..., SPEED].min() >= 0.0
