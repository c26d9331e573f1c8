"""What InfoNCE is least at, and the gradient penalty."""

import math

import pytest
import torch

from agents.policies.info_nce import gradient_penalty, info_nce, slope
from agents.policies.negatives import CHOSEN, draw, neighbours, others
from agents.policies.noise import GeneratorNoise

PLACES = torch.linspace(-2.0, 2.0, 9, dtype=torch.float64)


def noise(batch: int, seed: int = 0) -> GeneratorNoise:
    return GeneratorNoise(batch, torch.Generator().manual_seed(seed))


def least(loss, start: torch.Tensor) -> torch.Tensor:
    """Where a convex loss is least."""
    at = start.clone().requires_grad_()
    settings = {"max_iter": 500, "tolerance_grad": 1e-10, "tolerance_change": 1e-15}
    descent = torch.optim.LBFGS([at], line_search_fn="strong_wolfe", **settings)

    def closure() -> torch.Tensor:
        descent.zero_grad()
        value = loss(at)
        value.backward()
        return value

    descent.step(closure)
    return at.detach()


@pytest.mark.parametrize("count", [1, 2])
def test_the_least_loss_is_that_of_the_log_ratio_and_not_of_the_log_density(count):
    p = torch.softmax(-0.5 * PLACES.square(), 0)
    q = torch.softmax(0.9 * PLACES - 0.3 * PLACES.square(), 0)
    drawn = torch.cartesian_prod(*[torch.arange(len(PLACES))] * (count + 1))
    chance = p[drawn[:, 0]] * q[drawn[:, 1:]].prod(dim=1)
    energy = least(lambda e: (chance * info_nce(e[drawn])).sum(), torch.zeros_like(PLACES))
    ratio, density = -(p / q).log(), -p.log()
    assert torch.allclose(energy - energy.mean(), ratio - ratio.mean(), atol=1e-5)
    assert not torch.allclose(energy - energy.mean(), density - density.mean(), atol=0.3)


def test_neighbours_teach_the_density_and_noise_about_the_answer_does_not():
    """Actions of a unit Gaussian, energies theta a^2 / 2: the density's is theta = 1."""
    source = noise(20_000)
    positive = source.normal(1)
    about = positive[:, None] + 0.7 * source.normal(4, 1)

    def theta(negatives: torch.Tensor) -> float:
        squares = torch.cat([positive[:, None], negatives], dim=1).squeeze(2).square().double() / 2.0
        return least(lambda t: info_nce(t * squares).mean(), torch.ones((), dtype=torch.float64)).item()

    assert abs(theta(neighbours(positive, 4, source)) - 1.0) < 0.06
    assert abs(theta(about) - 1.0) > 0.2


def test_other_actions_are_drawn_evenly_and_step_by_step():
    choices = torch.tensor([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])
    found = others(choices, 50, 2, noise(40)).view(-1, 2, 2)
    index = (found[..., 0] / 2).long()
    assert torch.equal(choices[index], found)
    together = torch.bincount(index[:, 0] * 3 + index[:, 1], minlength=9) / len(index)
    assert torch.allclose(together, torch.full((9,), 1 / 9), atol=0.03)


def test_other_actions_are_among_mixed_candidates_where_they_can_be_counted():
    choices, positive = torch.tensor([[-1.0, 1.0], [1.0, -1.0]]), torch.full((50, 4), 0.3)
    known = {"energy": lambda places: places.sum(dim=2), "centres": torch.zeros(50, 1, 4)}
    found = draw("mixed", positive, 6, noise(50), **known, choices=choices)
    is_other = (found.abs() == 1.0).all(dim=2).all(dim=1)
    assert is_other.tolist() == [False] * round(50 * (1 - CHOSEN)) + [True] * round(50 * CHOSEN)
    assert torch.equal(found[~is_other], draw("mixed", positive, 6, noise(50), **known)[~is_other])


def test_the_penalty_is_that_of_the_largest_slope_beyond_the_margin():
    form = torch.randn(3, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    form = form @ form.T
    places = torch.randn(4, 5, 3, generator=torch.Generator().manual_seed(2), dtype=torch.float64)

    def penalty(matrix: torch.Tensor) -> torch.Tensor:
        return gradient_penalty(lambda a: 0.5 * ((a @ matrix) * a).sum(dim=-1), places, margin=0.5)

    expected = ((places @ form).abs().amax(dim=2) - 0.5).clamp_min(0.0).square().mean()
    assert torch.allclose(penalty(form), expected)
    symmetric = form.clone().requires_grad_()
    assert torch.autograd.gradcheck(lambda m: penalty((m + m.T) / 2), (symmetric,))


def test_a_slope_hangs_on_no_graph_even_where_gradients_are_off():
    weight = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        found = slope(lambda a: (weight * a.square()).sum(dim=-1), torch.ones(1, 1, 2))
    assert torch.equal(found, torch.full((1, 1, 2), 2.0))
    assert not found.requires_grad


def test_no_gradient_runs_through_the_chain_that_finds_negatives():
    weight = torch.tensor([3.0, 5.0], requires_grad=True)
    positive = torch.zeros(4, 2)

    def bowl(places: torch.Tensor) -> torch.Tensor:
        return (weight * places.square()).sum(dim=-1)

    negatives = draw("langevin", positive, 3, noise(4), energy=bowl, centres=torch.zeros(4, 1, 2))
    assert not negatives.requires_grad
    assert weight.grad is None
    assert negatives.shape == (4, 3, 2)


def test_energies_that_say_nothing_cost_the_log_of_the_candidates():
    assert torch.allclose(info_nce(torch.zeros(2, 3, 8)), torch.full((2, 3), math.log(8.0)))
