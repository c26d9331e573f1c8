"""One call foresees all candidates, only what is needed is decoded, and futures are weighed as asked."""

import pytest
import torch
from toy_models_for_tests import LatentCost, actions_cost, adder, draws_of, latent_of

from world_models.planners.evaluation import evaluate
from world_models.planners.risk import over_futures

LAST = LatentCost(lambda latent, rollout: latent[..., -1, 0])


def random(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def test_a_model_is_asked_once_and_for_nothing_in_vain():
    model, asked = adder(), []
    decode_one = model.decode_one
    model.decode_one = lambda rollout, key: asked.append(key) or decode_one(rollout, key)
    actions = torch.rand(2, 5, 3, 2)
    costs = evaluate(model, latent_of((0.0, 0.0), (1.0, 0.0)), actions, LAST + 2.0 * LAST)
    assert (model.calls, asked) == (1, ["latent"])
    expected = actions[..., 0].sum(-1) + torch.tensor([[0.0], [1.0]])
    assert (costs - 3.0 * expected).abs().max() < 1e-5


def test_a_head_that_is_missing_is_named():
    cost = actions_cost(lambda actions: actions.sum((-1, -2)))
    cost.heads = ("lattent",)
    with pytest.raises(ValueError, match=r"head of toy.*lattent.*Did you mean 'latent'"):
        evaluate(adder(), latent_of((0.0, 0.0)), torch.zeros(1, 1, 1, 2), cost)


def test_the_worst_and_the_mean_are_those_of_the_futures():
    costs = random(2, 3, 7)
    assert torch.equal(over_futures(costs, risk="worst"), costs.amax(-1))
    assert torch.allclose(over_futures(costs), costs.mean(-1))
    weights = torch.softmax(random(2, 3, 7), -1)
    assert torch.allclose(over_futures(costs, weights), (costs * weights).sum(-1))


@pytest.mark.parametrize("share", [1, 2, 5])
def test_the_tail_is_the_mean_of_the_worst(share):
    costs = random(2, 3, 10)
    worst = costs.sort(-1, descending=True).values[..., :share].mean(-1)
    assert torch.allclose(over_futures(costs, risk="cvar", tail=share / 10), worst)


def test_the_whole_tail_is_the_mean_and_weights_are_repetitions():
    costs, weights = random(2, 3, 4), torch.tensor([0.1, 0.2, 0.3, 0.4]).double().expand(2, 3, -1)
    assert torch.allclose(over_futures(costs, weights, risk="cvar", tail=1.0), over_futures(costs, weights))
    repeated = costs.repeat_interleave(torch.tensor([1, 2, 3, 4]), dim=-1)
    for tail in (0.1, 0.25, 0.7):
        expected = over_futures(repeated, risk="cvar", tail=tail)
        assert torch.allclose(over_futures(costs, weights, risk="cvar", tail=tail), expected)


def test_risk_is_never_below_the_mean_nor_above_the_worst():
    costs = random(4, 5, 9)
    mean, tail, worst = (over_futures(costs, risk=risk) for risk in ("mean", "cvar", "worst"))
    assert (mean <= tail + 1e-12).all()
    assert (tail <= worst + 1e-12).all()


def test_futures_are_drawn_where_asked_for():
    model = adder(stochastic=True)
    actions = torch.zeros(1, 4, 2, 2)
    mean, worst = (
        evaluate(model, latent_of((0.0, 0.0)), actions, LAST, samples=50, draws=draws_of(0), risk=risk)
        for risk in ("mean", "worst")
    )
    assert (mean - 0.5).abs().max() < 0.2
    assert (worst > mean).all()


def test_what_is_not_a_number_is_infinitely_dear():
    cost = actions_cost(lambda actions: torch.full(actions.shape[:2], torch.nan))
    assert evaluate(adder(), latent_of((0.0, 0.0)), torch.zeros(1, 2, 1, 2), cost).tolist() == [[torch.inf] * 2]
