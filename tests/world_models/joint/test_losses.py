"""The nearest mode of a scene learns; what is not known teaches nothing."""

import pytest
import torch

from world_models.joint.losses import joint_losses
from world_models.joint.modes import Futures


@pytest.fixture
def scene():
    torch.manual_seed(0)
    truth = torch.randn(2, 4, 3, 3)
    poses = truth[:, None] + torch.tensor([5.0, 0.5, 2.0]).view(1, 3, 1, 1, 1)
    valid = torch.ones(2, 4, 3, dtype=torch.bool)
    return Futures(poses.requires_grad_(), torch.ones(2, 3, 4, 3, 2)), torch.zeros(2, 3).log_softmax(-1), truth, valid


def test_only_the_nearest_mode_is_drawn_to_the_truth(scene):
    futures, weights, truth, valid = scene
    joint_losses(futures, weights, truth, valid, others=0.0).total.backward()
    drawn = futures.poses.grad.abs().sum((0, 2, 3, 4))
    assert drawn[1] > 0
    assert drawn[[0, 2]].tolist() == [0.0, 0.0]


def test_one_mode_is_chosen_for_everybody(scene):
    _, weights, truth, valid = scene
    poses = truth[:, None].repeat(1, 2, 1, 1, 1)
    poses[:, 0, :, 0] += 1.0  # the first is 1 m off for one, the second 0.8 m for another two
    poses[:, 1, :, 1:] += 0.8
    poses.requires_grad_()
    found = joint_losses(Futures(poses, torch.ones(2, 2, 4, 3, 2)), weights[:, :2], truth, valid, others=0.0)
    found.place.backward()
    assert poses.grad[:, 0].abs().sum() > 0
    assert poses.grad[:, 1].abs().sum() == 0


def test_what_is_not_known_changes_nothing(scene):
    futures, weights, truth, valid = scene
    valid = valid.clone()
    valid[0, 2:, 1] = False
    before = joint_losses(futures, weights, truth, valid, others=0.1)
    odd = torch.where(valid[..., None], truth, torch.nan)
    after = joint_losses(futures, weights, odd, valid, others=0.1)
    assert [part.item() for part in after] == [part.item() for part in before]
    after.total.backward()
    assert futures.poses.grad.isfinite().all()
    assert (futures.poses.grad[0, :, 2:, 1] == 0).all()


def test_scenes_of_nobody_cost_nothing(scene):
    futures, weights, truth, valid = scene
    found = joint_losses(futures, weights, truth, torch.zeros_like(valid), others=0.1)
    assert found.total.item() == 0.0


def test_a_forecast_that_comes_true_costs_no_place(scene):
    _, weights, truth, valid = scene
    found = joint_losses(
        Futures(truth[:, None].repeat(1, 3, 1, 1, 1), torch.ones(2, 3, 4, 3, 2)), weights, truth, valid, others=0.05
    )
    assert found.place.item() == 0.0
    assert found.heading.item() == pytest.approx(0.0, abs=1e-6)
