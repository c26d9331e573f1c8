"""Images of where the others will be."""

import math

import torch

from agents.planning.futures import FutureBatch
from agents.planning.occupancy_labels import future_occupancy_labels


def batch_of(poses, known, pedestrians):
    count = len(poses)
    return FutureBatch(
        observation={},
        expert=torch.zeros(1, 2, 3),
        expert_known=torch.ones(1, 2, dtype=torch.bool),
        actors=torch.tensor([poses], dtype=torch.float32),
        actors_known=torch.tensor([known]),
        sizes=torch.tensor([[4.0, 2.0]]).expand(1, count, 2),
        are_pedestrians=torch.tensor([pedestrians]),
    )


def test_a_box_covers_the_cells_whose_centres_it_holds():
    poses = [[(5.0, 2.0, 0.0), (7.0, 2.0, 0.5 * math.pi)], [(-2.0, -3.0, 0.0), (0.0, 0.0, 0.0)]]
    found = future_occupancy_labels(
        batch_of(poses, [[True, True], [True, False]], [False, True]), extent=(10.0, 5.0, 6.0, 6.0), resolution=1.0
    )
    assert found.shape == (1, 2, 2, 15, 12)
    x = 10.0 - torch.arange(15)[:, None] - 0.5
    y = 6.0 - torch.arange(12)[None] - 0.5
    ahead = ((x - 5.0).abs() < 2.0) & ((y - 2.0).abs() < 1.0)
    across = ((x - 7.0).abs() < 1.0) & ((y - 2.0).abs() < 2.0)
    walker = ((x + 2.0).abs() < 2.0) & ((y + 3.0).abs() < 1.0)
    assert torch.equal(found[0, 0, 0].bool(), ahead)
    assert torch.equal(found[0, 1, 0].bool(), across)
    assert torch.equal(found[0, 0, 1].bool(), walker)
    assert not found[0, 1, 1].any(), "who has left is nowhere"
