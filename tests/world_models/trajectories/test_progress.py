"""Speeds along a path: continuous, never backwards, as sharp as allowed and no sharper."""

import numpy as np
import pytest
import torch

from world_models.trajectories.progress import approach_in_turn, approach_speed, keep_speed

TIMES = torch.linspace(0.0, 8.0, 8001, dtype=torch.float64)
RATES = {"rise": 2.0, "fall": 3.5, "jerk": 3.0}


def plans():
    """Speeds, accelerations and wanted speeds [batch profile]."""
    rng = np.random.default_rng(0)
    speed, wanted = rng.uniform(0, 15, (1, 60)), rng.uniform(0, 15, (1, 60))
    speed[:, :10], wanted[:, ::5] = 0.0, 0.0
    acceleration = rng.uniform(-3.5, 2.0, (1, 60)) * (speed > 0)
    return (torch.from_numpy(value) for value in (speed, acceleration, wanted))


def rates_like(speed):
    return {name: torch.full_like(speed, value) for name, value in RATES.items()}


def assert_consistent(progress, since=1):
    dt = float(TIMES[1])
    s, v, a = (value[..., since:].numpy() for value in (progress.s, progress.speed, progress.acceleration))
    np.testing.assert_allclose(np.diff(s), 0.5 * (v[..., 1:] + v[..., :-1]) * dt, atol=1e-6)
    np.testing.assert_allclose(np.diff(v), 0.5 * (a[..., 1:] + a[..., :-1]) * dt, atol=3e-5)


def test_the_wanted_speed_is_reached_within_all_limits():
    speed, acceleration, wanted = plans()
    found = approach_speed((speed, acceleration), wanted, TIMES, **rates_like(speed))
    calm = acceleration**2 / 2 <= 3.0 * speed  # the others must stop braking faster than the jerk allows
    assert_consistent(found)
    torch.testing.assert_close(found.speed[..., 0], speed)
    assert (found.speed >= 0).all()
    assert (found.s.diff() >= -1e-6).all()
    late = (wanted - speed).abs() < 8.0
    torch.testing.assert_close(found.speed[..., -1][late], wanted[late], atol=1e-6, rtol=0)
    assert found.acceleration.max() <= 2.0 + 1e-9
    assert found.acceleration.min() >= -3.5 - 1e-9
    jerk = (found.acceleration.diff() / TIMES[1]).abs().amax(-1)
    assert (jerk[calm] <= 3.0 + 1e-6).all()
    torch.testing.assert_close(found.acceleration[..., 0], acceleration)


def test_a_change_of_mind_is_as_smooth_as_the_rest():
    speed, acceleration, wanted = plans()
    switch = torch.linspace(0.5, 3.0, 60, dtype=torch.float64)
    found = approach_in_turn((speed, acceleration), (0.0 * wanted, wanted), switch, TIMES, **rates_like(speed))
    assert_consistent(found)
    assert (found.speed >= 0).all()
    early = approach_speed((speed, acceleration), 0.0 * wanted, TIMES, **rates_like(speed))
    torch.testing.assert_close(found.s[..., :500], early.s[..., :500])


def test_standing_and_staying_is_no_motion_and_has_finite_gradients():
    speed = torch.zeros(1, 2, dtype=torch.float64, requires_grad=True)
    wanted = torch.tensor([[0.0, 5.0]], dtype=torch.float64)
    found = approach_speed((speed, torch.zeros_like(speed)), wanted, TIMES[::1000], **rates_like(speed))
    # Square roots are kept away from 0 by a millionth.
    assert found.s[0, 0].abs().max() < 0.01
    assert found.speed[0, 0].abs().max() < 0.01
    found.s.sum().backward()
    assert speed.grad is not None
    assert speed.grad.isfinite().all()


@pytest.mark.parametrize("length", [1.0, 4.0])
def test_quartics_reach_the_speed_in_time_and_never_go_back(length):
    speed, acceleration, wanted = plans()
    found = keep_speed((speed, acceleration), wanted, torch.full_like(speed, length), TIMES)
    assert (found.speed >= 0).all()
    assert (found.s.diff() >= 0).all()
    ahead = 3.0 * speed + acceleration * length >= 0.0  # the others wait
    torch.testing.assert_close(found.speed[..., -1][ahead], wanted[ahead])
    torch.testing.assert_close(found.acceleration[0, 10:, 0], acceleration[0, 10:])
