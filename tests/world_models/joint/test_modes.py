"""Controls of 0 go straight on; constant ones follow closed forms."""

import math

import pytest
import torch

from world_models.joint.modes import ModeDecoder, placed, unroll


def held(acceleration: float, curvature: float, times: int = 6) -> torch.Tensor:
    return torch.tensor([acceleration, curvature], dtype=torch.float64).expand(1, times, 1, 2)


def test_no_controls_go_straight_on_at_the_speed_of_now():
    found = unroll(held(0.0, 0.0), torch.tensor([[8.0]]).double(), 0.5)[0, :, 0]
    assert torch.allclose(found[:, 0], 4.0 * torch.arange(1, 7).double())
    assert torch.equal(found[:, 1:], torch.zeros(6, 2).double())


def test_braking_follows_the_parabola_and_hardly_goes_back():
    found = unroll(held(-2.0, 0.0, 8), torch.tensor([[4.0]]).double(), 0.5)[0, :, 0, 0]
    seconds = 0.5 * torch.arange(1, 5).double()
    assert torch.allclose(found[:4], 4.0 * seconds - seconds**2)
    assert (found[4:] - found[3]).abs().max() < 0.1


def test_constant_curvature_stays_near_its_circle():
    found = unroll(held(0.0, 0.1, 30), torch.tensor([[5.0]]).double(), 0.1)[0, :, 0]
    angle = 0.05 * torch.arange(1, 31).double()
    assert torch.allclose(found[:, 2], angle)
    assert torch.allclose(found[:, 0], 10.0 * torch.sin(angle), atol=1e-2)
    assert torch.allclose(found[:, 1], 10.0 * (1.0 - torch.cos(angle)), atol=1e-2)


def test_gradients_draw_on_who_stands():
    controls = held(-1.0, 0.0).clone().requires_grad_()
    unroll(controls, torch.zeros(1, 1).double(), 0.5)[..., 0].sum().backward()
    assert controls.grad is not None
    assert (controls.grad[..., 0] > 0).all()


def test_placed_is_seen_from_where_the_bodies_stand():
    own, pose = torch.tensor([[[2.0, 1.0, 0.3]]]), torch.tensor([[5.0, 5.0, math.pi / 2]])
    assert placed(own, pose)[0, 0].tolist() == pytest.approx([4.0, 7.0, math.pi / 2 + 0.3])


@torch.no_grad()
def test_an_unfitted_decoder_controls_nothing():
    torch.manual_seed(0)
    decoder, seconds = ModeDecoder(16, width=8), torch.arange(1, 5) * 0.5
    controls, scales = decoder(torch.randn(2, 3, 5, 16), torch.randn(2, 7, 4, 5, 8), seconds)
    assert controls.shape == scales.shape == (2, 7, 3, 4, 5, 2)
    assert torch.equal(controls, torch.zeros_like(controls))
    assert (scales > 0).all()
