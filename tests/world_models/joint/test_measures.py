"""Errors of forecasts, held against loops."""

import math

import numpy as np
import pytest
import torch

from world_models.joint.measures import (
    average_error,
    final_error,
    joint_average_error,
    joint_final_error,
    joint_misses,
    misses,
    overlaps,
)


@pytest.fixture
def forecast():
    torch.manual_seed(1)
    truth = torch.randn(4, 5, 3, 3) * 3.0
    known = torch.rand(4, 5, 3) < 0.7
    known[0, :, 1] = False
    known[3] = False
    return truth[:, None] + torch.randn(4, 6, 5, 3, 3), truth, known


def test_errors_are_those_of_loops(forecast):
    modes, truth, known = forecast
    found, last = average_error(modes, truth, known), final_error(modes, truth, known)
    together, last_together = joint_average_error(modes, truth, known), joint_final_error(modes, truth, known)
    away = np.hypot(*np.moveaxis((modes - truth[:, None]).numpy()[..., :2], -1, 0))
    for s in range(4):
        sums = [[away[s, m, :, a][known[s, :, a]].tolist() for a in range(3)] for m in range(6)]
        for a in range(3):
            mean = min(np.mean(sums[m][a]) if sums[m][a] else math.nan for m in range(6))
            assert found[s, a].item() == pytest.approx(mean, nan_ok=True, rel=1e-5)
            end = away[s, :, -1, a].min() if known[s, -1, a] else math.nan
            assert last[s, a].item() == pytest.approx(end, nan_ok=True, rel=1e-5)
        if not known[s].any():
            assert math.isnan(together[s])
            assert math.isnan(last_together[s])
            continue
        assert together[s].item() == pytest.approx(min(np.mean(np.concatenate(mode)) for mode in sums), rel=1e-5)


def test_together_is_never_better_than_one_by_one(forecast):
    modes, truth, known = forecast
    known = torch.ones_like(known)
    assert (joint_average_error(modes, truth, known) >= average_error(modes, truth, known).mean(-1) - 1e-6).all()


def test_bounds_of_misses_are_the_challenges():
    truth, known = torch.zeros(1, 1, 1, 3), torch.ones(1, 1, 1, dtype=torch.bool)
    for seconds, across, along in ((3.0, 1.0, 2.0), (5.0, 1.8, 3.6), (8.0, 3.0, 6.0)):
        for speed, share in ((0.0, 0.5), (6.2, 0.75), (20.0, 1.0)):
            for axis, bound in ((0, along), (1, across)):
                for off, missed in ((0.99, 0.0), (1.01, 1.0)):
                    modes = torch.zeros(1, 1, 1, 1, 3)
                    modes[..., axis] = bound * share * off
                    speeds = torch.tensor([[speed]])
                    assert misses(modes, truth, known, speeds=speeds, seconds=seconds).item() == missed


def test_a_scene_is_missed_unless_one_mode_has_everybody():
    truth, known = torch.zeros(1, 1, 2, 3), torch.ones(1, 1, 2, dtype=torch.bool)
    modes = torch.zeros(1, 2, 1, 2, 3)
    modes[0, 0, 0, 0, 0] = modes[0, 1, 0, 1, 0] = 50.0
    speeds = torch.zeros(1, 2)
    assert misses(modes, truth, known, speeds=speeds, seconds=3.0).tolist() == [[0.0, 0.0]]
    assert joint_misses(modes, truth, known, speeds=speeds, seconds=3.0).tolist() == [1.0]


def test_overlap_is_counted_pair_by_pair_among_who_is_there():
    poses = torch.zeros(2, 4, 3)  # time, actor
    poses[:, :, 0] = torch.tensor([0.0, 10.0, 20.0, 0.0])
    poses[1, 1, 0] = 3.0  # the second runs into the first at the second time; the fourth is absent
    sizes, mask = torch.tensor([4.8, 2.0]).expand(4, 2), torch.tensor([True, True, True, False])
    assert overlaps(poses, sizes, mask).item() == pytest.approx(1 / 3)
    assert overlaps(poses, sizes, torch.zeros(4, dtype=torch.bool)).item() == 0.0
