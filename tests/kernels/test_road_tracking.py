"""Paths are kept to: at any speed, round curves, and from one offset to another without overshoot."""

import numpy as np
import pytest
from kernels.small_worlds import scaled
from road_levels import WIDTH, assemble, circle, crossing, lane_spec, straight_line, straight_road, two_lanes
from road_scenes import Scene

from envs.kernels import bicycle, road_tracking
from envs.kernels.compilation import kernel
from envs.kernels.road_lines import path_pose, project_path
from envs.kernels.road_tracking import FASTER, KEEP, LANE_LEFT, LANE_RIGHT, SLOWER


@kernel
def _follow(state, rule_table, roads, scratch, offset):
    me, actor = state.agents[0, 0], state.actors[0, 0]
    steering = road_tracking.follow_path(state, rule_table[0], roads, scratch, 0, 0, offset, actor.speed)
    bicycle.apply_control(state, rule_table[0], 0, 0, 0.0, steering)
    s, d, index = project_path(roads, scratch.slot[0], me.route, actor.x, actor.y, me.index, 10)
    me.path_s, me.path_d, me.index = s, d, index


@kernel
def _meta(state, rule_table, roads, scratch, action):
    road_tracking.apply_meta(state, rule_table[0], roads, scratch, 0, 0, action)


@kernel
def _pose(roads, route, s):
    return path_pose(roads, 0, route, s, 0.0)


def drive(network, speed, *, offset, seconds, begin=0.0):
    """(path_d, yaw rate) after each step of a vehicle that starts at `begin` metres left of route 0."""
    scene = Scene(network)
    x, y, heading, _ = _pose(scene.roads, 0, 5.0)
    scene.begin(x=x - begin * np.sin(heading), y=y + begin * np.cos(heading), heading=heading, speed=speed)
    log = []
    for _ in range(round(seconds * 10)):
        _follow(scene.state, scene.rules, scene.roads, scene.scratch, offset)
        log.append((scene.agent["path_d"], scene.ego["yaw_rate"]))
    return np.array(log)


@pytest.mark.parametrize("speed", [0.5, 2.0, 5.0, 10.0, 20.0, 35.0])
def test_a_new_lane_is_reached_without_overshoot(speed):
    seconds = 12 + 30 / speed
    d, yaw_rate = drive(straight_road(700.0, 40.0), speed, offset=WIDTH, seconds=seconds).T
    assert d.max() < WIDTH + 0.2
    assert abs(d[-1] - WIDTH) < 0.02
    assert np.abs(yaw_rate * speed).max() < 4.0
    assert np.abs(yaw_rate).max() < 0.95


@pytest.mark.parametrize("begin", [-3.0, 3.0, 8.0])
def test_a_vehicle_off_its_path_comes_back(begin):
    d = drive(straight_road(400.0), 12.0, offset=0.0, seconds=18, begin=begin)[:, 0]
    assert abs(d[-1]) < 0.02
    assert np.sign(begin) * d.min() > -0.2 or np.abs(d).max() <= abs(begin) + 1e-9


@pytest.mark.parametrize(("radius", "speed"), [(8.0, 4.0), (12.0, 5.0), (30.0, 10.0), (100.0, 20.0)])
def test_a_circle_is_kept_to(radius, speed):
    d = drive(circle(radius), speed, offset=0.0, seconds=5)[:, 0]
    assert np.abs(d).max() < 0.2
    assert abs(d[-1]) < 0.03


def test_who_stands_steers_and_stays():
    log = drive(straight_road(), 0.0, offset=WIDTH, seconds=scaled(5, 2))
    assert np.all(log == 0.0)


def test_the_curvature_of_a_circle_is_one_over_its_radius():
    scene = Scene(circle(20.0))
    assert _curvature(scene.roads, 40.0, 3.0) == pytest.approx(1 / 20.0, rel=0.01)


@kernel
def _curvature(roads, s, half):
    return road_tracking.path_curvature(roads, 0, 0, s, half)


def targets(network, actions, *, x=50.0, route=0):
    """(target_speed, target_d) after each meta action of a vehicle that begins at 10 m/s."""
    scene = Scene(network, route=route).begin(x=x, y=network.points["y"][network.lanes["first"][route]])
    scene.agent.target_speed = 10.0
    found = []
    for action in actions:
        _meta(scene.state, scene.rules, scene.roads, scene.scratch, action)
        found.append((float(scene.agent.target_speed), float(scene.agent.target_d)))
    return found


def test_faster_and_slower_move_the_target_speed_between_zero_and_the_greatest():
    assert targets(straight_road(), [FASTER, SLOWER, KEEP]) == [(12.5, 0.0), (10.0, 0.0), (10.0, 0.0)]
    assert targets(straight_road(), [SLOWER] * 6)[-1] == (0.0, 0.0)
    assert targets(straight_road(), [FASTER] * 20)[-1] == (40.0, 0.0)


def test_lane_changes_go_to_lanes_that_are_there():
    assert [d for _, d in targets(two_lanes(), [LANE_RIGHT, LANE_LEFT, LANE_LEFT, KEEP, LANE_RIGHT])] == [
        *(0.0, WIDTH, WIDTH, WIDTH, 0.0)
    ]
    assert targets(two_lanes(), [LANE_RIGHT], route=1) == [(10.0, -WIDTH)]
    assert targets(crossing(), [LANE_LEFT, LANE_RIGHT], x=-50.0) == [(10.0, 0.0), (10.0, 0.0)]


def test_lanes_of_different_width_are_half_of_both_apart():
    lanes = [lane_spec(straight_line(0, 3.3 * k, 0, 200), left=k + 1, right=k - 1) for k in range(3)]
    lanes[0]["width"], lanes[1]["width"], lanes[2]["width"], lanes[2]["left"] = 3.0, 3.6, 3.0, -1
    found = targets(assemble(lanes, routes=[(0,)]), [LANE_LEFT, LANE_LEFT, LANE_LEFT, LANE_RIGHT])
    assert [d for _, d in found] == pytest.approx([3.3, 6.6, 6.6, 3.3])


def test_where_a_lane_ends_the_target_comes_back_to_the_nearest():
    network = two_lanes()
    scene = Scene(network).begin(x=50.0)
    scene.agent.target_d = WIDTH
    scene.roads.lanes["left"][0, 0] = -1
    _meta(scene.state, scene.rules, scene.roads, scene.scratch, KEEP)
    assert scene.agent.target_d == 0.0
