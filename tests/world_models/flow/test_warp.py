"""Truths about images that flow."""

import numpy as np
import torch

from envs.driving.future import Window
from envs.driving.future import warp as nearest_warp
from world_models.flow.warp import trace, warp

EXTENT, DT = (5.0, 3.0, 4.0, 3.0), 0.5


def _constant(forward: float, left: float, *shape: int) -> torch.Tensor:
    return torch.tensor([forward, left])[:, None, None].expand(2, *shape)


def test_without_flow_nothing_moves() -> None:
    images = torch.rand(3, 2, 8, 7)
    torch.testing.assert_close(warp(images, torch.zeros(3, 2, 8, 7), 1.0), images, atol=1e-5, rtol=0)


def test_a_constant_flow_of_whole_cells_is_a_shift() -> None:
    images = torch.rand(2, 8, 7)
    seen = warp(images, _constant(4.0, -2.0, 8, 7), 1.0, DT)
    # 2 m ahead is two rows up, 1 m to the right one column on
    torch.testing.assert_close(seen[:, :-2, 1:], images[:, 2:, :-1], atol=1e-5, rtol=0)
    assert seen[:, -2:].abs().max() < 1e-5
    assert seen[:, :, 0].abs().max() < 1e-5


def test_between_cells_it_is_the_mean() -> None:
    images = torch.rand(2, 8, 7)
    seen = warp(images, _constant(0.5, 0.0, 8, 7), 1.0)
    torch.testing.assert_close(seen[:, :-1], 0.5 * (images[:, 1:] + images[:, :-1]), atol=1e-5, rtol=0)


def test_whole_cells_are_read_as_the_simulator_reads_them() -> None:
    rng, window = np.random.default_rng(0), Window(0.5, EXTENT)
    occupancy = (rng.random((2, *window.shape)) < 0.4).astype(np.float32)
    cells = rng.integers(-4, 5, (2, *window.shape)).astype(np.float32)
    flow = cells * (window.resolution / DT)
    expected = nearest_warp(occupancy, flow, window=window, dt=DT)
    seen = warp(torch.from_numpy(occupancy), torch.from_numpy(flow), window.resolution, DT)
    np.testing.assert_allclose(seen.numpy(), expected, atol=1e-5)


def test_leading_axes_are_broadcast() -> None:
    images, flow = torch.rand(2, 1, 3, 8, 7), torch.randn(1, 4, 2, 8, 7)
    seen = warp(images, flow, 1.0)
    assert seen.shape == (2, 4, 3, 8, 7)
    torch.testing.assert_close(seen[1, 3], warp(images[1, 0], flow[0, 3], 1.0))


def test_gradients_agree_with_differences() -> None:
    torch.manual_seed(0)
    images = torch.rand(1, 2, 3, 4, dtype=torch.float64, requires_grad=True)
    flow = torch.randn(1, 2, 3, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda seen, way: warp(seen, way, 0.7, 0.5), (images, flow))


def test_a_trace_of_one_step_is_a_warp() -> None:
    image, flow = torch.rand(2, 1, 8, 7), torch.randn(2, 1, 2, 8, 7)
    torch.testing.assert_close(trace(image, flow, 0.5, DT)[:, 0], warp(image, flow[:, 0], 0.5, DT))


def test_a_trace_follows_all_flows_back_to_the_beginning() -> None:
    image = torch.zeros(1, 8, 7)
    image[0, 6, 3] = 1.0
    flows = torch.stack([_constant(*ways, 8, 7) for ways in ((2.0, 0.0), (0.0, 2.0), (4.0, -2.0))])
    found = trace(image, flows, 1.0, DT)[:, 0]
    assert [tuple(step.nonzero()[0].tolist()) for step in found.round()] == [(5, 3), (5, 2), (3, 3)]


def test_finer_images_of_the_same_window_are_read_at_the_same_places() -> None:
    fine, flow = torch.rand(2, 24, 21), torch.randn(2, 8, 7)
    found = warp(fine, flow, 1.0)
    everywhere = flow.repeat_interleave(3, 1).repeat_interleave(3, 2)
    torch.testing.assert_close(found, warp(fine, everywhere, 1.0 / 3.0)[:, 1::3, 1::3], atol=1e-4, rtol=0)
