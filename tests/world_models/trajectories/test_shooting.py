"""Shooting is the bicycle's own rollout."""

import numpy as np
import pytest
import torch

from world_models.bicycle import Bicycle
from world_models.trajectories.limits import Start, steering_of
from world_models.trajectories.shooting import shoot


@pytest.mark.parametrize("substeps", [1, 2])
def test_it_moves_as_the_bicycle_does_step_by_step(substeps):
    rng = np.random.default_rng(substeps)
    bicycle = Bicycle(substeps=substeps)
    speed, acceleration, curvature = torch.from_numpy(rng.uniform([0, -3, -0.1], [12, 2, 0.1], (20, 3))).T
    wishes = torch.from_numpy(rng.uniform([-8, -0.7], [6, 0.7], (20, 7, 2)))
    found = shoot(bicycle, Start(speed, acceleration, curvature), wishes, 30)
    zero = torch.zeros_like(speed)
    motion = torch.stack([zero, zero, zero, speed, acceleration, steering_of(curvature, 2.8)], -1)
    expected = bicycle.rollout(motion[:, None].expand(-1, 7, -1), wishes[:, :, None].expand(-1, -1, 30, -1))
    moves = expected[..., 3] > 0  # an angle turned at a standstill shows nowhere
    assert (~moves).any()
    for found_column, column in zip(found[:5], expected[..., :5].unbind(-1), strict=True):
        torch.testing.assert_close(found_column, column, atol=1e-9, rtol=0)
    steering = steering_of(found.curvature, 2.8)
    torch.testing.assert_close(steering[moves], expected[..., 5][moves], atol=1e-9, rtol=0)
