"""A true temperature: weights are the formula's, and the coldest search takes the best candidate."""

import pytest
import torch
from toy_models_for_tests import actions_cost, adder, draws_of, latent_of

from world_models.planners.mppi import MPPI

COSTS = torch.tensor([[1.0, 1.5, 3.0, 90.0], [-7.0, -7.0, -7.0, -7.0]])


@pytest.mark.parametrize("temperature", [0.1, 1.0, 20.0])
def test_weights_are_boltzmanns(temperature):
    found = MPPI(temperature=temperature).weigh(COSTS).double()
    expected = torch.exp(-(COSTS.double() - COSTS.double().amin(1, keepdim=True)) / temperature)
    assert (found - expected / expected.sum(1, keepdim=True)).abs().max() < 1e-6


def test_low_temperature_approaches_the_best_and_high_the_mean():
    assert MPPI(temperature=1e-3).weigh(COSTS[:1])[0].tolist() == pytest.approx([1.0, 0.0, 0.0, 0.0])
    assert MPPI(temperature=1e6).weigh(COSTS[:1])[0].tolist() == pytest.approx([0.25] * 4, abs=1e-4)


def test_doubling_costs_and_temperature_changes_nothing():
    assert torch.equal(MPPI(temperature=2.0).weigh(2.0 * COSTS), MPPI(temperature=1.0).weigh(COSTS))


def test_infinite_costs_weigh_nothing_unless_all_are():
    inf = torch.inf
    assert MPPI(temperature=1.0).weigh(torch.tensor([[1.0, inf, inf]]))[0].tolist() == [1.0, 0.0, 0.0]
    assert MPPI(temperature=1.0).weigh(torch.tensor([[inf, inf]]))[0].tolist() == [0.5, 0.5]


def test_the_plan_is_the_weighted_mean_of_the_candidates():
    cost = actions_cost(lambda actions: actions.square().sum((-1, -2)) + actions[..., 0, 0])
    model = adder()
    plan = MPPI(candidates=64, elites=64, iterations=1, answer="mean", temperature=0.7).plan(
        model, latent_of((0.0, 0.0)), cost, draws=draws_of(3)
    )
    pool = model.seen[0].double()
    prices = pool.square().sum((-1, -2)) + pool[..., 0, 0]
    weights = torch.softmax(-prices / 0.7, 1)
    assert (plan.actions - (weights[..., None, None] * pool).sum(1)).abs().max() < 1e-5
    expected = plan.actions.square().sum((-1, -2)) + plan.actions[..., 0, 0]
    assert plan.cost.item() == pytest.approx(expected.item())


def test_at_low_temperature_the_plan_is_the_best_candidate():
    cost = actions_cost(lambda actions: (actions - 0.2).square().sum((-1, -2)))
    plan = MPPI(iterations=1, answer="mean", temperature=1e-4).plan(
        adder(), latent_of((0.0, 0.0)), cost, draws=draws_of(0)
    )
    assert (plan.actions - plan.candidates[:, 0]).abs().max() < 1e-5


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan")])
def test_a_temperature_is_above_zero(temperature):
    with pytest.raises(ValueError, match="temperature: expected a finite number > 0"):
        MPPI(temperature=temperature)
