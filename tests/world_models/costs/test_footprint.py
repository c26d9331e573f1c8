"""Footprints turn with their body, and cover it."""

import math

import pytest
import torch

from world_models.costs.footprint import KINDS, Footprint


def random_poses(*shape: int, seed: int = 0) -> torch.Tensor:
    unit = torch.rand(*shape, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return (unit - 0.5) * torch.tensor([60.0, 60.0, 2.0 * math.pi], dtype=torch.float64)


@pytest.mark.parametrize("kind", KINDS)
def test_points_turn_about_the_reference_point(kind):
    poses, footprint = random_poses(4, 5), Footprint(kind=kind)
    offsets = torch.tensor([complex(*offset) for offset in footprint.offsets], dtype=torch.complex128)
    turned = torch.view_as_real(offsets * torch.polar(torch.ones(4, 5, 1).double(), poses[..., 2:]))
    assert torch.allclose(footprint.points(poses), poses[..., None, :2] + turned, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_points_of_a_body_lie_evenly_about_its_middle(kind):
    offsets = torch.tensor(Footprint(kind=kind).offsets, dtype=torch.float64)
    assert offsets.sum(0).abs().max() < 1e-12


@pytest.mark.parametrize(("length", "width"), [(4.8, 2.0), (12.0, 2.5), (0.6, 0.6), (6.0, 2.0)])
def test_circles_cover_the_body_and_one_less_would_be_wider_than_it(length, width):
    footprint = Footprint(length, width, "circles")
    centres = torch.tensor(footprint.offsets)
    corner = torch.tensor([length / 2, width / 2])
    inside = (torch.rand(2000, 2, generator=torch.Generator().manual_seed(0)) * 2 - 1) * corner
    inside = torch.cat([inside, corner * torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])])
    assert torch.cdist(inside, centres).amin(1).max() <= footprint.radius + 1e-5
    assert length / len(centres) <= width + 1e-9
    assert len(centres) == 1 or length / (len(centres) - 1) > width


def test_the_points_of_a_box_are_no_further_apart_than_asked():
    assert len(Footprint(4.8, 2.0, "box", spacing=1.2).offsets) == 8
    assert len(Footprint(4.8, 2.0, "box", spacing=0.5).offsets) == 10 * 4
    assert Footprint(4.8, 2.0, "box").radius == pytest.approx(2.6)


def test_a_point_is_one_place_without_a_size():
    assert Footprint(kind="point").offsets == [(0.0, 0.0)]
    assert Footprint(kind="point").radius == 0.0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"kind": "circle"}, "circles"), ({"length": 0.0}, "Footprint.length"), ({"spacing": math.nan}, "spacing")],
)
def test_impossible_bodies_are_refused_by_name(wrong, message):
    with pytest.raises(ValueError, match=message):
        Footprint(**wrong)
