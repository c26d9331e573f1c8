"""The intelligent driver model: its closed forms, and what a line of vehicles does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernels.small_worlds import scaled
from twins import road_traffic as twin

from envs.driving.presets import PRESETS
from envs.kernels.idm import (
    equilibrium_gap,
    idm,
    stop_acceleration,
    stopping_distance,
    stopping_speed,
    wanted_gap,
)
from envs.kernels.road_margins import LINE_GAP

DT = 0.1
speeds = st.floats(0.0, 40.0)
drivers = st.tuples(st.floats(0.5, 4.0), st.floats(0.5, 6.0), st.floats(0.5, 5.0), st.floats(0.5, 2.5))
names = pytest.mark.parametrize("name", PRESETS)


def habits(name):
    """(a, b, s0, headway, exponent) of a preset."""
    preset = PRESETS[name]
    return preset.max_acceleration, preset.braking, preset.min_gap, preset.headway, preset.exponent


def drive(driver, speed, gap, lead_speed, desired):
    return idm(float(speed), float(desired), float(gap), float(lead_speed), *driver)


@given(drivers, speeds, st.floats(1.0, 40.0), st.floats(0.2, 300.0), speeds, st.sampled_from([4.0, 10.0, 3.7]))
def test_it_equals_the_published_formula(driver, speed, desired, gap, lead_speed, exponent):
    arguments = (speed, desired, gap, lead_speed, *driver, exponent)
    assert idm(*arguments) == pytest.approx(twin.idm(*arguments), rel=1e-12, abs=1e-9)


@names
def test_a_vehicle_alone_approaches_the_desired_speed_and_keeps_it(name):
    speed, before = 0.0, 0.0
    for _ in range(3000):
        before, speed = speed, speed + DT * drive(habits(name), speed, np.inf, 0.0, 15.0)
        assert before <= speed + 1e-9 <= 15.0 + 1e-6
    assert speed == pytest.approx(15.0, rel=1e-3)


@names
@pytest.mark.parametrize("speed", [0.0, 5.0, 12.0])
def test_the_gap_settles_at_its_closed_form(name, speed):
    own, gap = speed, 60.0
    for _ in range(scaled(40000, 6000)):
        acceleration = drive(habits(name), own, gap, speed, 15.0)
        gap += DT * (speed - own) - 0.5 * DT * DT * acceleration
        own = max(0.0, own + DT * acceleration)
    _, _, s0, headway, exponent = habits(name)
    assert gap == pytest.approx(equilibrium_gap(speed, 15.0, s0, headway, exponent), rel=0.01)
    assert own == pytest.approx(speed, abs=0.01)


@given(drivers, speeds, speeds, speeds)
def test_the_wanted_gap_is_at_least_s0_and_never_rises_with_the_leaders_speed(driver, speed, slow, fast):
    a, b, s0, headway = driver
    slow, fast = min(slow, fast), max(slow, fast)
    behind_slow = wanted_gap(speed, slow, a, b, s0, headway)
    behind_fast = wanted_gap(speed, fast, a, b, s0, headway)
    assert s0 <= behind_fast <= behind_slow


def platoon(driver, leader, size=12, start=12.0):
    """Gaps and speeds [step follower] behind a leader of these speeds, from equilibrium at `start`."""
    _, _, s0, headway, exponent = driver
    own = np.full(size, start)
    gaps = np.full(size, equilibrium_gap(start, 20.0, s0, headway, exponent))
    all_gaps, all_speeds, before = [], [], start
    for lead in leader:
        ahead = np.concatenate([[before], own[:-1]])
        pushed = [drive(driver, own[k], gaps[k], ahead[k], 20.0) for k in range(size)]
        after = np.maximum(0.0, own + DT * np.array(pushed))
        front = np.concatenate([[lead], after[:-1]])
        gaps = gaps + 0.5 * DT * ((ahead + front) - (own + after))
        own, before = after, lead
        all_gaps.append(gaps)
        all_speeds.append(own)
    return np.array(all_gaps), np.array(all_speeds)


@names
@pytest.mark.parametrize("share", [0.5, 1.0])
def test_nobody_touches_when_the_leader_of_a_platoon_brakes_comfortably_to_a_halt(name, share):
    braking = share * habits(name)[1]
    leader = np.maximum(0.0, 12.0 - braking * DT * np.arange(1, scaled(900, 300)))
    gaps, speeds = platoon(habits(name), leader, size=scaled(12, 5))
    assert gaps.min() > 0.0
    assert speeds[-1].max() < 1.0


LAZY = (0.5, 2.0, 1.0, 0.6, 4.0)
"""Accelerates little, keeps short gaps: string unstable."""


def growth(driver, omega):
    """|G(i omega)| of the model linearised at 12 m/s: (f_lead i w + f_gap) / (-w^2 - f_own i w + f_gap)."""
    _, _, s0, headway, exponent = driver
    gap, small = equilibrium_gap(12.0, 20.0, s0, headway, exponent), 1e-4

    def slope(own, space, lead):
        up = drive(driver, 12.0 + own, gap + space, 12.0 + lead, 20.0)
        return (up - drive(driver, 12.0 - own, gap - space, 12.0 - lead, 20.0)) / (2 * small)

    own, space, lead = slope(small, 0, 0), slope(0, small, 0), slope(0, 0, small)
    return abs((lead * 1j * omega + space) / (-(omega**2) - own * 1j * omega + space))


@pytest.mark.parametrize("driver", [*(habits(name) for name in PRESETS), LAZY])
def test_a_small_wave_grows_or_dies_out_along_a_platoon_as_linear_theory_says(driver):
    omega = 0.25
    steps = int(8 * 2 * np.pi / omega / DT)
    _, speeds = platoon(driver, 12.0 + 0.02 * np.sin(omega * DT * np.arange(steps)), size=3)
    swings = np.ptp(speeds[-int(2 * np.pi / omega / DT) :], axis=0)
    assert swings[1] / swings[0] == pytest.approx(growth(driver, omega), rel=0.02)
    assert swings[2] / swings[1] == pytest.approx(growth(driver, omega), rel=0.02)


@names
def test_which_presets_are_string_stable_at_12_metres_per_second(name):
    most = max(growth(habits(name), omega) for omega in np.geomspace(0.01, 2.0, 60))
    assert (most <= 1.0) == (name in ("highway_env", "nuplan", "waymax"))
    assert most < 1.02 < max(growth(LAZY, omega) for omega in np.geomspace(0.01, 2.0, 60))


@given(st.floats(0.0, 40.0), st.floats(0.5, 6.0))
def test_stopping_distance_and_stopping_speed_are_each_others_inverse(speed, b):
    assert stopping_speed(stopping_distance(speed, b), b) == pytest.approx(speed, abs=1e-9)


@given(st.floats(0.0, 40.0), st.floats(1.5, 4.0), st.floats(0.0, 60.0))
def test_whoever_can_stop_gently_does_so_before_the_line_and_hardly_harder(speed, b, extra):
    to_line = stopping_distance(speed, b) + extra
    harshest = 0.0
    for _ in range(1000):
        acceleration = min(1.5, stop_acceleration(speed, to_line, b))
        harshest = min(harshest, acceleration)
        after = max(0.0, speed + DT * acceleration)
        to_line -= 0.5 * DT * (speed + after)
        speed = after
    assert to_line > -LINE_GAP  # in the worst case it has just started again close to the line
    assert harshest > -1.3 * b - 0.2
    assert speed < 0.1


def test_presets_are_those_of_the_simulators_they_are_named_after():
    table = {name: habits(name) for name in PRESETS}
    assert table["nuplan"] == (1.0, 2.0, 1.0, 1.5, 4.0)
    assert table["pdm"] == (1.5, 3.0, 1.0, 1.5, 10.0)
    assert table["waymax"] == (2.0, 4.0, 2.0, 2.0, 4.0)
    assert table["puffer"] == (1.0, 3.0, 1.0, 1.5, 4.0)
    # 10 m between the centres of vehicles 5 m long.
    assert table["highway_env"] == (3.0, 5.0, 10.0 - 5.0, 1.5, 4.0)
