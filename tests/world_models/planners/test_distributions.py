"""Noise of every colour, and what distributions over plans draw and learn."""

import pytest
import torch
from toy_models_for_tests import box, draws_of

from world_models.planners.categorical import Categorical
from world_models.planners.gaussian import BoundedGaussian
from world_models.planners.noise import _mixing, coloured, normal
from world_models.planners.units import Units
from world_models.spec import Actions

KNOWN = torch.tensor([True])


def gaussian(mean: torch.Tensor, **changes) -> BoundedGaussian:
    units = Units.of(box(mean.shape[-1], -2.0, 4.0), torch.device("cpu"))
    settings = {"spreads": (0.05, 0.5), "scale": torch.ones(1, mean.shape[-1]), "colour": 0.0, **changes}
    return BoundedGaussian.begin(mean, torch.ones(len(mean), dtype=torch.bool), units, **settings)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0, 3.5])
def test_noise_of_every_colour_has_variance_one_and_neighbours_alike(exponent):
    mixing = torch.tensor(_mixing(8, exponent), dtype=torch.float64)
    covariance = mixing @ mixing.T
    assert torch.allclose(covariance.diagonal(), torch.ones(8).double(), atol=1e-12)
    for lag in range(1, 8):  # stationary
        assert torch.allclose(covariance.diagonal(lag), covariance[0, lag], atol=1e-12)
    assert (covariance[0].diff() < 0).all()
    # the sum over frequencies, written out
    rates = torch.tensor([1.0, 1, 2, 3, 4, 5, 6, 7, 8, 7, 6, 5, 4, 3, 2, 1]).double() ** -exponent
    expected = (rates * torch.cos(2 * torch.pi * 3 * torch.arange(16).double() / 16)).sum() / rates.sum()
    assert covariance[0, 3].item() == pytest.approx(expected.item(), abs=1e-12)


def test_redder_noise_is_smoother_and_white_noise_is_left_alone():
    white = normal(draws_of(0)((400, 8, 2)))
    assert coloured(white, 0.0) is white
    jumps = [coloured(white, exponent).diff(dim=2).square().mean().item() for exponent in (0.0, 0.5, 1.0, 2.0, 3.0)]
    assert jumps == sorted(jumps, reverse=True)
    assert coloured(white, 2.0).var().item() == pytest.approx(1.0, abs=0.15)


def test_all_numbers_from_zero_to_one_are_finite_noise():
    ends = torch.tensor([0.0, 1e-300, 0.5, 1.0 - 2**-53], dtype=torch.float64)
    found = normal(ends)
    assert found.isfinite().all()
    assert found[2].item() == pytest.approx(0.0, abs=1e-7)
    assert normal(torch.tensor([1.0 - 2**-24])).isfinite().all()


def test_draws_have_the_mean_and_spread_they_were_made_with():
    drawn = gaussian(torch.full((1, 3, 1), 1.0), spreads=(0.05, 0.2)).draw(draws_of(0), 4000)
    assert drawn.mean().item() == pytest.approx(1.0, abs=0.03)
    assert drawn.std().item() == pytest.approx(0.2 * 3.0, abs=0.03)  # in halves of a range of 6


def test_a_fit_is_the_weighted_mean_and_spread_and_keeps_its_floor():
    begun = gaussian(torch.zeros(1, 1, 1))
    candidates = torch.tensor([0.0, 1.0, 2.0]).view(1, 3, 1, 1)
    weights = torch.tensor([[0.5, 0.25, 0.25]])
    fitted = begun.fitted(candidates, weights, 0.0)
    assert fitted.plan.item() == pytest.approx(0.75)
    spread = (0.5 * 0.75**2 + 0.25 * 0.25**2 + 0.25 * 1.25**2) ** 0.5
    assert fitted.spread.item() == pytest.approx(spread / 3.0)
    half = begun.fitted(candidates, weights, 0.5)
    assert half.plan.item() == pytest.approx(0.375)
    assert half.spread.item() == pytest.approx(0.5 * (spread / 3.0 + 0.5))
    sure = begun.fitted(candidates, torch.tensor([[0.0, 1.0, 0.0]]), 0.0)
    assert sure.spread.item() == pytest.approx(0.05)


def test_actions_and_units_are_each_others_inverse_and_bounds_are_kept_to_the_last_bit():
    units = Units.of(Actions("continuous", 3, (-0.1, 0.3, -7.3), (0.3, 0.9, 1e-3)), torch.device("cpu"))
    inner = 2.0 * torch.rand(100, 3, generator=torch.Generator().manual_seed(0)) - 1.0
    assert (units.of_actions(units.to_actions(inner)) - inner).abs().max() < 1e-5
    for ends in (torch.ones(3), torch.full((3,), 1.0 + 1e-6), -torch.ones(3)):
        assert ((units.to_actions(ends) <= units.high) & (units.to_actions(ends) >= units.low)).all()
    assert torch.allclose(units.to_actions(torch.ones(3)), units.high, atol=1e-6)
    assert units.of_actions(torch.tensor([9.0, -9.0, 0.0])).abs().max() <= 1.0


def test_choices_are_drawn_as_often_as_is_likely_and_fitted_as_often_as_drawn():
    probabilities = torch.tensor([[[0.1, 0.6, 0.3], [1.0, 0.0, 0.0]]])
    known = Categorical.begin(probabilities, KNOWN, floor=0.0, doubt=0.0)
    drawn = known.draw(draws_of(0), 4000)
    assert drawn.shape == (1, 4000, 2)
    fitted = known.fitted(drawn, torch.full((1, 4000), 1 / 4000), 0.0)
    assert (fitted.probabilities - probabilities).abs().max() < 0.03
    assert known.plan.tolist() == [[1, 0]]


def test_no_choice_becomes_impossible_and_doubt_makes_it_likelier():
    sure = torch.tensor([[[1.0, 0.0]]])
    fitted = Categorical.begin(sure, KNOWN, floor=0.2, doubt=0.0).fitted(
        torch.zeros(1, 4, 1).long(), torch.full((1, 4), 0.25), 0.0
    )
    assert fitted.probabilities[0, 0].tolist() == pytest.approx([0.9, 0.1])
    assert Categorical.begin(sure, KNOWN, floor=0.2, doubt=0.5).probabilities[0, 0].tolist() == [0.75, 0.25]
    assert Categorical.begin(sure, ~KNOWN, floor=0.2, doubt=0.5).probabilities[0, 0].tolist() == [0.5, 0.5]


def test_of_equally_likely_choices_the_first_is_taken():
    even = Categorical.begin(torch.full((1, 2, 4), 0.25), KNOWN, floor=0.1, doubt=0.5)
    assert even.plan.tolist() == [[0, 0]]
