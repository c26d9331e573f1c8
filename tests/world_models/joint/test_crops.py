"""Crops turn with the map, and read the cells under their points."""

import math

import torch

from world_models.joint.crops import Crop, crops

SQUARE = (16.0, 16.0, 16.0, 16.0)


def test_crops_turn_with_the_map(moved):
    maps = torch.randint(0, 2, (2, 3, 32, 32)).float()
    poses = (torch.rand(2, 4, 3) - 0.5) * torch.tensor([20.0, 20.0, 6.28])
    points = Crop(ahead=10.0, behind=4.0, aside=6.0).points()
    # a quarter to the left: what was ahead (above) is to the left
    quarter = crops(torch.rot90(maps, 1, (2, 3)), moved(poses, 0.0, 0.0, math.pi / 2), points, SQUARE)
    assert torch.allclose(crops(maps, poses, points, SQUARE), quarter, atol=1e-4)


def test_a_crop_reads_the_cell_under_each_point():
    maps = torch.zeros(1, 1, 64, 64)
    maps[0, 0, 10, 20] = 1.0  # 48 - 10.5 ahead, 32 - 20.5 to the left
    points = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 0.5]])
    poses = torch.tensor([[[37.5, 11.5, 0.0], [37.5, 10.5, math.pi / 2], [500.0, 0.0, 0.0]]])
    found = crops(maps, poses, points, (48.0, 16.0, 32.0, 32.0))[0, :, 0]
    expected = torch.tensor([[1.0, 0.0, 0.5], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    assert torch.allclose(found, expected, atol=1e-4)
