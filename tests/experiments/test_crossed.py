"""Intervals over levels and seeds: their special cases, and how often they hold the truth."""

import numpy as np
import pytest

from experiments.comparison.crossed import crossed, crossed_difference
from experiments.statistics import bootstrap, wilson


def test_with_one_seed_it_is_the_bootstrap_over_levels():
    values = np.random.default_rng(0).normal(size=(1, 300))
    found, plain = crossed("score", values), bootstrap(values[0])
    assert found.mean == pytest.approx(plain.mean)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high), abs=0.01)


def test_seeds_that_all_play_alike_are_no_further_evidence():
    row = np.random.default_rng(0).random(200)
    once, thrice = crossed("score", row[None]), crossed("score", np.stack([row] * 3))
    assert thrice == pytest.approx(once, abs=1e-3)


def test_unlike_seeds_widen_the_interval():
    levels = np.random.default_rng(0).random(200)
    alike, apart = levels + np.zeros((3, 1)), levels + np.array([[-0.2], [0.0], [0.2]])
    width = lambda found: found.high - found.low  # noqa: E731
    assert width(crossed("score", apart)) > 2 * width(crossed("score", alike))


def test_where_all_succeed_levels_count_and_seeds_do_not():
    assert crossed("success", np.ones((3, 50))) == wilson(50, 50)
    assert crossed("success", np.zeros((3, 50))) == wilson(0, 50)
    assert crossed("score", np.ones((3, 50))) == (1.0, 1.0, 1.0)


def test_nan_is_no_value():
    values = np.random.default_rng(0).random((2, 40))
    holes = np.concatenate([values, np.full((2, 10), np.nan)], axis=1)
    assert crossed("ttc", holes).mean == pytest.approx(values.mean())
    assert np.isnan(crossed("ttc", np.full((2, 3), np.nan))).all()


def test_the_interval_holds_the_true_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(100):  # both levels and seeds differ; with five of these the percentiles are a little narrow
        values = 0.3 + 0.1 * rng.normal(size=(5, 1)) + rng.normal(size=(1, 60)) + 0.5 * rng.normal(size=(5, 60))
        found = crossed("score", values)
        hits += found.low <= 0.3 <= found.high
    assert 85 <= hits <= 100


def test_on_the_same_levels_small_differences_show():
    rng = np.random.default_rng(0)
    hard = rng.random((1, 100))
    first, second = hard + 0.05 + 0.01 * rng.normal(size=(3, 100)), hard + 0.01 * rng.normal(size=(3, 100))
    found = crossed_difference(first, second)
    assert found.low > 0.0
    assert found.mean == pytest.approx(0.05, abs=0.01)
    assert crossed("score", first).low < crossed("score", second).high  # apart they overlap
    with pytest.raises(ValueError, match="same levels, got 100 and 99"):
        crossed_difference(first, second[:, 1:])
