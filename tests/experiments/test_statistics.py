import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from experiments.statistics import (
    bootstrap,
    compare_paired,
    group_means,
    mcnemar,
    paired_difference,
    ratio,
    summarise,
    wilson,
)


@pytest.mark.parametrize(
    ("successes", "total", "low", "high"),
    [
        (993, 1000, 0.986, 0.997),
        (982, 1000, 0.972, 0.989),
        (956, 1000, 0.941, 0.967),
        (919, 1000, 0.90, 0.934),
        (999, 1000, 0.994, 0.9998),
        (9990, 10_000, 0.9982, 0.9995),
    ],
)
def test_wilson_gives_the_intervals_known_for_published_success_rates(successes, total, low, high):
    found = wilson(successes, total)
    assert found.mean == successes / total
    assert round(found.low, decimals(low)) == low
    assert round(found.high, decimals(high)) == high


def decimals(published):
    return len(str(published).partition(".")[2])


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_agrees_with_scipy(case):
    expected = stats.binomtest(*case).proportion_ci(method="wilson")
    found = wilson(*case)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0 <= found.low <= found.mean <= found.high <= 1


def test_wilson_refuses_more_successes_than_trials():
    with pytest.raises(ValueError, match="got 3 of 2"):
        wilson(3, 2)


def test_the_bootstrap_of_zeros_and_ones_has_binomial_quantiles():
    values = np.array([1.0] * 30 + [0.0] * 70)
    found = bootstrap(values)
    low, high = stats.binom.ppf([0.025, 0.975], 100, 0.3) / 100
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.011)


def test_the_bootstrap_agrees_with_scipys():
    values = np.random.default_rng(0).gamma(2.0, size=400)
    expected = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=10_000, rng=1).confidence_interval
    found = bootstrap(values)
    assert found.mean == values.mean()
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=0.01)


def test_the_bootstrap_is_the_same_every_time_and_ignores_nan():
    values = np.random.default_rng(0).normal(size=300)
    with_gaps = np.insert(values, [0, 100, 300], np.nan)
    assert bootstrap(values) == bootstrap(with_gaps) == bootstrap(list(with_gaps))


def test_the_bootstrap_of_many_values_resamples_all_of_them():
    values = np.random.default_rng(0).normal(size=300_000)
    found = bootstrap(values, resamples=50)
    assert found.high - found.low == pytest.approx(2 * 1.96 / np.sqrt(300_000), rel=0.5)


@pytest.mark.parametrize("values", [[], [np.nan, np.nan]])
def test_no_values_have_no_interval(values):
    for name in ("success", "return"):
        assert all(np.isnan(summarise(name, values)))


def test_only_shares_get_wilsons_interval():
    always = [1.0] * 20
    assert summarise("success", always) == wilson(20, 20)
    assert summarise("path_ratio", always) == (1.0, 1.0, 1.0)
    assert summarise("anything", [0.0, 1.0, np.nan, 1.0]) == wilson(2, 3)
    assert summarise("length", [1.0, 2.0]) == bootstrap([1.0, 2.0])


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 10))
def test_mcnemar_agrees_with_the_exact_binomial_test(wins, losses, ties):
    first = [1.0] * wins + [0.0] * losses + [1.0] * ties
    second = [0.0] * wins + [1.0] * losses + [1.0] * ties
    expected = stats.binomtest(wins, wins + losses).pvalue if wins + losses else 1.0
    assert mcnemar(first, second) == pytest.approx(expected)
    assert mcnemar(first, second) == mcnemar(second, first)


def test_mcnemar_refuses_what_is_no_success():
    with pytest.raises(ValueError, match="expected 0 or 1"):
        mcnemar([0.5], [1.0])


def test_pairing_removes_what_both_sides_share():
    rng = np.random.default_rng(0)
    difficulty = rng.normal(scale=10.0, size=500)
    first, second = difficulty + 0.2, difficulty + rng.normal(scale=0.1, size=500)
    found = paired_difference(first, second)
    assert 0.15 < found.low < 0.2 < found.high < 0.25
    assert paired_difference(second, first).mean == pytest.approx(-found.mean)


def test_comparisons_need_the_same_levels():
    one = {"level": [1, 2], "success": [1.0, 0.0], "score": [0.9, 0.0]}
    other = {"level": [2, 1], "success": [1.0, 1.0], "score": [0.8, 0.7]}
    with pytest.raises(ValueError, match="same levels"):
        compare_paired(one, other)
    found = compare_paired(one, {**other, "level": [1, 2]})
    assert found.success.mean == -0.5
    assert found.success_p_value == 1.0
    assert found.score.mean == pytest.approx(-0.3)


def test_a_ratio_of_proportional_columns_is_their_factor_without_doubt():
    values = np.array([1.0, 2.0, np.nan, 5.0])
    assert ratio(3.0 * values, values) == pytest.approx((3.0, 3.0, 3.0))
    assert np.isnan(ratio(values, np.zeros(4))).all()


def test_a_group_counts_once_however_many_are_in_it():
    means = group_means(np.array([1.0, 3.0, 10.0, np.nan, np.nan]), np.array([4, 4, 7, 7, 9]))
    np.testing.assert_array_equal(means, [2.0, 10.0, np.nan])
