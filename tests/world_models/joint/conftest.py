"""Bodies at random places, as fixtures of this folder's tests."""

import pytest
import torch

from world_models.joint.tokens import OWN_NUMBERS, Everybody


def bodies_at_random(batch: int = 3, others: int = 5, *, absent: int = 1, seed: int = 0) -> Everybody:
    source = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=source)

    count = others + 1
    poses = (draw(batch, count, 3) - 0.5) * torch.tensor([60.0, 60.0, 6.28])
    mask = torch.arange(count).expand(batch, -1) < count - absent
    sizes = draw(batch, count, 2) * 3.0 + 1.0
    speeds, own = draw(batch, count) * 10.0, draw(batch, count, OWN_NUMBERS)
    return Everybody(poses, speeds, sizes, draw(batch, count) < 0.3, mask, own)


def turned(poses: torch.Tensor, x: float, y: float, heading: float) -> torch.Tensor:
    """Poses turned about the origin, then shifted."""
    cos, sin = torch.cos(torch.tensor(heading)), torch.sin(torch.tensor(heading))
    ahead, left = poses[..., 0] * cos - poses[..., 1] * sin + x, poses[..., 0] * sin + poses[..., 1] * cos + y
    return torch.stack([ahead, left, poses[..., 2] + heading, *poses[..., 3:].unbind(-1)], -1)


@pytest.fixture
def bodies():
    return bodies_at_random


@pytest.fixture
def moved():
    return turned
