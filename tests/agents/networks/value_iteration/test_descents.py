"""RMSprop with the small number inside the root, in stages."""

import pytest
import torch

from agents.networks.value_iteration.config import ValueIterationConfig
from agents.networks.value_iteration.descents import RootedRMSprop, StagedDescent


def test_the_small_number_stands_inside_the_root():
    weight = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    expected, square = weight.detach().clone(), torch.zeros(2)
    descent = RootedRMSprop([weight], lr=0.1)
    for gradient in (torch.tensor([1e-4, 2.0]), torch.tensor([3e-4, -1.0])):
        weight.grad = gradient.clone()
        descent.step()
        square = 0.9 * square + 0.1 * gradient**2
        expected -= 0.1 * gradient / (square + 1e-6).sqrt()
        assert torch.allclose(weight.detach(), expected, atol=1e-7)


def test_a_small_gradient_makes_a_small_step():
    """Outside the root, 1e-6 would let it make one of nearly full size."""
    weight = torch.nn.Parameter(torch.zeros(1))
    descent = RootedRMSprop([weight], lr=0.1)
    weight.grad = torch.tensor([1e-5])
    descent.step()
    assert abs(weight.item()) < 0.1 * 0.011


def test_every_stage_has_its_rate_and_empty_squares():
    weight = torch.nn.Linear(1, 1)
    descent = StagedDescent(weight, ValueIterationConfig(architecture="faithful", updates=8))
    rates, begun = [], []
    for _ in range(8):
        rates.append(descent.rate())
        descent.step(weight(torch.ones(1, 1)).sum())
        square = descent.optimizer.state[weight.weight]["square"]
        begun.append(torch.allclose(square, torch.tensor(0.1)))  # of gradients that are 1
    assert rates == [0.01, 0.01, 0.005, 0.005, 0.002, 0.002, 0.001, 0.001]
    assert begun == [True, False] * 4


def test_rates_out_of_range_are_refused_by_name():
    with pytest.raises(ValueError, match=r"ValueIterationConfig.rates: expected rates > 0, got \(0.1, 0.0\)"):
        ValueIterationConfig(rates=(0.1, 0.0))
