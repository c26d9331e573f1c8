"""The score of a controlled vehicle: one scene per term, on each side of its thresholds."""

import numpy as np
import pytest
from road_levels import WIDTH, assemble, crossing, lane_spec, straight_line, straight_road, two_lanes
from road_scenes import Scene

from envs.kernels import road_records as records
from envs.kernels.road_records import CONNECTOR, GREEN, RED, SIGNAL


def test_who_does_nothing_wrong_and_makes_all_progress_scores_one():
    scene = Scene(straight_road()).begin()
    scene.agent.expert_progress, scene.agent.arrived = 10.0, 1
    for k in range(10):
        scene.step(x=6.0 + k, speed=10.0)
    metrics = scene.metrics()
    assert (metrics["score"], metrics["success"], metrics["length"]) == (1.0, 1.0, 10.0)


def test_the_score_is_the_product_times_the_weighted_mean():
    scene = Scene(straight_road()).begin().step(x=6.0)
    me = scene.agent
    me.safety, me.direction, me.ttc, me.comfort = 0.5, 0.5, 0, 1
    me.furthest_s, me.expert_progress, me.overspeed = me.begin_s + 40.0, 100.0, 0.25 * 2.23 * 0.1
    assert scene.metrics()["score"] == pytest.approx(0.5 * 0.5 * (5 * 0 + 5 * 0.4 + 4 * 0.75 + 2 * 1) / 16)
    me.off_road = 1
    assert scene.metrics()["score"] == 0.0


@pytest.mark.parametrize(("outside", "left"), [(0.27, 0.0), (0.33, 1.0)])
def test_a_corner_may_be_thirty_centimetres_outside(outside, left):
    scene = Scene(straight_road()).begin(x=50.0)
    scene.agent.expert_progress = 0.1
    scene.step(y=WIDTH / 2 - 1.9 / 2 + outside).step(y=0.0)
    metrics = scene.metrics()
    assert metrics["off_road"] == left
    assert (metrics["score"] == 0.0) == bool(left)


@pytest.mark.parametrize(("metres", "direction"), [(1.9, 1.0), (2.1, 0.5), (5.9, 0.5), (6.1, 0.0)])
def test_metres_against_the_flow_within_a_second_count(metres, direction):
    scene = Scene(straight_road()).begin(x=150.0, heading=np.pi)
    for _ in range(10):
        scene.step(x=scene.ego["x"] - metres / 10, speed=metres)
    for _ in range(10):
        scene.step(speed=0.0)
    assert scene.metrics()["direction"] == direction


def test_metres_against_the_flow_are_forgotten_after_a_second():
    scene = Scene(straight_road()).begin(x=150.0, heading=np.pi)
    for _ in range(50):
        scene.step(x=scene.ego["x"] - 0.19, speed=1.9)
    assert scene.metrics()["direction"] == 1.0


def test_metres_against_the_flow_are_taken_along_the_lane():
    scene = Scene(straight_road()).begin(x=100.0, heading=np.radians(120.0))
    for _ in range(10):
        scene.step(speed=3.9)  # 1.95 m backwards
    assert scene.metrics()["direction"] == 1.0
    for _ in range(10):
        scene.step(speed=4.1)
    assert scene.metrics()["direction"] == 0.5


def test_crossing_a_lane_at_a_right_angle_is_not_against_it():
    scene = Scene(straight_road()).begin(x=100.0, heading=np.pi / 2 - 0.01)
    for _ in range(10):
        scene.step(speed=9.0)
    assert scene.metrics()["direction"] == 1.0


def test_nothing_is_against_the_flow_where_any_lane_goes_ones_way():
    lanes = [lane_spec(straight_line(0, 0, 0, 200)), lane_spec(straight_line(200, 0.5, np.pi, 200))]
    scene = Scene(assemble(lanes, routes=[(0,)])).begin(x=150.0, heading=np.pi)
    for _ in range(10):
        scene.step(speed=10.0)
    assert scene.metrics()["direction"] == 1.0


def test_off_all_lanes_there_is_no_flow_and_no_limit():
    scene = Scene(straight_road(limit=5.0)).begin(x=100.0, y=8.0, heading=np.pi)
    for _ in range(10):
        scene.step(speed=30.0)
    metrics = scene.metrics()
    assert (metrics["direction"], metrics["speed_limit"]) == (1.0, 1.0)


@pytest.mark.parametrize(("ratio", "multiplier"), [(0.19, 0.0), (0.21, 1.0)])
def test_a_fifth_of_the_experts_progress_is_needed(ratio, multiplier):
    scene = Scene(straight_road()).begin(x=20.0)
    scene.agent.expert_progress = 100.0
    metrics = scene.step(x=20.0 + 100.0 * ratio).metrics()
    assert metrics["progress"] == pytest.approx(ratio)
    assert metrics["score"] == pytest.approx(multiplier * (5 + 5 * ratio + 4 + 2) / 16)


def test_progress_is_at_most_one_and_both_sides_count_as_a_tenth_of_a_metre_at_least():
    scene = Scene(straight_road()).begin(x=20.0)
    scene.agent.expert_progress = 0.0
    assert scene.step().metrics()["progress"] == 1.0
    scene.agent.expert_progress = 1.0
    assert scene.step().metrics()["progress"] == pytest.approx(0.1)
    scene.agent.expert_progress = -1.0
    assert scene.step().metrics()["progress"] == 1.0
    scene.agent.expert_progress = 10.0
    assert scene.step(x=60.0).metrics()["progress"] == 1.0


@pytest.mark.parametrize(("back", "progress"), [(0.09, 0.1), (0.11, 0.0)])
def test_who_ends_behind_its_beginning_has_made_no_progress(back, progress):
    scene = Scene(straight_road()).begin(x=20.0)
    scene.agent.expert_progress = 1.0
    assert scene.step(x=20.0 - back).metrics()["progress"] == pytest.approx(progress)


@pytest.mark.parametrize(("excess", "term"), [(0.0, 1.0), (1.0, 1.0 - 1.0 / 2.23), (2.22, 0.01 / 2.23), (2.3, 0.0)])
def test_the_mean_excess_over_the_limit_costs_in_proportion(excess, term):
    scene = Scene(straight_road(limit=10.0)).begin()
    for k in range(20):
        scene.step(x=6.0 + k, speed=10.0 + excess)
    assert scene.metrics()["speed_limit"] == pytest.approx(term, abs=1e-9)


def test_a_connector_is_as_fast_as_the_faster_of_its_neighbours():
    network = crossing(limit=5.0)
    network.lanes["limit"][0] = 12.0
    network.lanes["limit"][2] = 9.0
    scene = Scene(network).begin(x=-5.0).step(speed=12.0)
    assert scene.metrics()["speed_limit"] == 1.0
    assert scene.step(speed=13.0).metrics()["speed_limit"] == pytest.approx(1.0 - 0.5 / 2.23)
    scene = Scene(network, route=1).begin(x=5.0, y=0.0).step(speed=12.0)  # on the other road's connector
    assert scene.metrics()["speed_limit"] == 1.0


def test_beside_the_route_the_limit_is_that_of_the_lane_below():
    network = two_lanes(limit=10.0)
    network.lanes["limit"][1] = 20.0
    scene = Scene(network).begin(x=50.0, y=WIDTH).step(speed=20.0)
    assert scene.metrics()["speed_limit"] == 1.0
    assert scene.step(y=0.0, speed=11.0).metrics()["speed_limit"] == pytest.approx(1.0 - 0.5 / 2.23)


def signalled(colour):
    """A road with a signal at x = 50 that never changes."""
    stretches = ((0, 50), (50, 20), (70, 100))
    lanes = [lane_spec(straight_line(x, 0, 0, length), next=(k + 1,)) for k, (x, length) in enumerate(stretches)]
    lanes[1] |= {"kind": CONNECTOR, "junction": 0, "control": SIGNAL, "signal": 0}
    lanes[2] |= {"next": ()}
    signals = np.zeros(1, records.SIGNAL_PHASES)
    signals["count"], signals["cycle"], signals["colour"][:, 0], signals["until"][:, 0] = 1, 10.0, colour, 10.0
    return assemble(lanes, routes=[(0, 1, 2)], signals=signals)


@pytest.mark.parametrize(("colour", "count"), [(RED, 1.0), (GREEN, 0.0)])
def test_a_red_light_counts_once_when_the_front_passes_it(colour, count):
    scene = Scene(signalled(colour)).begin(x=44.0)
    for x in (45.0, 46.0, 47.0):
        scene.step(x=x, speed=10.0)
    assert scene.metrics()["red_lights"] == 0.0
    for x in (48.0, 50.0, 55.0, 60.0, 80.0):
        scene.step(x=x, speed=10.0)
    assert scene.metrics()["red_lights"] == count


def test_a_second_episode_remembers_nothing_of_the_first():
    scene = Scene(straight_road(), others=1).begin(x=50.0)
    scene.put(1, x=53.0)
    for _ in range(9):
        scene.step(speed=50.0, y=5.0, acceleration=9.0)
    scene.state.actors[0, 1].kind = 0
    scene.state.worlds[0].steps = 0
    scene.begin(x=5.0, y=0.0, speed=10.0, acceleration=0.0)
    scene.agent.expert_progress = 8.0
    for k in range(9):
        scene.step(x=6.0 + k)
    assert scene.metrics()["score"] == 1.0
