"""Comfort: smoothed as Savitzky and Golay did, and each bound on both of its sides."""

import numpy as np
import pytest
from road_levels import straight_road
from road_scenes import Scene
from scipy.signal import savgol_filter

from envs.kernels.road_comfort import SLOPE, VALUE


def is_comfortable(*, acceleration=0.0, yaw_rate=0.0, speed=0.0, steps=20):
    """Whether 20 steps of these motions (numbers, or functions of time) were."""
    scene = Scene(straight_road()).begin()
    for k in range(steps):
        motion = {"acceleration": acceleration, "yaw_rate": yaw_rate, "speed": speed}
        scene.step(**{name: value(0.1 * k) if callable(value) else value for name, value in motion.items()})
    return scene.metrics()["comfort"] == 1.0


def test_the_coefficients_are_those_of_savitzky_and_golay():
    signal = np.random.default_rng(0).normal(size=40)
    windows = np.lib.stride_tricks.sliding_window_view(signal, 8)
    smooth, slopes = savgol_filter(signal, 8, 2), savgol_filter(signal, 8, 2, deriv=1, delta=0.1)
    # scipy names the window by its 4th value of 8, and evaluates the parabola half a step behind that
    assert (windows @ np.array(VALUE))[1:-1] == pytest.approx(smooth[4:-5], abs=1e-12)
    assert (windows @ np.array(SLOPE))[1:-1] / 0.1 == pytest.approx(slopes[4:-5], abs=1e-12)


def test_a_parabola_is_not_changed_by_smoothing():
    k = np.arange(8) - 3.5
    assert (2 - 3 * k + 0.5 * k**2) @ np.array(VALUE) == pytest.approx(2.0)
    assert (2 - 3 * k + 0.5 * k**2) @ np.array(SLOPE) == pytest.approx(-3.0)


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ({"acceleration": 2.39}, {"acceleration": 2.41}),
        ({"acceleration": -4.04}, {"acceleration": -4.06}),
        ({"yaw_rate": 0.94}, {"yaw_rate": 0.96}),
        ({"yaw_rate": -0.94}, {"yaw_rate": -0.96}),
        ({"yaw_rate": 0.5, "speed": 9.77}, {"yaw_rate": 0.5, "speed": 9.79}),
        ({"yaw_rate": -0.5, "speed": 9.77}, {"yaw_rate": -0.5, "speed": 9.79}),
        ({"acceleration": lambda t: 4.12 * (t - 1.2)}, {"acceleration": lambda t: 4.14 * (t - 1.2)}),
        ({"yaw_rate": lambda t: 1.92 * (t - 0.45)}, {"yaw_rate": lambda t: 1.94 * (t - 0.45)}),
        (
            {"yaw_rate": lambda t: 0.83 * (t - 0.45), "speed": 10.0},
            {"yaw_rate": lambda t: 0.84 * (t - 0.45), "speed": 10.0},
        ),
    ],
)
def test_each_bound_holds_on_both_of_its_sides(inside, outside):
    steps = 10 if any(callable(value) for value in inside.values()) else 20
    assert is_comfortable(**inside, steps=steps)
    assert not is_comfortable(**outside, steps=steps)


def test_the_jerk_is_that_of_both_directions_together():
    forward = {"acceleration": lambda t: 4.0 * (t - 0.45)}
    sideways = {"yaw_rate": lambda t: 0.8 * (t - 0.45), "speed": 10.0}
    assert is_comfortable(**forward, steps=10)
    assert is_comfortable(**sideways, steps=10)
    assert not is_comfortable(**forward, **sideways, steps=10)


def test_one_rough_step_is_smoothed_away():
    assert is_comfortable(acceleration=lambda t: 4.0 if abs(t - 1.0) < 0.01 else 0.0)


def test_there_is_no_verdict_before_the_window_is_full():
    assert is_comfortable(acceleration=9.0, steps=7)
    assert not is_comfortable(acceleration=9.0, steps=8)
