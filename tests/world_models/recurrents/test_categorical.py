"""Closed forms of what categorical latents are made of."""

import math

import pytest
import torch

from world_models.recurrents.categorical import balanced, divergence, drawn, most_likely, probabilities


def logits(*shape: int, seed: int = 0) -> torch.Tensor:
    return 3.0 * torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_probabilities_sum_to_one_and_nothing_is_ruled_out() -> None:
    chances = probabilities(100.0 * logits(50, 16, 16), 0.01)
    assert torch.allclose(chances.sum(-1), torch.ones(50, 16, dtype=torch.float64))
    assert chances.min() >= 0.01 / 16


def test_divergence_of_equal_distributions_is_zero_and_of_others_positive() -> None:
    first, second = probabilities(logits(20, 4, 8), 0.01), probabilities(logits(20, 4, 8, seed=1), 0.01)
    assert torch.allclose(divergence(first, first), torch.zeros(20, dtype=torch.float64), atol=1e-14)
    assert (divergence(first, second) > 0).all()


def test_divergence_of_a_certain_thing_from_an_even_choice_is_a_logarithm() -> None:
    certain, even = torch.tensor([[[1.0 - 3e-9, 1e-9, 1e-9, 1e-9]]]), torch.full((1, 1, 4), 0.25)
    assert divergence(certain, even).item() == pytest.approx(math.log(4), abs=1e-6)


def test_equal_distributions_cost_the_free_nats_and_pull_nowhere() -> None:
    posterior, prior = (logits(5, 4, 8).requires_grad_() for _ in range(2))
    dynamics, representation = balanced(probabilities(posterior, 0.01), probabilities(prior, 0.01), 1.0)
    assert (dynamics == 1.0).all()
    assert (representation == 1.0).all()
    found = torch.autograd.grad((dynamics + representation).sum(), [posterior, prior])
    assert not any(part.any() for part in found)


def test_one_half_of_the_divergence_trains_the_prior_and_the_other_the_posterior() -> None:
    posterior, prior = logits(5, 4, 8).requires_grad_(), logits(5, 4, 8, seed=1).requires_grad_()
    dynamics, representation = balanced(probabilities(posterior, 0.01), probabilities(prior, 0.01), 1.0)
    assert (dynamics == representation).all()
    assert (dynamics > 1.0).all()
    of_prior = torch.autograd.grad(dynamics.sum(), [posterior, prior], retain_graph=True, allow_unused=True)
    of_posterior = torch.autograd.grad(representation.sum(), [posterior, prior], allow_unused=True)
    assert of_prior[0] is None
    assert of_prior[1].any()
    assert of_posterior[1] is None
    assert of_posterior[0].any()


@pytest.mark.parametrize("how", ["most_likely", "drawn"])
def test_a_code_is_one_hot_and_its_gradient_is_that_of_the_probabilities(how: str) -> None:
    raw, weight = logits(6, 4, 8).requires_grad_(), logits(6, 4, 8, seed=1)
    chances = probabilities(raw, 0.01)
    unit = torch.rand(6, 4, generator=torch.Generator().manual_seed(2))
    code = most_likely(chances) if how == "most_likely" else drawn(chances, unit)
    assert ((code == 0) | (code == 1)).all()
    assert (code.sum(-1) == 1).all()
    through = torch.autograd.grad((code * weight).sum(), raw, retain_graph=True)[0]
    plain = torch.autograd.grad((chances * weight).sum(), raw)[0]
    assert torch.equal(through, plain)
    assert plain.any()


def test_draws_come_as_often_as_they_are_likely() -> None:
    chances = probabilities(logits(1, 1, 8), 0.01)
    even = (torch.arange(100_000, dtype=torch.float64) + 0.5) / 100_000
    found = drawn(chances.expand(100_000, 1, 8), even[:, None]).mean(0)
    assert torch.allclose(found, chances[0], atol=2e-5)


def test_the_ends_of_the_unit_interval_draw_the_first_and_the_last_choice() -> None:
    chances = probabilities(logits(1, 1, 8), 0.01).float().expand(2, 1, 8)
    found = drawn(chances, torch.tensor([[0.0], [1.0 - 2.0**-24]]))
    assert found.argmax(-1).flatten().tolist() == [0, 7]
