"""Collisions: whose fault they are by the kind of contact, and how often one counts."""

import numpy as np
import pytest
from road_levels import crossing, straight_road, two_lanes
from road_scenes import Scene

from envs.kernels.road_records import ABSENT, OBSTACLE, PEDESTRIAN


def hit(network=None, *, ego=None, **other):
    """Metrics after one step in which the ego, at x = 50, has come to touch one other."""
    scene = Scene(network or straight_road(), others=1).begin(x=50.0)
    scene.put(1, **{"x": 54.0, **other})
    return scene.step(**(ego or {"speed": 5.0})).metrics()


def test_running_into_somebody_who_stands_is_at_fault():
    metrics = hit()
    assert (metrics["collision"], metrics["at_fault_collision"], metrics["score"]) == (1.0, 1.0, 0.0)


def test_running_into_somebody_slower_is_at_fault():
    assert hit(speed=3.0)["at_fault_collision"] == 1.0


@pytest.mark.parametrize(("speed", "fault"), [(0.04, 0.0), (0.06, 1.0)])
def test_who_stands_is_never_at_fault(speed, fault):
    metrics = hit(ego={"speed": speed}, speed=3.0, heading=np.pi)
    assert (metrics["collision"], metrics["at_fault_collision"]) == (1.0, fault)


def test_a_rear_end_hit_on_a_stopped_ego_is_not_its_fault():
    metrics = hit(ego={"speed": 0.0}, x=46.0, speed=8.0)
    assert (metrics["collision"], metrics["at_fault_collision"]) == (1.0, 0.0)


def test_a_rear_end_hit_on_a_moving_ego_is_not_its_fault():
    assert hit(x=46.0, speed=8.0)["at_fault_collision"] == 0.0


@pytest.mark.parametrize(("degrees", "fault"), [(149.0, 1.0), (151.0, 0.0)])
def test_behind_begins_at_150_degrees_as_seen_from_the_rear_axle(degrees, fault):
    angle = np.radians(degrees)
    x, y = 50.0 - 1.4 + 2.8 * np.cos(angle), 2.8 * np.sin(angle)
    ego = {"speed": 5.0, "heading": 0.001, "length": 4.6}
    # A wide other reaches the ego from there; the ego straddles, so that a lateral contact would be its fault.
    scene = Scene(two_lanes(), others=1).begin(x=50.0, y=0.0)
    scene.put(1, x=x, y=y + 1.5, width=4.0, speed=6.0)
    metrics = scene.step(**{**ego, "y": 1.5}).metrics()
    assert (metrics["collision"], metrics["at_fault_collision"]) == (1.0, fault)


@pytest.mark.parametrize(("y", "fault"), [(0.0, 0.0), (0.75, 0.0), (0.85, 1.0)])
def test_a_lateral_hit_is_at_fault_unless_the_ego_is_wholly_in_one_lane(y, fault):
    metrics = hit(two_lanes(), ego={"speed": 5.0, "y": y}, x=49.5, y=y + 1.85, speed=5.0)
    assert (metrics["collision"], metrics["at_fault_collision"]) == (1.0, fault)


def test_a_lateral_hit_off_the_drivable_area_is_at_fault():
    assert hit(ego={"speed": 5.0, "y": 1.2}, x=49.5, y=-0.65, speed=5.0)["at_fault_collision"] == 1.0


def test_a_front_contact_is_at_fault_even_within_the_lane():
    assert hit(two_lanes(), x=53.5, y=1.8, speed=4.0)["at_fault_collision"] == 1.0


def test_one_obstacle_halves_the_score_and_a_second_takes_it_all():
    scene = Scene(straight_road(), others=2).begin(x=50.0)
    scene.agent.expert_progress = 0.1
    scene.put(1, kind=OBSTACLE, x=52.5, length=0.5, width=0.5)
    scene.put(2, kind=OBSTACLE, x=62.5, length=0.5, width=0.5)
    assert scene.step(speed=1.0).agent.safety == 0.5
    assert scene.metrics()["score"] == 0.5
    assert scene.step(x=60.5).metrics()["score"] == 0.0


def test_somebody_vulnerable_takes_all():
    scene = Scene(straight_road(), others=1).begin(x=50.0)
    scene.put(1, kind=PEDESTRIAN, x=52.2, length=0.6, width=0.6, speed=1.0, heading=np.pi / 2)
    assert scene.step(speed=5.0).agent.safety == 0.0


def test_a_pair_collides_once():
    scene = Scene(straight_road(), others=1).begin(x=50.0)
    scene.put(1, kind=OBSTACLE, x=54.0)
    for _ in range(5):
        scene.step(speed=5.0)
    assert (scene.agent.collisions, scene.agent.at_fault, scene.agent.safety) == (1, 1, 0.5)
    assert scene.state.hits[0, 0].tolist() == [0, 1]


def test_boxes_that_almost_touch_do_not_collide():
    for x, collisions in ((54.61, 0.0), (54.59, 1.0)):
        assert hit(x=x, speed=5.0)["collision"] == collisions


def test_the_absent_collide_with_nobody():
    assert hit(kind=ABSENT)["collision"] == 0.0


@pytest.mark.parametrize(("gap", "ttc"), [(8.9, 0.0), (9.1, 1.0)])
def test_contact_within_nine_tenths_of_a_second_is_too_soon(gap, ttc):
    scene = Scene(straight_road(), others=1).begin(x=50.0)
    scene.put(1, x=54.6 + gap)
    assert scene.step(speed=10.0).metrics()["ttc"] == ttc


@pytest.mark.parametrize(("speed", "ttc"), [(0.004, 1.0), (0.006, 0.0)])
def test_a_standing_ego_has_no_time_to_collision(speed, ttc):
    scene = Scene(straight_road(), others=1).begin(x=50.0)
    scene.put(1, x=55.0, speed=5.0, heading=np.pi)
    assert scene.step(speed=speed).metrics()["ttc"] == ttc


def test_who_comes_from_behind_has_no_time_to_collision_with_the_ego():
    scene = Scene(straight_road(), others=1).begin(x=50.0)
    scene.put(1, x=45.0, speed=20.0)
    assert scene.step(speed=5.0).metrics()["ttc"] == 1.0


@pytest.mark.parametrize(("y", "ttc"), [(0.0, 1.0), (1.2, 0.0)])
def test_those_at_the_sides_count_only_while_the_ego_straddles_lanes(y, ttc):
    scene = Scene(two_lanes(), others=1).begin(x=50.0)
    scene.put(1, x=51.0, y=y + 3.0, heading=-0.3, speed=8.0)
    assert scene.step(y=y, speed=7.0).metrics()["ttc"] == ttc


@pytest.mark.parametrize(("x", "ttc"), [(-40.0, 1.0), (-5.0, 0.0)])
def test_those_at_the_sides_count_in_a_junction(x, ttc):
    scene = Scene(crossing(), others=1).begin(x=x)
    scene.put(1, x=x + 3.0, y=-6.0, heading=np.pi / 2, speed=6.0)
    assert scene.step(speed=3.0).metrics()["ttc"] == ttc


def test_who_has_been_hit_has_left_the_time_to_collision():
    scene = Scene(straight_road(), others=1).begin(x=50.0)
    scene.put(1, x=46.0, speed=8.0)
    scene.step(speed=5.0)
    scene.put(1, x=56.0)
    assert scene.step(speed=9.0).metrics()["ttc"] == 1.0
