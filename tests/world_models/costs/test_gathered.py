"""Gathered cost volumes: the same costs, and derivatives of the second order that are true."""

import pytest
import torch

from world_models.costs.cost_volume import CostVolume
from world_models.costs.footprint import Footprint
from world_models.costs.gathered import GatheredVolume

EXTENT, RESOLUTION, TIME, ROWS, COLS = (6.0, 2.0, 4.0, 3.0), 0.5, 2, 16, 14


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("kind", ["circles", "box"])
@pytest.mark.parametrize("over", ["mean", "max"])
def test_costs_and_first_slopes_are_those_of_a_cost_volume_on_the_map_and_off_it(kind, over):
    poses = (random(2, 300, TIME, 3, seed=1) * 4.0).requires_grad_()
    values, footprint = random(2, TIME, ROWS, COLS).requires_grad_(), Footprint(1.5, 0.8, kind)
    met = [
        volume(values, EXTENT, RESOLUTION).query(poses, footprint, outside=3.0, over=over)
        for volume in (CostVolume, GatheredVolume)
    ]
    assert (met[0] - met[1]).abs().max() < 1e-12
    slopes = [torch.autograd.grad(costs.square().sum(), (values, poses)) for costs in met]
    for known, found in zip(*slopes, strict=True):
        assert (known - found).abs().max() < 1e-9


def test_single_precision_is_a_cost_volume_s_to_rounding():
    values, points = random(2, TIME, ROWS, COLS).float(), (random(2, TIME, 500, 2, seed=1) * 4.0).float()
    known, found = (kind(values, EXTENT, RESOLUTION).at(points, outside=1.0) for kind in (CostVolume, GatheredVolume))
    exact = GatheredVolume(values.double(), EXTENT, RESOLUTION).at(points.double(), outside=1.0)
    assert (found - exact).abs().max() < 5e-6
    assert (found - known).abs().max() < 2e-5


def test_second_derivatives_are_those_of_finite_differences():
    values = random(1, TIME, ROWS, COLS).requires_grad_()
    points = (random(1, TIME, 5, 2, seed=2) * 2.0).requires_grad_()
    away = ((points.detach() - 0.25) / RESOLUTION + 0.5) % 1.0 - 0.5
    assert away.abs().min() > 1e-3, "a point on an edge has no derivative: take another seed"

    def at(values: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
        return GatheredVolume(values, EXTENT, RESOLUTION).at(points, outside=3.0)

    assert torch.autograd.gradcheck(at, (values, points), eps=1e-6, atol=1e-7, fast_mode=True)
    assert torch.autograd.gradgradcheck(at, (values, points), eps=1e-6, atol=1e-7, fast_mode=True)


def test_the_twist_of_a_saddle_is_known_exactly():
    x = 6.0 - (torch.arange(ROWS).double() + 0.5) * RESOLUTION
    y = 4.0 - (torch.arange(COLS).double() + 0.5) * RESOLUTION
    volume = GatheredVolume((x[:, None] * y).expand(1, TIME, -1, -1), EXTENT, RESOLUTION)
    points = random(1, TIME, 4, 2, seed=3).requires_grad_()
    (slope,) = torch.autograd.grad(volume.at(points, outside=0.0).sum(), points, create_graph=True)
    (twist,) = torch.autograd.grad(slope[..., 0].sum(), points)
    assert (slope - points.flip(-1)).abs().max() < 1e-12
    assert (twist - torch.tensor([0.0, 1.0])).abs().max() < 1e-12


def test_other_times_are_refused_as_of_any_cost_volume():
    with pytest.raises(ValueError, match=r"batch and time of the volume are \(1, 2\), of what is looked up \(1, 3\)"):
        GatheredVolume(random(1, TIME, ROWS, COLS), EXTENT, RESOLUTION).at(random(1, 3, 1, 2), outside=0.0)
