"""Measures of forecasts, against sums written out cell by cell and threshold by threshold."""

from math import log

import numpy as np
import pytest

from world_models.forecasts import precision_recall_area, soft_iou, threshold_counts


def scenes(seed, cells=60, count=5):
    rng = np.random.default_rng(seed)
    truth = rng.random((count, cells)) < 0.3
    return np.clip(0.4 * truth + 0.6 * rng.random((count, cells)), 0, 1).round(2), truth


def slow_iou(probability, truth):
    both = sum(p * t for p, t in zip(probability, truth, strict=True))
    return both / sum(p + t - p * t for p, t in zip(probability, truth, strict=True))


def slow_area(probability, truth, thresholds):
    """Integral of precision over recall, where between thresholds hits grow linearly with calls; by fine steps."""
    levels = [-1.0, *(k / (thresholds - 1) for k in range(1, thresholds - 1)), 2.0]
    called = [sum(p > level for p in probability) for level in levels]
    hit = [sum(p > level and t for p, t in zip(probability, truth, strict=True)) for level in levels]
    area, occupied = 0.0, sum(truth)
    for k in range(thresholds - 1):
        if called[k] == called[k + 1]:
            continue
        fine = np.linspace(called[k + 1], called[k], 20_001)
        hits = np.interp(fine, [called[k + 1], called[k]], [hit[k + 1], hit[k]])
        middle, hits_there = (fine[1:] + fine[:-1]) / 2, (hits[1:] + hits[:-1]) / 2
        area += float((hits_there / middle * np.diff(hits)).sum()) / occupied
    return area


@pytest.mark.parametrize("seed", range(3))
def test_soft_iou_is_the_sum_over_cells(seed):
    probability, truth = scenes(seed)
    expected = [slow_iou(p, t) for p, t in zip(probability, truth, strict=True)]
    np.testing.assert_allclose(soft_iou(probability, truth), expected, rtol=1e-12)


def test_of_forecasts_of_0_and_1_it_is_the_intersection_over_union():
    _, truth = scenes(0)
    forecast = scenes(1)[1]
    expected = (forecast & truth).sum(axis=1) / (forecast | truth).sum(axis=1)
    np.testing.assert_allclose(soft_iou(forecast.astype(float), truth), expected)


@pytest.mark.parametrize("thresholds", [2, 5, 100])
@pytest.mark.parametrize("seed", range(3))
def test_the_area_is_the_integral_between_thresholds(seed, thresholds):
    probability, truth = scenes(seed, count=2)
    expected = [slow_area(p, t, thresholds) for p, t in zip(probability, truth, strict=True)]
    np.testing.assert_allclose(precision_recall_area(probability, truth, thresholds=thresholds), expected, atol=1e-6)


def test_counts_are_of_cells_above_each_threshold():
    probability, truth = scenes(2)
    called, hit = threshold_counts(probability, truth, thresholds=11)
    for k, level in enumerate([-1.0, *(np.linspace(0, 1, 11)[1:-1]), 2.0]):
        np.testing.assert_array_equal(called[:, k], (probability > level).sum(axis=1))
        np.testing.assert_array_equal(hit[:, k], ((probability > level) & truth).sum(axis=1))


def test_a_perfect_forecast_has_1_and_a_contrary_one_next_to_nothing():
    _, truth = scenes(3)
    for measure in (soft_iou, precision_recall_area):
        np.testing.assert_allclose(measure(truth.astype(float), truth), 1.0)
    assert (soft_iou(1.0 - truth, truth) == 0).all()
    assert (precision_recall_area(1.0 - truth, truth) < truth.mean(axis=1)).all()


def test_a_forecast_that_tells_cells_apart_by_nothing_has_the_share_that_is_occupied():
    _, truth = scenes(4)
    np.testing.assert_allclose(precision_recall_area(np.full(truth.shape, 0.5), truth), truth.mean(axis=1))


def test_a_single_point_in_closed_form():
    """Ten cells, 4 of them occupied, 3 called and 2 of those rightly: a rectangle, then a bent curve."""
    truth = np.array([[1, 1, 0, 1, 1, 0, 0, 0, 0, 0]], bool)
    forecast = np.array([[1, 1, 1, 0, 0, 0, 0, 0, 0, 0]], float)
    slope, hits, calls = 2 / 7, 2, 3
    bent = slope * (2 + (hits - slope * calls) * log(10 / 3))
    assert precision_recall_area(forecast, truth)[0] == pytest.approx(((2 / 3) * 2 + bent) / 4)


def test_the_order_of_cells_and_of_scenes_does_not_matter():
    probability, truth = scenes(5)
    cells, rows = np.random.default_rng(0).permutation(60), np.random.default_rng(1).permutation(5)
    for measure in (soft_iou, precision_recall_area):
        moved = measure(probability[rows][:, cells], truth[rows][:, cells])
        np.testing.assert_allclose(moved, measure(probability, truth)[rows])


def test_where_nothing_is_occupied_there_is_nothing_to_measure():
    probability, truth = scenes(6)
    truth[1] = False
    for measure in (soft_iou, precision_recall_area):
        assert np.isnan(measure(probability, truth)).tolist() == [False, True, False, False, False]


def test_what_is_no_probability_is_refused():
    probability, truth = scenes(7)
    with pytest.raises(ValueError, match=r"Expected probabilities in \[0, 1\], got 0(\.\d+)? to 1\.5"):
        precision_recall_area(np.where(probability == probability.max(), 1.5, probability), truth)
    with pytest.raises(ValueError, match="thresholds: expected at least 2, got 1"):
        precision_recall_area(probability, truth, thresholds=1)
