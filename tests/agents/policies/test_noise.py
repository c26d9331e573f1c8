"""Noise: the right distribution, numbered by the row's own counters, and nobody else's generator."""

import numpy as np
import pytest
import torch
from scipy import stats

from agents.policies.noise import GeneratorNoise, RowNoise
from agents.row_noise import Counts


def counts(rows):
    rows = np.asarray(rows)
    return Counts(rows, rows % 3, rows % 5)


@pytest.mark.parametrize(("kind", "distribution"), [("normal", stats.norm), ("uniform", stats.uniform)])
def test_numbers_follow_their_distribution(kind, distribution):
    drawn = getattr(RowNoise(0, counts(np.arange(200))), kind)(10, 10).double().numpy()
    assert drawn.shape == (200, 10, 10)
    assert stats.kstest(drawn.ravel(), distribution.cdf).pvalue > 1e-3
    assert abs(np.corrcoef(drawn.reshape(200, -1)[:, :2].T)[0, 1]) < 0.25
    assert np.isfinite(drawn).all()


def test_a_row_draws_the_same_whoever_is_beside_it():
    whole, some = RowNoise(7, counts(np.arange(6))), RowNoise(7, counts([4, 1]))
    for shape in ((3,), (2, 2), (5,)):
        assert torch.equal(whole.normal(*shape)[[4, 1]], some.normal(*shape))
        assert torch.equal(whole.uniform(*shape)[[4, 1]], some.uniform(*shape))


def test_calls_seeds_episodes_and_steps_draw_anew():
    noise = RowNoise(0, counts([2]))
    first = noise.normal(4)
    others = [noise.normal(4), RowNoise(1, counts([2])).normal(4)]
    others += [RowNoise(0, counts([2])._replace(**{part: np.array([9])})).normal(4) for part in Counts._fields]
    assert all(not torch.equal(first, other) for other in others)
    assert torch.equal(first, RowNoise(0, counts([2])).normal(4))


def test_the_callers_generator_is_left_alone():
    before = torch.random.get_rng_state()
    RowNoise(0, counts([0])).normal(3)
    GeneratorNoise(2, torch.Generator().manual_seed(0)).uniform(3)
    assert torch.equal(before, torch.random.get_rng_state())
