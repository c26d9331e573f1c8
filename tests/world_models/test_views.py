"""Truths about views that are turned."""

import math

import pytest
import torch

from world_models.views import turn

SQUARE = (8.0, 8.0, 8.0, 8.0)
AHEAD = (12.0, 4.0, 6.0, 10.0)


def _smooth(extent: tuple[float, float, float, float], poses: torch.Tensor) -> torch.Tensor:
    """A plane and a soft hill, as seen from poses, cell by cell by the definition."""
    rows, cols = round(extent[0] + extent[1]), round(extent[2] + extent[3])
    ahead = extent[0] - torch.arange(rows, dtype=torch.float64)[:, None] - 0.5
    left = extent[2] - torch.arange(cols, dtype=torch.float64)[None] - 0.5
    x, y, heading = (part[..., None, None] for part in poses.double().unbind(-1))
    forward = x + ahead * torch.cos(heading) - left * torch.sin(heading)
    sideways = y + ahead * torch.sin(heading) + left * torch.cos(heading)
    hill = torch.exp(-((forward - 2.0) ** 2 + (sideways + 1.0) ** 2) / 18.0)
    return torch.stack([0.1 * forward - 0.2 * sideways, hill], -3)


def test_standing_still_changes_nothing() -> None:
    images = torch.rand(2, 3, 16, 16)
    torch.testing.assert_close(turn(images, torch.zeros(2, 3), AHEAD, 1.0), images, atol=1e-5, rtol=0)


def test_whole_cells_ahead_are_a_shift_of_rows() -> None:
    images = torch.rand(1, 2, 16, 16)
    seen = turn(images, torch.tensor([[3.0, 0.0, 0.0]]), AHEAD, 1.0)
    # what is 2 m ahead of a pose 3 m ahead is 5 m ahead of the origin: three rows up
    torch.testing.assert_close(seen[..., :-3, :], images[..., 3:, :], atol=1e-5, rtol=0)
    assert (seen[..., -3:, :].abs() < 1e-5).all()


def test_whole_cells_to_the_left_are_a_shift_of_columns() -> None:
    images = torch.rand(1, 2, 16, 16)
    seen = turn(images, torch.tensor([[0.0, 2.0, 0.0]]), AHEAD, 1.0)
    torch.testing.assert_close(seen[..., :-2], images[..., 2:], atol=1e-5, rtol=0)


def test_a_quarter_to_the_left_is_a_rotation_of_the_array() -> None:
    images = torch.rand(1, 2, 16, 16)
    seen = turn(images, torch.tensor([[0.0, 0.0, math.pi / 2]]), SQUARE, 1.0)
    torch.testing.assert_close(seen, torch.rot90(images, 1, (-2, -1)), atol=1e-4, rtol=0)


@pytest.mark.parametrize("inverse", [False, True])
def test_a_smooth_world_looks_as_it_does_from_the_other_pose(inverse: bool) -> None:
    poses = torch.tensor([[1.5, -0.7, 0.4], [0.3, 1.2, -2.0]])
    here, there = _smooth(AHEAD, torch.zeros(2, 3)), _smooth(AHEAD, poses)
    expected, images = (there, here) if inverse else (here, there)
    seen = turn(images, poses.double(), AHEAD, 1.0, inverse=inverse)
    inside = turn(torch.ones_like(images), poses.double(), AHEAD, 1.0, inverse=inverse) > 1.0 - 1e-9
    assert inside.double().mean() > 0.4
    # a plane is exact between cells, a hill of 3 m nearly
    assert ((seen - expected).abs() * inside)[:, 0].max() < 1e-9
    assert ((seen - expected).abs() * inside)[:, 1].max() < 0.03


def test_there_and_back_is_where_one_was() -> None:
    images, poses = _smooth(SQUARE, torch.zeros(1, 3)), torch.tensor([[0.8, 0.6, 0.5]]).double()
    back = turn(turn(images, poses, SQUARE, 1.0, inverse=True), poses, SQUARE, 1.0)
    assert (back - images)[..., 5:-5, 5:-5].abs().max() < 0.04


def test_leading_axes_are_broadcast() -> None:
    images, poses = torch.rand(2, 1, 3, 16, 16), torch.randn(1, 5, 3)
    seen = turn(images, poses, AHEAD, 1.0)
    assert seen.shape == (2, 5, 3, 16, 16)
    torch.testing.assert_close(seen[1, 4], turn(images[1, 0], poses[0, 4], AHEAD, 1.0))


def test_gradients_agree_with_differences() -> None:
    images = torch.rand(2, 1, 4, 5, dtype=torch.float64, requires_grad=True)
    poses = torch.tensor([[0.31, -0.17, 0.23], [0.0, 0.4, 2.9]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda seen, place: turn(seen, place, (2.5, 1.5, 3.0, 2.0), 1.0), (images, poses))


def test_a_window_of_other_cells_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected images of \[32, 32\] cells .* found \[16, 16\]"):
        turn(torch.rand(1, 1, 16, 16), torch.zeros(1, 3), AHEAD, 0.5)
