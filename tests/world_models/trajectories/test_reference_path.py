"""A path goes through its points, by length, smoothly."""

import numpy as np
import pytest
import torch
from torch import Tensor

from world_models.trajectories.reference_path import ReferencePath


def circle(curvature, *, count=13, spacing=4.0, turned=0.0):
    """Poses on circles [batch count 3] that leave the origin at an angle."""
    s = spacing * torch.arange(count, dtype=torch.float64)
    heading = turned + curvature[:, None] * s
    chord = s * torch.sinc(0.5 * curvature[:, None] * s / torch.pi)
    middle = turned + 0.5 * curvature[:, None] * s
    return torch.stack([chord * torch.cos(middle), chord * torch.sin(middle), heading], -1)


def bend(count=13, spacing=4.0):
    """A straight road, a quarter circle of 10 m, and straight on: poses by length."""
    s = spacing * np.arange(count) - 6.0
    turn = np.clip(s / 10.0, 0.0, np.pi / 2)
    x = np.where(s < 0, s, 10 * np.sin(turn)) + 6.0
    y = 10 * (1 - np.cos(turn)) + np.clip(s - 5 * np.pi, 0, None)
    return torch.from_numpy(np.stack([x, y, turn], -1))[None]


def test_a_circle_is_kept_exactly():
    curvature = torch.tensor([0.0, 0.05, -0.1], dtype=torch.float64)
    path = ReferencePath.of_points(circle(curvature, turned=0.3), 4.0)
    s = torch.linspace(0.0, 47.9, 97, dtype=torch.float64).expand(3, -1)
    fine = circle(curvature, count=97, spacing=47.9 / 96, turned=0.3)
    x, y, heading = path.pose(s)
    torch.testing.assert_close(torch.stack([x, y], -1), fine[..., :2], atol=1e-9, rtol=0)
    torch.testing.assert_close(torch.cos(heading), torch.cos(fine[..., 2]), atol=1e-9, rtol=0)
    torch.testing.assert_close(path.curvature(s), curvature[:, None].expand_as(s), atol=1e-12, rtol=0)
    torch.testing.assert_close(path.curvature_rate(s), torch.zeros_like(s), atol=1e-12, rtol=0)


def test_a_corner_passes_near_its_points_with_continuous_curvature():
    points = bend()
    path = ReferencePath.of_points(points, 4.0)
    x, y, heading = path.pose(4.0 * torch.arange(13, dtype=torch.float64)[None])
    assert (torch.stack([x, y], -1) - points[..., :2]).norm(dim=-1).max() < 0.05
    torch.testing.assert_close(heading, points[..., 2], atol=1e-9, rtol=0)
    knots = 4.0 * torch.arange(1, 12, dtype=torch.float64)[None]
    torch.testing.assert_close(path.curvature(knots - 1e-9), path.curvature(knots + 1e-9), atol=1e-7, rtol=0)


def test_s_is_its_length_and_curvature_the_change_of_its_heading():
    path = ReferencePath.of_points(bend(), 4.0)
    s = torch.linspace(-5.0, 60.0, 200, dtype=torch.float64)[None].requires_grad_()
    x, y, heading = path.pose(s)

    def slope(value: Tensor) -> Tensor:
        return torch.autograd.grad(value.sum(), s, retain_graph=True)[0]

    torch.testing.assert_close(slope(x), torch.cos(heading), atol=1e-6, rtol=0)
    torch.testing.assert_close(slope(y), torch.sin(heading), atol=1e-6, rtol=0)
    torch.testing.assert_close(slope(heading), path.curvature(s), atol=1e-12, rtol=0)
    torch.testing.assert_close(slope(path.curvature(s)), path.curvature_rate(s), atol=1e-12, rtol=0)


def test_projection_undoes_the_pose_beside_the_path():
    rng = np.random.default_rng(0)
    path = ReferencePath.of_points(bend(), 4.0)
    s, d = torch.from_numpy(rng.uniform(-3, 55, (1, 200))), torch.from_numpy(rng.uniform(-6, 6, (1, 200)))
    x, y, heading = path.pose(s)
    found_s, found_d = path.project(torch.stack([x - d * torch.sin(heading), y + d * torch.cos(heading)], -1))
    torch.testing.assert_close(found_s, s, atol=1e-9, rtol=0)
    torch.testing.assert_close(found_d, d, atol=1e-9, rtol=0)


def test_of_an_observation_the_ego_is_the_origin():
    ego, route = torch.zeros(2, 10, dtype=torch.float64), torch.zeros(2, 36, dtype=torch.float64)
    ego[:, 4], ego[:, 5] = torch.tensor([0.8, -1.5]), torch.tensor([0.1, -0.4])
    for row in range(2):
        turned, offset = -ego[row, 5], ego[row, 4]
        points = circle(torch.tensor([0.04], dtype=torch.float64), turned=float(turned))[0]
        points[:, 0] += offset * torch.sin(turned)
        points[:, 1] -= offset * torch.cos(turned)
        route[row] = points[1:].flatten()
    path = ReferencePath.of_observation(ego, route)
    s, d = path.project(torch.zeros(2, 1, 2, dtype=torch.float64))
    torch.testing.assert_close(s, torch.zeros(2, 1, dtype=torch.float64), atol=1e-9, rtol=0)
    torch.testing.assert_close(d[:, 0], ego[:, 4])
    torch.testing.assert_close(path.heading_error, ego[:, 5])


def test_behind_the_path_s_end_it_goes_straight_on():
    points = circle(torch.tensor([0.05], dtype=torch.float64))
    points[:, 6:] = points[:, 5:6]
    path = ReferencePath.of_points(points, 4.0)
    x, y, heading = path.pose(torch.tensor([[20.0, 50.0]], dtype=torch.float64))
    torch.testing.assert_close(heading, torch.ones(1, 2, dtype=torch.float64))
    torch.testing.assert_close(x[:, 1] - x[:, 0], 30.0 * torch.cos(heading[:, 0]), atol=1e-4, rtol=0)
    torch.testing.assert_close(y[:, 1] - y[:, 0], 30.0 * torch.sin(heading[:, 0]), atol=1e-4, rtol=0)


def test_a_route_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"Expected route \[1, 3 \* points\], found \[1, 35\]"):
        ReferencePath.of_observation(torch.zeros(1, 10), torch.zeros(1, 35))
