"""Who would have been hit, held against shapely, and how far from the expert."""

import numpy as np
import pytest
import shapely
import torch

from agents.planning.task_loss import Others, collisions, distances, task_loss
from world_models.costs.footprint import Footprint

BATCH, CANDIDATES, ACTORS, TIME = 3, 10, 6, 4


def random_scene(seed: int) -> tuple[torch.Tensor, Others]:
    source = torch.Generator().manual_seed(seed)
    poses = torch.randn(BATCH, CANDIDATES, TIME, 3, generator=source) * torch.tensor([6.0, 6.0, 3.0])
    actors = torch.randn(BATCH, ACTORS, TIME, 3, generator=source) * torch.tensor([8.0, 8.0, 3.0])
    sizes = torch.rand(BATCH, ACTORS, 2, generator=source) * 3.0 + 0.5
    return poses, Others(actors, sizes, torch.rand(BATCH, ACTORS, TIME, generator=source) > 0.3)


def polygon(pose: torch.Tensor, length: float, width: float) -> shapely.Polygon:
    x, y, heading = pose.double().tolist()
    box = shapely.box(-length / 2, -width / 2, length / 2, width / 2)
    return shapely.affinity.translate(shapely.affinity.rotate(box, heading, (0, 0), use_radians=True), x, y)


@pytest.mark.parametrize("margin", [0.0, 0.4])
def test_collisions_are_those_that_shapely_finds(margin):
    poses, others = random_scene(0)
    found = collisions(poses, others, ego=Footprint(4.5, 1.8), margin=margin)
    expected = np.zeros(found.shape, np.bool_)
    for b, k, t in np.ndindex(*found.shape):
        own = polygon(poses[b, k, t], 4.5 + 2 * margin, 1.8 + 2 * margin)
        for i in range(ACTORS):
            other = polygon(others.poses[b, i, t], *others.sizes[b, i].tolist())
            expected[b, k, t] |= bool(others.known[b, i, t]) and own.intersection(other).area > 1e-9
    assert 0.1 < expected.mean() < 0.9
    assert np.array_equal(found.numpy(), expected)


def test_actors_who_are_not_there_are_hit_by_nobody_whatever_their_poses_hold():
    poses, others = random_scene(1)
    anything = torch.where(others.known[..., None], others.poses, torch.nan)
    assert torch.equal(collisions(poses, others._replace(poses=anything)), collisions(poses, others))
    nobody = others._replace(known=torch.zeros_like(others.known))
    assert not collisions(poses, nobody).any()


def test_without_actors_nobody_is_hit():
    poses, _ = random_scene(1)
    none = Others(torch.zeros(BATCH, 0, TIME, 3), torch.zeros(BATCH, 0, 2), torch.zeros(BATCH, 0, TIME) > 0)
    assert not collisions(poses, none).any()


def test_the_task_loss_of_the_expert_is_what_it_hit_itself():
    poses, others = random_scene(2)
    expert = poses[:, 4]
    loss = task_loss(poses, expert, others, collision=7.0)
    assert torch.equal(loss[:, 4], 7.0 * collisions(poses, others)[:, 4])
    assert task_loss(poses, expert)[:, 4].abs().max() == 0.0
    assert (loss >= 0.0).all()


def test_distances_are_in_metres_and_the_heading_is_no_matter():
    poses = torch.tensor([[[[3.0, 4.0, 1.0], [0.0, 1.0, 0.0]]]])
    assert distances(poses, torch.zeros(1, 2, 3)).tolist() == [[[5.0, 1.0]]]


def test_where_the_expert_is_not_known_nothing_is_lost():
    poses, others = random_scene(3)
    known = (torch.arange(TIME) < 2).expand(BATCH, -1)
    loss = task_loss(poses, poses[:, 0], others, known=known)
    assert loss[..., 2:].abs().max() == 0.0
    assert torch.equal(loss[..., :2], task_loss(poses, poses[:, 0], others)[..., :2])
