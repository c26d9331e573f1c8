"""What is looked up in a cost volume: exact where it can be, smooth in space, and honest off the map."""

import math

import pytest
import torch

from world_models.costs.cost_volume import CostVolume
from world_models.costs.footprint import KINDS, Footprint

EXTENT, RESOLUTION, TIME = (12.0, 4.0, 7.0, 5.0), 0.5, 3
ROWS, COLS = 32, 24
POINT = Footprint(kind="point")


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def random_volume(batch: int = 2, seed: int = 0) -> CostVolume:
    return CostVolume(random(batch, TIME, ROWS, COLS, seed=seed), EXTENT, RESOLUTION)


def centres() -> tuple[torch.Tensor, torch.Tensor]:
    """x of every row and y of every column, written out from the definition."""
    x = torch.tensor([EXTENT[0] - (r + 0.5) * RESOLUTION for r in range(ROWS)], dtype=torch.float64)
    y = torch.tensor([EXTENT[2] - (c + 0.5) * RESOLUTION for c in range(COLS)], dtype=torch.float64)
    return x, y


def inner_poses(batch: int = 2, candidates: int = 6, seed: int = 1) -> torch.Tensor:
    """Poses at which no footprint leaves the map."""
    unit = torch.rand(batch, candidates, TIME, 3, generator=generator(seed), dtype=torch.float64)
    return unit * torch.tensor([8.0, 4.0, 2 * math.pi]) + torch.tensor([0.0, -1.0, -math.pi])


@pytest.mark.parametrize("kind", KINDS)
def test_an_affine_field_is_met_exactly_in_value_and_gradient(kind):
    x, y = centres()
    slopes = random(2, TIME, 3)
    field = slopes[..., 0, None, None] * x[:, None] + slopes[..., 1, None, None] * y + slopes[..., 2, None, None]
    poses = inner_poses().requires_grad_()
    found = CostVolume(field, EXTENT, RESOLUTION).query(poses, Footprint(kind=kind), outside=100.0)
    expected = (slopes[:, None, ..., :2] * poses[..., :2]).sum(-1) + slopes[:, None, ..., 2]
    assert (found - expected).abs().max() < 1e-12
    (gradient,) = torch.autograd.grad(found.sum(), poses)
    assert (gradient[..., :2] - slopes[:, None, ..., :2]).abs().max() < 1e-12
    assert gradient[..., 2].abs().max() < 1e-12


def test_between_four_cells_costs_are_bilinear():
    x, y = centres()
    field = (2.0 + 3.0 * x[:, None] - y + 0.7 * x[:, None] * y).expand(2, TIME, -1, -1)
    poses = inner_poses()
    found = CostVolume(field, EXTENT, RESOLUTION).query(poses, POINT, outside=0.0)
    # centres lie at odd multiples of a quarter of a metre
    low = ((poses[..., :2] - 0.25) / RESOLUTION).floor() * RESOLUTION + 0.25
    weight = (poses[..., :2] - low) / RESOLUTION
    expected = torch.zeros_like(found)
    for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
        corner = low + torch.tensor([i, j]) * RESOLUTION
        share = (weight[..., 0] if i else 1 - weight[..., 0]) * (weight[..., 1] if j else 1 - weight[..., 1])
        expected += share * (2.0 + 3.0 * corner[..., 0] - corner[..., 1] + 0.7 * corner[..., 0] * corner[..., 1])
    assert (found - expected).abs().max() < 1e-12


def test_at_the_centres_of_cells_costs_are_those_of_the_cells():
    volume, (x, y) = random_volume(), centres()
    poses = torch.stack([*torch.meshgrid(x, y, indexing="ij"), torch.zeros(ROWS, COLS).double()], -1)
    poses = poses.view(1, -1, 1, 3).expand(2, -1, TIME, -1)
    found = volume.query(poses, POINT, outside=1e3).transpose(1, 2).reshape(2, TIME, ROWS, COLS)
    assert (found - volume.values).abs().max() < 1e-9


@pytest.mark.parametrize("kind", KINDS)
def test_turning_the_field_and_the_trajectory_by_a_quarter_changes_nothing(kind):
    ahead, behind, left, right = EXTENT
    volume, poses = random_volume(), random(2, 40, TIME, 3) * torch.tensor([8.0, 6.0, 2.0])
    turned_volume = CostVolume(volume.values.rot90(1, (2, 3)), (right, left, ahead, behind), RESOLUTION)
    turned = torch.stack([-poses[..., 1], poses[..., 0], poses[..., 2] + math.pi / 2], -1)
    for over in ("mean", "max"):
        there = volume.query(poses, Footprint(kind=kind), outside=5.0, over=over)
        here = turned_volume.query(turned, Footprint(kind=kind), outside=5.0, over=over)
        assert (here - there).abs().max() < 1e-11


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("over", ["mean", "max"])
def test_gradients_are_those_of_finite_differences_off_the_edges_of_cells(kind, over):
    values, poses = random(1, TIME, ROWS, COLS), inner_poses(1, 2, seed=3)
    footprint = Footprint(2.0, 1.0, kind)
    away = ((footprint.points(poses) - 0.25) / RESOLUTION + 0.5) % 1.0 - 0.5
    assert away.abs().min() > 1e-4, "a point on an edge has no gradient: take another seed"

    def query(values: torch.Tensor, poses: torch.Tensor) -> torch.Tensor:
        return CostVolume(values, EXTENT, RESOLUTION).query(poses, footprint, outside=3.0, over=over)

    part = values.clone().requires_grad_(), poses.clone().requires_grad_()
    assert torch.autograd.gradcheck(query, part, eps=1e-6, atol=1e-7, fast_mode=True)


def test_off_the_map_the_price_is_the_one_asked_for_and_not_that_of_the_border():
    volume = random_volume()
    beyond = torch.tensor([[12.3, 0.0], [-4.3, 0.0], [0.0, 7.3], [0.0, -5.3], [500.0, 1.0], [20.0, 20.0]])
    poses = torch.cat([beyond.double(), torch.zeros(6, 1).double()], 1).view(1, 6, 1, 3).expand(2, -1, TIME, -1)
    poses = poses.clone().requires_grad_()
    costs = volume.query(poses, POINT, outside=77.0)
    assert torch.equal(costs, torch.full_like(costs, 77.0))
    assert torch.autograd.grad(costs.sum(), poses)[0].abs().max() == 0.0


def test_costs_reach_the_price_of_the_outside_without_a_jump():
    volume = CostVolume(torch.zeros(1, 1, ROWS, COLS).double(), EXTENT, RESOLUTION)
    x = torch.linspace(11.5, 12.5, 21, dtype=torch.float64)
    poses = torch.stack([x, torch.zeros(21).double(), torch.zeros(21).double()], -1).view(1, 21, 1, 3)
    found = volume.query(poses, POINT, outside=10.0).flatten()
    assert torch.allclose(found, (10.0 * (x - 11.75) / RESOLUTION).clamp(0.0, 10.0), atol=1e-12)
    assert found[10] == pytest.approx(5.0)  # on the very edge


def test_a_body_half_off_the_map_pays_for_that_half():
    volume = CostVolume(torch.zeros(1, 1, ROWS, COLS), EXTENT, RESOLUTION)
    across = torch.tensor([12.0, 0.0, 0.0]).view(1, 1, 1, 3)
    body = Footprint(4.8, 2.0, "box")
    assert volume.query(across, body, outside=8.0).item() == pytest.approx(4.0)
    assert volume.query(across, body, outside=8.0, over="max").item() == pytest.approx(8.0)
    assert volume.covers(body.points(across)).float().mean().item() == 0.5


def test_only_cells_under_the_body_learn_from_what_it_pays():
    values = torch.zeros(1, 1, ROWS, COLS).double().requires_grad_()
    pose = torch.tensor([4.0, 1.0, 0.6], dtype=torch.float64).view(1, 1, 1, 3)
    body = Footprint(kind="box")
    (gradient,) = torch.autograd.grad(
        CostVolume(values, EXTENT, RESOLUTION).query(pose, body, outside=1.0).sum(), values
    )
    assert gradient.sum().item() == pytest.approx(1.0)
    x, y = centres()
    away = torch.stack(torch.meshgrid(x, y, indexing="ij"), -1) - pose.view(3)[:2]
    cos, sin = math.cos(0.6), math.sin(0.6)
    ahead, left = away[..., 0] * cos + away[..., 1] * sin, away[..., 1] * cos - away[..., 0] * sin
    reach = RESOLUTION * (cos + sin)
    beyond = (ahead.abs() > 2.4 + reach) | (left.abs() > 1.0 + reach)
    assert gradient[0, 0][beyond].abs().max() == 0.0
    # turned the other way, the body would lie on other cells
    under = (ahead.abs() < 2.4) & (left.abs() < 1.0)
    assert gradient[0, 0][under].sum() > 0.7


def test_volumes_of_another_shape_and_times_of_another_number_are_refused():
    with pytest.raises(ValueError, match=r"\(32, 24\) rows and columns, got \(32, 25\)"):
        CostVolume(torch.zeros(1, 1, 32, 25), EXTENT, RESOLUTION)
    with pytest.raises(ValueError, match=r"\(2, 3\), of what is looked up \(2, 4\)"):
        random_volume().query(torch.zeros(2, 1, 4, 3).double(), POINT, outside=0.0)
    with pytest.raises(ValueError, match="mean"):
        random_volume().query(inner_poses(), POINT, outside=0.0, over="meen")
