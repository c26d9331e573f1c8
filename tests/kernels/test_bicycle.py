"""The bicycle: its circle, its order, its inverse, its limits; and a stop never turns into motion."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernels.small_worlds import scaled
from twins import bicycle as twin

from envs.driving.state import new_state
from envs.kernels import bicycle
from envs.kernels.bundles import bundle
from envs.kernels.compilation import kernel
from envs.kernels.road_records import ROAD_RULES

LIMITS = {
    "dt": 0.1,
    "substeps": 2,
    "max_acceleration": 6.0,
    "max_jerk": 20.0,
    "max_steering": 0.6,
    "max_steering_rate": 1.2,
    "max_speed": 40.0,
}
MOTION = ("x", "y", "heading", "speed", "acceleration", "steering", "yaw_rate")

speeds, angles = st.floats(0.0, 40.0), st.floats(-0.6, 0.6)
commands = st.lists(st.tuples(st.floats(-30.0, 30.0), st.floats(-3.0, 3.0)), min_size=1, max_size=20)


@kernel
def _apply(state, rule_table, acceleration, steering):
    bicycle.apply_control(state, rule_table[0], 0, 0, acceleration, steering)


@kernel
def _step(x, y, heading, speed, acceleration, steering, wheelbase, dt):
    return bicycle.step(x, y, heading, speed, acceleration, steering, wheelbase, dt)


@kernel
def _inverse(speed, after, turn, wheelbase, dt):
    return bicycle.inverse(speed, after, turn, wheelbase, dt)


def rules_with(**limits):
    table = np.zeros(1, ROAD_RULES)
    for name, value in (LIMITS | limits).items():
        table[name] = value
    return table


def vehicle_at(speed=0.0, **fields):
    state = bundle(new_state(1, 1, 1, 0))
    for name, value in {"speed": speed, "wheelbase": 2.8, **fields}.items():
        state.actors[name] = value
    return state, state.actors[0, 0]


def drive(seconds, dt, *, speed, acceleration, steering, wheelbase=2.8):
    motion = (0.0, 0.0, 0.0, speed)
    for _ in range(round(seconds / dt)):
        motion = _step(*motion, acceleration, steering, wheelbase, dt)
    return np.array(motion)


@pytest.mark.parametrize("steering", [0.05, 0.3, -0.5])
def test_constant_steering_closes_a_circle_of_its_radius(steering):
    beta = math.atan(0.5 * math.tan(steering))
    radius = 2.8 / (math.cos(beta) * math.tan(steering))
    count = 4 * scaled(500, 100)
    dt = 2 * math.pi * abs(radius) / (5.0 * count)
    motion, places = (0.0, 0.0, 0.0, 5.0), []
    for _ in range(count):
        motion = _step(*motion, 0.0, steering, 2.8, dt)
        places.append(motion[:2])
    assert np.hypot(motion[0], motion[1]) < 1e-9
    assert abs(math.remainder(motion[2], math.tau)) < 1e-9
    away = np.hypot(*(np.array(places) - np.mean(places, axis=0)).T)
    assert away == pytest.approx(abs(radius), rel=(2 * math.pi / count) ** 2)


def test_on_a_straight_any_step_is_exact():
    for dt in (0.1, 0.5, 2.0):
        x, y, heading, speed = drive(2.0, dt, speed=3.0, acceleration=1.5, steering=0.0)
        assert (x, y, heading, speed) == pytest.approx((3.0 * 2 + 0.5 * 1.5 * 4, 0.0, 0.0, 6.0))


def test_halving_the_step_halves_the_error_of_the_place_and_heading_and_speed_are_exact():
    exact = drive(2.0, 2.0 / 2**15, speed=4.0, acceleration=1.0, steering=0.2)
    errors = []
    for halvings in range(4):
        found = drive(2.0, 0.2 / 2**halvings, speed=4.0, acceleration=1.0, steering=0.2)
        errors.append(np.hypot(*(found - exact)[:2]))
        assert found[2:] == pytest.approx(exact[2:], abs=1e-9)
    ratios = np.array(errors[:-1]) / errors[1:]
    assert np.all((ratios > 1.9) & (ratios < 2.1))


@given(speeds, st.floats(-6.0, 6.0), angles, st.floats(-math.pi, math.pi), st.floats(2.0, 4.0))
def test_the_inverse_gives_back_the_controls(speed, acceleration, steering, heading, wheelbase):
    *_, turned, after = _step(0.0, 0.0, heading, speed, acceleration, steering, wheelbase, 0.1)
    turn = math.remainder(turned - heading, math.tau)
    found = _inverse(speed, after, turn, wheelbase, 0.1)
    assert found[0] == pytest.approx(max(acceleration, -speed / 0.1), abs=1e-9)
    if speed + after > 0.02:
        assert found[1] == pytest.approx(steering, abs=1e-9)


@given(speeds, speeds, st.floats(-math.pi, math.pi))
def test_the_inverse_of_what_no_bicycle_does_is_finite(speed, after, turn):
    acceleration, steering = _inverse(speed, after, turn, 2.8, 0.1)
    assert math.isfinite(acceleration)
    assert abs(steering) < math.pi / 2


@given(st.floats(-6.0, 0.0), angles, st.floats(0.0, 5.0))
def test_a_stop_never_turns_into_motion(braking, steering, speed):
    state, actor = vehicle_at(speed=speed, steering=steering)
    table = rules_with()
    for _ in range(scaled(200, 60)):
        was_standing, place = actor.speed == 0.0, (actor.x, actor.y, actor.heading)
        _apply(state, table, braking - 0.5, steering)
        assert actor.speed >= 0.0
        if was_standing:
            assert (actor.speed, actor.acceleration, actor.yaw_rate) == (0.0, 0.0, 0.0)
            assert (actor.x, actor.y, actor.heading) == place


@given(speeds, commands)
def test_limits_hold_under_any_commands(speed, wanted):
    state, actor = vehicle_at(speed=speed)
    table = rules_with()
    for acceleration, steering in wanted:
        before = {name: float(actor[name]) for name in MOTION}
        _apply(state, table, acceleration, steering)
        assert abs(actor.acceleration) <= 6.0 + 1e-9
        assert 0.0 <= actor.speed <= 40.0 + 1e-9
        assert abs(actor.steering) <= 0.6
        assert abs(actor.steering - before["steering"]) <= 0.12 + 1e-12
        if 0.0 < actor.speed < 40.0 - 1e-9:
            assert abs(actor.acceleration - before["acceleration"]) <= 2.0 + 1e-9
        assert -math.pi < actor.heading <= math.pi
        assert actor.speed - before["speed"] == pytest.approx(actor.acceleration * 0.1, abs=1e-9)


def test_who_is_faster_than_the_limit_is_not_braked_by_it():
    state, actor = vehicle_at(speed=50.0)
    _apply(state, rules_with(), 1.0, 0.0)
    assert (actor.speed, actor.acceleration) == (50.0, 0.0)


@given(speeds, st.integers(1, 5), commands)
def test_the_kernel_drives_as_its_twin(speed, substeps, wanted):
    state, actor = vehicle_at(speed=speed, heading=3.0)
    table = rules_with(substeps=substeps)
    slow = {name: float(actor[name]) for name in (*MOTION, "wheelbase")}
    for acceleration, steering in wanted:
        _apply(state, table, acceleration, steering)
        slow = twin.move(slow, table[0], acceleration, steering)
        for name in MOTION:
            found = float(actor[name])
            away = math.remainder(found - slow[name], math.tau) if name == "heading" else found - slow[name]
            assert abs(away) < 1e-9, name


@given(angles, st.floats(2.0, 4.0))
def test_curvature_and_steering_are_each_others_inverse(steering, wheelbase):
    curvature = _curvature(steering, wheelbase)
    assert curvature == pytest.approx(math.sin(math.atan(0.5 * math.tan(steering))) / (0.5 * wheelbase))
    assert _steering(curvature, wheelbase) == pytest.approx(steering, abs=1e-12)


@kernel
def _curvature(steering, wheelbase):
    return bicycle.curvature_of_steering(steering, wheelbase)


@kernel
def _steering(curvature, wheelbase):
    return bicycle.steering_of_curvature(curvature, wheelbase)
