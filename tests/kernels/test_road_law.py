"""What the rules of the road ask of one vehicle."""

import numpy as np
import pytest
from kernels.road_play import LANE, LANE_S, SPEED, empty_world, played, put_vehicle, read_law
from road_levels import assemble, circle, crossing, lane_spec, straight_line, straight_road, two_lanes

from envs.kernels import road_records as records
from envs.kernels.idm import equilibrium_gap, idm
from envs.kernels.road_law import LATERAL
from envs.kernels.road_margins import EMERGENCY, NOWHERE
from envs.kernels.road_records import CONNECTOR, GREEN, OBSTACLE, RED, SIGNAL

WAYMAX = (2.0, 4.0, 2.0, 2.0, 4.0)


def test_alone_it_is_the_intelligent_driver_model_towards_the_limit():
    world = empty_world(straight_road(2000.0, limit=15.0), num_actors=1)
    put_vehicle(world, 0, 0, 50.0, 6.0)
    acceleration, stop = read_law(*world, 0)
    assert acceleration == pytest.approx(idm(6.0, 15.0, np.inf, 0.0, *WAYMAX))
    assert stop >= NOWHERE - 10.0
    put_vehicle(world, 0, 0, 50.0, 6.0, desired=1.1)
    assert read_law(*world, 0)[0] == pytest.approx(idm(6.0, 16.5, np.inf, 0.0, *WAYMAX))


@pytest.mark.parametrize("gap", [3.0, 12.0, 40.0])
def test_behind_a_leader_it_is_the_model_with_the_gap_between_bumpers(gap):
    world = empty_world(straight_road(2000.0), num_actors=2)
    put_vehicle(world, 0, 0, 50.0, 9.0)
    put_vehicle(world, 1, 0, 54.5 + gap, 7.0)
    wanted = max(-EMERGENCY, idm(9.0, 15.0, gap, 7.0, *WAYMAX))
    assert read_law(*world, 0)[0] == pytest.approx(wanted)


@pytest.mark.parametrize(("lane", "s", "gap"), [(0, 69.0, 30.5), (1, 3.0, 34.5), (2, 1.0, 52.5)])
def test_leaders_on_the_lanes_to_come_count_as_those_on_the_own(lane, s, gap):
    world = empty_world(crossing(), num_actors=2)
    world[2].lanes["num_conflicts"], world[2].lanes["control"] = 0, 0
    put_vehicle(world, 0, 0, 34.0, 9.0)
    put_vehicle(world, 1, lane, s, 6.0)
    assert read_law(*world, 0)[0] == pytest.approx(idm(9.0, 10.0, gap, 6.0, *WAYMAX))


def test_an_agent_and_an_obstacle_on_the_lane_are_leaders():
    for kind in (records.VEHICLE, OBSTACLE):
        world = empty_world(straight_road(2000.0), num_actors=2, num_agents=1)
        put_vehicle(world, 1, 0, 50.0, 9.0)
        ahead = world[0].actors[0, 0]
        ahead["kind"], ahead["x"], ahead["y"], ahead["length"], ahead["width"] = kind, 70.0, 0.3, 4.5, 1.9
        assert read_law(*world, 1)[0] == pytest.approx(max(-EMERGENCY, idm(9.0, 15.0, 15.5, 0.0, *WAYMAX)))
        ahead["y"] = 4.0
        assert read_law(*world, 1)[0] > 0.0


def test_bends_are_driven_slowly_enough():
    network = circle(radius=20.0, limit=15.0)
    network.lanes["bend"] = 1.0 / 20.0
    world = empty_world(network, num_actors=1)
    put_vehicle(world, 0, 0, 5.0, 3.0)
    speeds = played(world, 400)[:, 0, SPEED]
    assert speeds[-1] == pytest.approx(np.sqrt(LATERAL * 20.0), rel=0.02)


def test_lower_limits_ahead_are_met_gently():
    lanes = [
        lane_spec(straight_line(0, 0, 0, 150.0), limit=20.0, next=(1,)),
        lane_spec(straight_line(150.0, 0, 0, 200.0), limit=8.0),
    ]
    world = empty_world(assemble(lanes, routes=[(0, 1)], name="slower"), num_actors=1)
    put_vehicle(world, 0, 0, 10.0, 19.0)
    log = played(world, 150)[:, 0]
    assert log[log[:, LANE] == 1.0][0, SPEED] == pytest.approx(8.0, abs=0.7)
    assert log[:, 5].min() > -4.5


def signal_ahead(*colours_and_ends):
    """A lane of 100 m, and a connector behind it that a signal rules."""
    signals = np.zeros(1, records.SIGNAL_PHASES)
    colours, ends = zip(*colours_and_ends, strict=True)
    signals[0]["count"], signals[0]["cycle"] = len(colours), ends[-1]
    signals[0]["colour"][: len(colours)], signals[0]["until"][: len(colours)] = colours, ends
    lanes = [
        lane_spec(straight_line(0, 0, 0, 100.0), next=(1,)),
        lane_spec(straight_line(100.0, 0, 0, 30.0), next=(2,), kind=CONNECTOR, junction=0, control=SIGNAL, signal=0),
        lane_spec(straight_line(130.0, 0, 0, 300.0)),
    ]
    return assemble(lanes, routes=[(0, 1, 2)], signals=signals, name="signal")


def test_red_stops_before_the_line_and_green_lets_go():
    world = empty_world(signal_ahead((RED, 30.0), (GREEN, 1000.0)), num_actors=2)
    put_vehicle(world, 0, 0, 20.0, 12.0)
    log = played(world, 400)[:, 0]
    before = log[:290]
    assert (before[:, LANE] == 0).all()
    assert before[:, LANE_S].max() + 2.25 < 100.0
    assert before[-1, SPEED] < 0.05
    assert before[:, 5].min() > -4.5
    assert log[-1, LANE] > 0


def test_green_does_not_slow_anybody_down():
    world = empty_world(signal_ahead((GREEN, 1000.0)), num_actors=1)
    put_vehicle(world, 0, 0, 20.0, 12.0)
    assert np.diff(played(world, 90)[:, 0, SPEED]).min() >= 0.0


def test_yellow_stops_who_can_and_lets_pass_who_cannot():
    stops = []
    for s in (40.0, 85.0):
        world = empty_world(signal_ahead((GREEN, 0.3), (records.YELLOW, 3.3), (RED, 1000.0)), num_actors=1)
        put_vehicle(world, 0, 0, s, 14.0)
        stops.append(played(world, 150)[-1, 0, LANE] == 0)
    assert stops == [True, False]


def test_nobody_ever_drives_backwards_nor_brakes_harder_than_an_emergency():
    world = empty_world(two_lanes(), num_actors=3)
    put_vehicle(world, 0, 0, 100.0, 25.0)
    put_vehicle(world, 1, 0, 109.0, 0.0, collided=1)
    log = played(world, 60)
    assert log[:, 0, SPEED].min() >= 0.0
    assert log[:, 0, 5].min() >= -EMERGENCY - 1e-9


def test_a_queue_settles_at_the_models_gaps():
    world = empty_world(straight_road(2000.0), num_actors=5)
    for k in range(5):
        put_vehicle(world, k, 0, 300.0 - 20.0 * k, 8.0)
    world[0].actors[0, 0]["desired"] = 8.0 / 15.0
    log = played(world, 900)
    gaps = log[-1, :-1, LANE_S] - log[-1, 1:, LANE_S] - 4.5
    assert gaps[1:] == pytest.approx(equilibrium_gap(8.0, 15.0, 2.0, 2.0, 4.0), rel=0.03)
