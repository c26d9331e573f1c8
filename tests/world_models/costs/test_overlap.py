"""How far boxes lie apart, held against shapely."""

import math

import numpy as np
import pytest
import shapely
import torch

from world_models.costs.overlap import separation, separation_within


def random_boxes(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    source = torch.Generator().manual_seed(seed)
    poses = torch.randn(count, 3, generator=source, dtype=torch.float64) * torch.tensor([1.8, 1.8, 3.0])
    return poses, torch.rand(count, 2, generator=source, dtype=torch.float64) * 4.0 + 0.2


def polygons(poses: torch.Tensor, sizes: torch.Tensor) -> np.ndarray:
    corners = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) * sizes.numpy()[:, None] / 2
    cos, sin = np.cos(poses[:, 2:].numpy()), np.sin(poses[:, 2:].numpy())
    x = poses[:, :1].numpy() + cos * corners[..., 0] - sin * corners[..., 1]
    y = poses[:, 1:2].numpy() + sin * corners[..., 0] + cos * corners[..., 1]
    return shapely.polygons(np.stack([x, y], -1))


def test_boxes_overlap_exactly_where_shapely_says_so():
    one, other = random_boxes(4000, 0), random_boxes(4000, 1)
    gap = separation(*one, *other).numpy()
    first, second = polygons(*one), polygons(*other)
    overlaps = shapely.area(shapely.intersection(first, second)) > 1e-12
    assert 0.2 < overlaps.mean() < 0.8
    assert np.array_equal(gap < 0, overlaps)
    apart = shapely.distance(first, second)
    assert (gap[~overlaps] <= apart[~overlaps] + 1e-12).all()
    assert (gap[~overlaps] > 0).all()


def test_the_gap_of_boxes_side_by_side_is_their_distance():
    pose, size = torch.zeros(1, 3, dtype=torch.float64), torch.tensor([[4.0, 2.0]], dtype=torch.float64)
    other = torch.tensor([[5.0, 0.5, math.pi / 2], [0.5, 1.8, math.pi]], dtype=torch.float64)
    gaps = separation(pose.expand(2, -1), size.expand(2, -1), other, size.expand(2, -1))
    assert gaps.tolist() == pytest.approx([5.0 - 2.0 - 1.0, 1.8 - 2.0])


def test_the_gap_is_the_same_from_both_sides_and_from_everywhere():
    one, other = random_boxes(200, 2), random_boxes(200, 3)
    gap = separation(*one, *other)
    assert torch.allclose(separation(*other, *one), gap, atol=1e-12)
    turn = torch.polar(torch.ones(()).double(), torch.tensor(0.7).double())

    def moved(poses: torch.Tensor) -> torch.Tensor:
        place = torch.view_as_real(torch.view_as_complex(poses[:, :2].contiguous()) * turn + (3.0 - 1.0j))
        return torch.cat([place, poses[:, 2:] + 0.7], 1)

    assert torch.allclose(separation(moved(one[0]), one[1], moved(other[0]), other[1]), gap, atol=1e-12)


def test_gradients_of_the_gap_are_those_of_finite_differences():
    one, other = random_boxes(30, 4), random_boxes(30, 5)
    parts = [part.clone().requires_grad_() for part in (*one, *other)]
    assert torch.autograd.gradcheck(separation, parts)


@pytest.mark.parametrize("reach", [0.0, 1.5])
def test_within_a_reach_nothing_is_missed(reach):
    (poses, sizes), (others, other_sizes) = random_boxes(60, 6), random_boxes(50, 7)
    poses, others = 3.0 * poses, 3.0 * others
    others[:5, 0] = math.nan
    found = separation_within(poses[:, None], sizes[:, None], others, other_sizes, reach=reach)
    pairs = [part.expand(60, 50, -1) for part in (poses[:, None], sizes[:, None], others, other_sizes)]
    gaps = separation(*pairs)
    assert torch.equal(found[gaps < reach], gaps[gaps < reach])
    assert (found[~(gaps < reach)] >= reach).all()
    assert 0.5 < found.isinf().double().mean() < 1.0
    assert found[:, :5].isinf().all()
