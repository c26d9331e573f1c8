"""Features that anybody could compute by hand, costs with gradients, and plans as they look a moment later."""

import torch

from agents.planning.preview import preview
from agents.planning.trajectory_cost import FEATURES, Setting, TrajectoryCost, distance_to_line
from world_models.costs.cost_volume import CostVolume
from world_models.trajectories.limits import Start

PATH = torch.tensor([[[0.0, 0.0], [20.0, 0.0], [20.0, 20.0]]], dtype=torch.float64)


def setting(speed=8.0, acceleration=0.0, limit=10.0):
    tensors = (torch.tensor([value], dtype=torch.float64) for value in (speed, acceleration, limit))
    return Setting(*tensors, PATH, 0.5)


def along(speeds):
    """Poses that go ahead at these speeds, half a second each."""
    x = 0.5 * torch.tensor(speeds, dtype=torch.float64).cumsum(0)
    return torch.stack([x, torch.zeros_like(x), torch.zeros_like(x)], -1)[None, None]


def feature(poses, name, **state):
    return setting(**state).features(poses)[0, 0, :, FEATURES.index(name)]


def test_a_steady_drive_on_the_path_costs_nothing_but_its_slowness():
    found = setting().features(along([8.0] * 4))[0, 0]
    for name, column in zip(FEATURES, found.unbind(-1), strict=True):
        expected = 0.2 if name == "slowness" else 0.0
        torch.testing.assert_close(column, torch.full_like(column, expected), atol=2e-3, rtol=0)


def test_features_are_what_they_say():
    # From 8 m/s to a mean of 8.5 within half a second: 2 m/s^2; then 1 m/s each half second.
    poses = along([8.5, 9.5, 10.5, 11.5])
    close = {"atol": 1e-4, "rtol": 0}
    torch.testing.assert_close(feature(poses, "acceleration"), torch.full((4,), 4 / 9, dtype=torch.float64), **close)
    torch.testing.assert_close(feature(poses, "jerk"), torch.tensor([4 / 9, 0, 0, 0], dtype=torch.float64), **close)
    over = torch.tensor([0, 0, 0.05, 0.15], dtype=torch.float64)
    torch.testing.assert_close(feature(poses, "overspeed"), over, **close)
    aside = along([8.0] * 4) + torch.tensor([0.0, 1.5, 0.0], dtype=torch.float64)
    torch.testing.assert_close(feature(aside, "offset"), torch.full((4,), 1.5, dtype=torch.float64), **close)
    turning = along([8.0] * 4)
    turning[..., 2] = 0.1 * torch.arange(1, 5)
    lateral = torch.full((4,), (8.0 * 0.2 / 3.0) ** 2, dtype=torch.float64)
    torch.testing.assert_close(feature(turning, "lateral"), lateral, **close)


def test_the_distance_to_a_line_is_that_to_its_nearest_point():
    generator = torch.Generator().manual_seed(0)
    points = 30.0 * torch.rand(1, 50, 2, generator=generator, dtype=torch.float64) - 5.0
    share = torch.linspace(0, 1, 2001, dtype=torch.float64)[:, None]
    dense = torch.cat([torch.lerp(PATH[0, k], PATH[0, k + 1], share) for k in (0, 1)])
    expected = torch.cdist(points[0], dense).amin(1)
    torch.testing.assert_close(distance_to_line(points, PATH)[0], expected, atol=6e-3, rtol=0)


def cost_of(values, outside=3.0):
    volume = CostVolume(values, (10.0, 6.0, 8.0, 8.0), 1.0)
    return TrajectoryCost(volume, torch.as_tensor(outside), torch.full((1, len(FEATURES)), 0.5).double(), setting())


def test_costs_are_the_volume_under_the_footprint_and_the_weighted_features():
    poses = along([8.0, 8.0])
    cost = cost_of(torch.full((1, 2, 16, 16), 0.7, dtype=torch.float64))
    found = cost.by_time(poses)
    features = setting().features(poses).sum(-1)
    torch.testing.assert_close(found[0, 0, 0], 0.7 + 0.5 * features[0, 0, 0])
    far = poses + torch.tensor([50.0, 0.0, 0.0], dtype=torch.float64)
    torch.testing.assert_close(cost.by_time(far), 3.0 + 0.5 * setting().features(far).sum(-1))
    torch.testing.assert_close(cost(poses), found.sum(-1))


def test_costs_have_gradients_in_poses_volume_weights_and_outside():
    generator = torch.Generator().manual_seed(1)
    values = torch.rand(1, 3, 16, 16, generator=generator, dtype=torch.float64, requires_grad=True)
    outside = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    turn = torch.tensor([0.0, 0.31, 0.05], dtype=torch.float64)
    poses = (along([5.3, 4.1, 4.7]) + turn).requires_grad_()
    assert torch.autograd.gradcheck(lambda p, v, o: cost_of(v, o).by_time(p), (poses, values, outside), fast_mode=True)


def steady(speed, jerk, curvature, seconds):
    """States of a motion of constant jerk on a straight line, or of constant speed on a circle."""
    t = torch.as_tensor(seconds, dtype=torch.float64)
    s = speed * t + jerk * t**3 / 6
    turn = curvature * s
    x, y = (s, 0 * s) if curvature == 0 else (torch.sin(turn) / curvature, (1 - torch.cos(turn)) / curvature)
    return torch.stack([x, y, turn, speed + 0.5 * jerk * t * t, jerk * t, curvature + 0 * t, t], -1)


def begin(speed, curvature=0.0):
    return Start(*(torch.tensor([value], dtype=torch.float64) for value in (speed, 0.0, curvature)))


def test_a_plan_from_a_standstill_has_begun_a_moment_later():
    seconds = 0.5 * torch.arange(1, 9)
    found = preview(steady(0.0, 1.5, 0.0, seconds)[None], begin(0.0), seconds=0.1, dt=0.5, wheelbase=0.0)
    expected = steady(0.0, 1.5, 0.0, seconds + 0.1)[:, 0] - steady(0.0, 1.5, 0.0, 0.1)[0]
    torch.testing.assert_close(found[0, :-1, 0], expected[:-1])
    torch.testing.assert_close(found[0, -1, 0], expected[-1], atol=1e-2, rtol=0)


def test_a_circle_looks_the_same_from_everywhere_on_it():
    states = steady(6.0, 0.0, 0.1, 0.5 * torch.arange(1, 9))
    found = preview(states[None], begin(6.0, 0.1), seconds=0.2, dt=0.5, wheelbase=0.0)
    torch.testing.assert_close(found[0], states[:, :3], atol=5e-3, rtol=0)


def test_a_preview_of_no_time_is_the_plan():
    states = steady(6.0, 0.0, 0.1, 0.5 * torch.arange(1, 9))
    torch.testing.assert_close(
        preview(states[None], begin(6.0, 0.1), seconds=0.0, dt=0.5, wheelbase=0.0)[0], states[:, :3]
    )
