"""Trajectories are followed: turns, lane changes, stops and starts, replanned every step."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from kernels.small_worlds import scaled
from kernels.test_bicycle import rules_with, vehicle_at
from scipy.signal import savgol_filter
from twins import road_poses as twin

from envs.kernels import bicycle, road_poses
from envs.kernels.compilation import kernel

FINE = 0.01
SECONDS = scaled(12, 6)


@kernel
def _track(state, rule_table, poses):
    acceleration, steering = road_poses.track_poses(state, rule_table[0], 0, 0, poses)
    bicycle.apply_control(state, rule_table[0], 0, 0, acceleration, steering)


@kernel
def _control(poses, spacing, dt, speed, steering, wheelbase):
    return road_poses.poses_control(poses, spacing, dt, speed, steering, wheelbase)


def trajectory(speed, acceleration, steering):
    """What a bicycle does under controls that are functions of time: (x, y, heading, speed) every FINE seconds."""
    motions = [(0.0, 0.0, 0.0, speed)]
    for k in range(round((SECONDS + 5) / FINE)):
        x, y, heading, speed = motions[-1]
        after = max(speed + acceleration(k * FINE) * FINE, 0.0)
        way, beta = 0.5 * (speed + after) * FINE, math.atan(0.5 * math.tan(steering(k * FINE)))
        x, y = x + way * math.cos(heading + beta), y + way * math.sin(heading + beta)
        motions.append((x, y, heading + way * math.sin(beta) / 1.4, after))
    return np.array(motions)


def follow(reference, *, aside=0.0):
    """(ahead, left, speed error, acceleration, yaw rate, speed) after each step that tracks the reference."""
    state, actor = vehicle_at(speed=reference[0, 3], y=aside)
    table, log = rules_with(trajectory_dt=0.5, horizon=8), []
    for step in range(10 * SECONDS):
        _track(state, table, seen_by(actor, reference[10 * step + 50 * np.arange(1, 9), :3]))
        x, y, heading, speed = reference[10 * step + 10]
        east, north = actor.x - x, actor.y - y
        ahead, left = east * np.cos(heading) + north * np.sin(heading), north * np.cos(heading) - east * np.sin(heading)
        log.append((ahead, left, actor.speed - speed, actor.acceleration, actor.yaw_rate, actor.speed))
    return np.array(log)


def seen_by(actor, poses):
    east, north = poses[:, 0] - actor.x, poses[:, 1] - actor.y
    cosine, sine = np.cos(actor.heading), np.sin(actor.heading)
    return np.stack([east * cosine + north * sine, north * cosine - east * sine, poses[:, 2] - actor.heading], axis=1)


def ramp(begin, end, rise, height):
    return lambda t: height * min(max((t - begin) / rise, 0.0), 1.0) * min(max((end - t) / rise, 0.0), 1.0)


def swerve(begin, seconds, height):
    return lambda t: height * math.sin(math.tau * (t - begin) / seconds) if begin < t < begin + seconds else 0.0


def still(_):
    return 0.0


COMFORTABLE = {
    "straight on": (10.0, still, still),
    "fast": (35.0, still, still),
    "lane change": (10.0, still, swerve(1, 4, 0.045)),
    "fast lane change": (25.0, still, swerve(1, 4, 0.0085)),
    "turn": (5.0, still, ramp(1, 6, 1.0, 0.38)),
    "faster turn": (8.0, still, ramp(1, 5, 1.0, 0.17)),
    "braking": (15.0, ramp(1, 5, 1.2, -2.5), still),
    "accelerating": (5.0, ramp(1, 5, 1.2, 1.8), still),
    "start": (0.0, ramp(1, 5, 1.0, 1.8), still),
    "start into a turn": (0.0, ramp(1, 4, 1.0, 1.8), ramp(1, 7, 1.5, 0.3)),
}


@pytest.mark.parametrize("name", COMFORTABLE)
def test_a_comfortable_trajectory_is_followed_closely_and_comfortably(name):
    log = follow(trajectory(*COMFORTABLE[name]))
    ahead, left, _, acceleration, yaw_rate, speed = log.T
    assert np.abs(left).max() < 0.3
    assert np.abs(ahead).max() < 0.3
    lateral = yaw_rate * speed
    assert np.all((savgol_filter(acceleration, 8, 2) > -4.05) & (savgol_filter(acceleration, 8, 2) < 2.40))
    assert np.abs(savgol_filter(acceleration, 8, 2, deriv=1, delta=0.1)).max() < 4.13
    assert np.abs(savgol_filter(lateral, 8, 2)).max() < 4.89
    assert np.abs(savgol_filter(lateral, 8, 2, deriv=1, delta=0.1)).max() < 7.0
    assert np.abs(savgol_filter(yaw_rate, 8, 2, deriv=1, delta=0.1)).max() < 1.93


@pytest.mark.parametrize("braking", [1.5, 2.0, 3.5])
def test_a_stop_ends_where_the_trajectory_ends(braking):
    log = follow(trajectory(8.0, lambda t: -braking if t > 0.5 else 0.0, still))
    stopped = int((0.5 + 8.0 / braking) * 10) + 3
    assert np.all(log[stopped:, 5] == 0.0)
    assert abs(log[-1, 0]) < 0.1
    assert log[:, 3].min() > -braking - 0.3


def test_a_standing_trajectory_is_stood_still():
    log = follow(trajectory(0.0, still, still), aside=0.3)
    assert np.all(log[:, 5] == 0.0)


@pytest.mark.parametrize("speed", [2.0, 10.0, 20.0, 35.0])
def test_a_vehicle_beside_the_trajectory_comes_back_to_it_without_overshoot(speed):
    left = follow(trajectory(speed, still, still), aside=1.0)[:, 1]
    assert abs(left[-1]) < 0.05
    assert left.min() > -0.1


coordinates = arrays(float, st.tuples(st.integers(2, 8), st.just(3)), elements=st.floats(-3.0, 3.0))


@given(coordinates, st.floats(0.0, 30.0), st.floats(-0.5, 0.5), st.sampled_from([0.2, 0.5, 1.0]))
def test_the_control_is_the_least_squares_fit(turns, speed, steering, spacing):
    """Poses of a speed that varies a little, as well as ones that jump about."""
    steps = np.column_stack([np.abs(turns[:, 0]) * spacing * 3, 0.2 * turns[:, 1], 0.1 * turns[:, 2]])
    poses = np.cumsum(steps, axis=0)
    ways = twin.segments(poses)[0]
    if (
        np.any(np.abs(ways - 0.1 * spacing) < 1e-6)
        or abs(ways[0] - 0.5 * speed * spacing) < 1e-9
        or abs(ways[0] - 0.1) < 1e-9
    ):
        return
    expected = twin.control(poses, spacing=spacing, dt=0.1, speed=speed, steering=steering, wheelbase=2.8)
    assert _control(poses, spacing, 0.1, speed, steering, 2.8) == pytest.approx(expected, rel=1e-5, abs=1e-6)


@given(arrays(float, (8, 3), elements=st.floats(-1e6, 1e6)), st.floats(0.0, 40.0))
def test_any_poses_make_finite_controls(poses, speed):
    assert np.isfinite(_control(poses, 0.5, 0.1, speed, 0.1, 2.8)).all()
