"""Boxes are drawn as the simulator draws them."""

import numpy as np
import pytest
import torch

from envs.driving.future import Scene, Window, backward_flow, future_occupancy
from envs.kernels.road_records import VEHICLE
from world_models.boxes import Canvas

EXTENT, ACTORS = (12.0, 4.0, 9.0, 7.0), 5
DT = 0.5


def _scene(rng: np.random.Generator) -> Scene:
    poses = rng.uniform((-8, -10, -3), (15, 12, 3), (2, ACTORS, 3))
    poses[1, :, 2] = poses[0, :, 2] + rng.uniform(-0.5, 0.5, ACTORS)
    sizes = np.tile(rng.uniform(0.6, 6.0, (ACTORS, 2)), (2, 1, 1))
    return Scene(np.full((2, ACTORS), VEHICLE, np.int32), poses, sizes, np.zeros((2, ACTORS), np.int32))


@pytest.mark.parametrize("resolution", [1.0, 0.5])
def test_what_is_covered_and_where_it_came_from_are_the_simulators(resolution: float) -> None:
    canvas, window = Canvas(EXTENT, resolution), Window(resolution, EXTENT)
    for seed in range(20):
        scene = _scene(np.random.default_rng(seed))
        before, now = torch.from_numpy(scene.poses)
        sizes = torch.from_numpy(scene.sizes[0])
        owner = canvas.owners(now[None], sizes[None], torch.ones(1, ACTORS, dtype=torch.bool))
        truth = future_occupancy(scene, seen_from=(0.0, 0.0, 0.0), window=window)[0, 0]
        np.testing.assert_array_equal(owner[0].numpy() >= 0, truth)
        flow = backward_flow(scene, seen_from=(0.0, 0.0, 0.0), window=window, dt=DT)[0]
        came = canvas.came(owner, now[None], before[None])[0] / DT
        np.testing.assert_allclose(came.numpy(), flow, atol=1e-4)


def test_nobody_is_drawn_who_is_absent_or_far_away() -> None:
    canvas = Canvas(EXTENT, 1.0)
    poses = torch.tensor([[[0.0, 0.0, 0.3], [1e9, -1e9, 0.0], [40.0, 0.0, 0.0]]])
    present = torch.tensor([[False, True, True]])
    owner = canvas.owners(poses, torch.full((1, 3, 2), 4.0), present)
    assert (owner == -1).all()


def test_of_boxes_that_overlap_the_last_is_seen() -> None:
    canvas = Canvas(EXTENT, 1.0)
    owner = canvas.owners(torch.zeros(1, 2, 3), torch.tensor([[[6.0, 4.0], [2.0, 2.0]]]), torch.ones(1, 2).bool())
    assert [(owner == actor).sum().item() for actor in range(2)] == [20, 4]


def test_no_actors_cover_nothing() -> None:
    owner = Canvas(EXTENT, 1.0).owners(torch.zeros(2, 0, 3), torch.zeros(2, 0, 2), torch.zeros(2, 0).bool())
    assert owner.shape == (2, 16, 16)
    assert (owner == -1).all()
