"""Boxes become the cells they cover."""

import numpy as np
import pytest
import torch

from envs.driving.future import Scene, Window, backward_flow, future_occupancy
from envs.kernels.road_records import VEHICLE
from world_models.joint.rasterising import Boxes, Canvas

CANVAS = Canvas((24.0, 8.0, 16.0, 16.0), 1.0)


def boxes_at_random(count: int = 12, soft: float = 1.0) -> Boxes:
    source = torch.Generator().manual_seed(3)
    poses = (torch.rand(count, 3, generator=source).double() - 0.5) * torch.tensor([50.0, 50.0, 6.28])
    sizes = torch.rand(count, 2, generator=source).double() * 4.0 + 1.0
    weights = torch.rand(count, generator=source).double()
    image = torch.randint(0, 3, (count,), generator=source)
    return Boxes(poses, sizes, torch.full((count, 2), soft, dtype=torch.float64), weights, image)


def naive(boxes: Boxes, images: int, draws: int = 60) -> np.ndarray:
    """Each box shifted evenly along its axes, and looked up at the centre of every cell."""
    rows, cols = CANVAS.shape
    drawn = np.zeros((images, rows, cols))
    ahead = CANVAS.extent[0] - np.arange(rows) - 0.5
    left = CANVAS.extent[2] - np.arange(cols) - 0.5
    shifts = (np.arange(draws) + 0.5) / draws * 2.0 - 1.0
    for (x, y, heading), (length, width), soft, weight, image in zip(
        boxes.poses.numpy(), boxes.sizes.numpy(), boxes.softness.numpy(), boxes.weights, boxes.image, strict=True
    ):
        dx, dy = ahead[:, None] - x, left[None] - y
        along, across = dx * np.cos(heading) + dy * np.sin(heading), dy * np.cos(heading) - dx * np.sin(heading)
        by_length = (np.abs(along[..., None] + shifts * soft[0]) < length / 2).mean(-1)
        by_width = (np.abs(across[..., None] + shifts * soft[1]) < width / 2).mean(-1)
        drawn[image] += by_length * by_width * float(weight)
    return drawn


def test_every_cell_holds_the_probability_that_boxes_cover_it():
    boxes = boxes_at_random()
    touched = boxes.some(CANVAS.touched(boxes))
    assert 0 < len(touched.image) < len(boxes.image)
    assert np.abs(CANVAS.draw(touched, 3).numpy() - naive(boxes, 3)).max() < 0.03
    assert torch.equal(CANVAS.draw(boxes, 3), CANVAS.draw(touched, 3))


def test_a_box_within_the_window_has_its_area_of_probability():
    pose = torch.tensor([[5.3, 2.7, 0.7]]).double()
    one = Boxes(pose, torch.tensor([[4.8, 2.0]]).double(), torch.full((1, 2), 2.0).double(), torch.ones(1).double(),
                torch.zeros(1, dtype=torch.long))  # fmt: skip
    assert CANVAS.draw(one, 1).sum().item() == pytest.approx(9.6, rel=0.03)


def test_hard_boxes_are_the_simulators_occupancy_and_flow():
    source = np.random.default_rng(0)
    now = np.stack([source.uniform(-5, 20, 6), np.arange(6) * 5.0 - 13.0, source.uniform(-3, 3, 6)], -1)
    after = now + source.uniform(-0.5, 0.5, (6, 3))
    sizes = source.uniform(1.0, 4.0, (6, 2))
    kinds = np.full((2, 6), VEHICLE, np.int32)
    scene = Scene(kinds, np.stack([now, after]), np.stack([sizes, sizes]), np.zeros((2, 6), np.int32))
    window = Window(1.0, CANVAS.extent)
    occupied = future_occupancy(scene, seen_from=(0.0, 0.0, 0.0), window=window)[0, 0]
    flow = backward_flow(scene, seen_from=(0.0, 0.0, 0.0), window=window, dt=0.5)[0]
    boxes = Boxes(torch.from_numpy(after), torch.from_numpy(sizes), torch.full((6, 2), 1e-6).double(),
                  torch.ones(6).double(), torch.zeros(6, dtype=torch.long))  # fmt: skip
    drawn = CANVAS.draw_values(boxes, 1, torch.from_numpy(now))[0].numpy()
    assert np.array_equal(drawn[..., 0] > 0.5, occupied)
    alone = (drawn[..., 0] > 0.5) & (drawn[..., 0] < 1.5)
    assert np.allclose(drawn[alone][:, 1:] / 0.5, flow[:, alone].T, atol=1e-4)


def test_gradients_lead_from_cells_to_poses():
    boxes = boxes_at_random(4, soft=1.5)
    weight = torch.rand(3, *CANVAS.shape, dtype=torch.float64)

    def total(poses: torch.Tensor) -> torch.Tensor:
        return (CANVAS.draw(Boxes(poses, *list(vars(boxes).values())[1:]), 3) * weight).sum()

    poses = boxes.poses.clone().requires_grad_()
    total(poses).backward()
    for box in range(4):
        for axis in range(3):
            step = torch.zeros_like(boxes.poses)
            step[box, axis] = 1e-6
            slope = (total(boxes.poses + step) - total(boxes.poses - step)) / 2e-6
            assert slope.item() == pytest.approx(poses.grad[box, axis].item(), abs=1e-5)


def test_nobody_draws_nothing():
    boxes = boxes_at_random()
    nobody = boxes.some(torch.zeros(0, dtype=torch.long))
    assert CANVAS.draw(nobody, 2).abs().sum() == 0
