"""Coordinates along a path and back, and what trajectories beside it do."""

import numpy as np
import pytest
import torch

from world_models.trajectories.frenet import Frenet, Lateral, lattice, start_of, to_cartesian, to_frenet
from world_models.trajectories.limits import Start
from world_models.trajectories.progress import Progress
from world_models.trajectories.reference_path import ReferencePath


def arc_path(curvature, *, offset=0.0, count=13):
    s = 4.0 * torch.arange(count, dtype=torch.float64)
    chord, half = s * torch.sinc(0.5 * curvature * s / torch.pi), 0.5 * curvature * s
    points = torch.stack([chord * torch.cos(half), chord * torch.sin(half) - offset, 2 * half], -1)[None]
    return ReferencePath.of_points(points, 4.0, offset=torch.tensor([offset], dtype=torch.float64))


def winding_path():
    s = np.linspace(0.0, 48.0, 4801)
    heading = 0.6 * np.sin(s / 12.0)
    x, y = (np.concatenate([[0.0], np.cumsum(0.005 * (f[1:] + f[:-1]))]) for f in (np.cos(heading), np.sin(heading)))
    return ReferencePath.of_points(torch.from_numpy(np.stack([x, y, heading], -1)[::400])[None], 4.0)


def random_motion(rng, count):
    low, high = [0, 0, -3, -1.5, -0.6, -0.1], [45, 15, 3, 1.5, 0.6, 0.1]
    return Frenet(*torch.from_numpy(rng.uniform(low, high, (count, 6))).T[:, None])


def test_the_way_there_and_back_changes_nothing():
    path, motion = winding_path(), random_motion(np.random.default_rng(0), 300)
    moving = to_cartesian(path.at(motion.s), motion)
    s, d = path.project(torch.stack([moving.x, moving.y], -1))
    found = to_frenet(path.at(s), moving, s)
    torch.testing.assert_close(d, motion.d, atol=1e-9, rtol=0)
    for one, other in zip(found, motion, strict=True):
        torch.testing.assert_close(one, other, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("curvature", [-0.08, 0.0, 0.05])
@pytest.mark.parametrize("d", [-3.0, 1.0])
def test_at_a_constant_offset_from_a_circle_one_drives_a_circle(curvature, d):
    path, place = arc_path(curvature), torch.full((1, 20), d, dtype=torch.float64)
    s = torch.linspace(1.0, 40.0, 20, dtype=torch.float64)[None]
    still, motion = torch.zeros_like(s), torch.full_like(s, 7.0)
    moving = to_cartesian(path.at(s), Frenet(s, motion, still, place, still, still))
    scale = 1.0 - curvature * d
    torch.testing.assert_close(moving.curvature, torch.full_like(s, curvature / scale), atol=1e-9, rtol=0)
    torch.testing.assert_close(moving.speed, torch.full_like(s, scale * 7.0), atol=1e-9, rtol=0)
    torch.testing.assert_close(moving.acceleration, still, atol=1e-9, rtol=0)


@pytest.mark.parametrize("speed", [1.0, 10.0])
def test_speed_acceleration_and_curvature_are_those_of_the_positions(speed):
    path = winding_path()
    times = torch.linspace(0.0, 3.0, 3001, dtype=torch.float64)
    s = (speed * times + 0.2 * times**2)[None, None]
    progress = Progress(s, (speed + 0.4 * times)[None, None], torch.full_like(s, 0.4))
    now = Frenet(*(torch.tensor([value], dtype=torch.float64) for value in (0.0, speed, 0.4, 0.5, 0.1, -0.05)))
    lateral = Lateral(*(torch.tensor([[value]], dtype=torch.float64) for value in (-1.0, 3.0, 12.0)))
    columns = (column[0, 0, 0].numpy() for column in lattice(path, now, progress, lateral, times))
    dt, inner = 1e-3, slice(5, -5)
    x, y, heading, driven, acceleration, curvature = columns
    vx, vy = np.gradient(x, dt), np.gradient(y, dt)
    np.testing.assert_allclose(np.hypot(vx, vy)[inner], driven[inner], atol=1e-4)
    np.testing.assert_allclose(np.arctan2(vy, vx)[inner], heading[inner], atol=1e-4)
    smooth = np.abs((s[0, 0].numpy() + 2.0) % 4.0 - 2.0)[inner] > 0.05  # the path's curvature rate jumps at its points
    gained = np.gradient(driven, dt)[inner]
    np.testing.assert_allclose(gained[smooth], acceleration[inner][smooth], atol=3e-3)
    turning = np.gradient(np.unwrap(heading), dt)
    np.testing.assert_allclose((turning / driven)[inner], curvature[inner], atol=1e-3)


@pytest.mark.parametrize("speed", [0.0, 1.0, 6.0])
def test_a_lattice_begins_with_the_motion_of_now(speed):
    path = arc_path(0.06, offset=0.7)
    start = Start(*(torch.tensor([value], dtype=torch.float64) for value in (speed, 0.8, -0.05)))
    now = start_of(path, start, wheelbase=2.8)
    zero = torch.zeros(1, 1, 1, dtype=torch.float64)
    progress = Progress(zero, now.speed[:, None, None], now.acceleration[:, None, None])
    lateral = Lateral(*(torch.tensor([[value]], dtype=torch.float64) for value in (2.0, 3.0, 12.0)))
    motion = lattice(path, now, progress, lateral, torch.zeros(1, dtype=torch.float64))
    slip = float(start.slip(2.8))
    expected = (0.0, 0.0, slip, speed, 0.8, -0.05)
    torch.testing.assert_close(torch.stack(motion).flatten(), torch.tensor(expected, dtype=torch.float64))
