"""Samplers of an energy: what they converge to, what they cost, and that they stay in the box."""

import pytest
import torch

from agents.policies.noise import GeneratorNoise
from agents.policies.samplers import make_sampler
from agents.policies.samplers.boxed import BUFFER, resample
from agents.policies.samplers.langevin import Langevin

BEST = torch.tensor([0.4, -0.7])


def noise(batch: int, seed: int = 0) -> GeneratorNoise:
    return GeneratorNoise(batch, torch.Generator().manual_seed(seed))


def bowl(places: torch.Tensor) -> torch.Tensor:
    return 200.0 * (places - BEST).square().sum(dim=-1)


def stairs(before: torch.Tensor):
    """Each number is best at 0.6 - 0.5 of the one before it."""
    last = before[:, -1:] if before.shape[1] else torch.zeros(len(before), 1)
    return lambda places: 2000.0 * (places - (0.6 - 0.5 * last)[:, None]).square().sum(dim=-1)


@pytest.mark.parametrize("size", [0.1, 0.5, 1.0])
@pytest.mark.parametrize("convention", ["ula", "ibc"])
def test_a_chain_on_a_unit_gaussian_has_the_variance_of_its_convention(convention, size):
    free = float("inf")
    chain = Langevin(steps=round(12 / size), convention=convention, first=size, last=size, clip=free, box=free)
    ends = chain.walk(lambda a: 0.5 * a.square().sum(dim=-1), torch.zeros(100, 500, 1), noise(100))
    expected = {"ula": 1.0, "ibc": size}[convention] / (1.0 - size / 4.0)
    assert ends.var().item() == pytest.approx(expected, rel=0.03)


def test_temperature_scales_the_variance_of_a_chain():
    chain = Langevin(steps=50, convention="ula", first=0.3, last=0.3, temperature=0.25, clip=1e9, box=1e9)
    ends = chain.walk(lambda a: 0.5 * a.square().sum(dim=-1), torch.zeros(100, 300, 1), noise(100))
    assert ends.var().item() == pytest.approx(0.25 / (1.0 - 0.3 / 4.0), rel=0.03)


def test_steps_shrink_from_the_first_to_the_last():
    assert Langevin(steps=5, first=1.0, last=1e-4).sizes() == pytest.approx([1.0, 0.1, 0.01, 1e-3, 1e-4])
    assert Langevin(steps=4, schedule="polynomial", first=1.0, last=0.2).sizes() == pytest.approx(
        [1.0, 0.8 * 0.5625 + 0.2, 0.4, 0.25]
    )


@pytest.mark.parametrize(("name", "within"), [("langevin", 0.01), ("derivative-free", 0.06)])
def test_a_sampler_finds_the_minimum(name, within):
    found = make_sampler(name).sample(bowl, (16, 2), noise(16), deterministic=True)
    assert (found - BEST).abs().max() < within


def test_numbers_are_searched_one_after_the_other():
    found = make_sampler("autoregressive").sample(stairs, (16, 5), noise(16), deterministic=True)
    before = torch.cat([torch.zeros(16, 1), found[:, :-1]], dim=1)
    assert (found - (0.6 - 0.5 * before)).abs().max() < 0.05


@pytest.mark.parametrize("name", ["langevin", "derivative-free"])
@pytest.mark.parametrize("deterministic", [True, False])
def test_samples_stay_in_the_box(name, deterministic):
    found = make_sampler(name).sample(lambda a: -50.0 * a.sum(dim=-1), (8, 3), noise(8), deterministic=deterministic)
    assert found.max() <= 1.0 + BUFFER
    assert found.min() > 0.8


@pytest.mark.parametrize("name", ["langevin", "derivative-free"])
def test_of_two_equal_minima_each_is_taken_about_as_often(name):
    found = make_sampler(name).sample(lambda a: 50.0 * (a.abs() - 0.5).square().sum(dim=-1), (400, 1), noise(400))
    assert 0.4 < (found > 0).float().mean() < 0.6
    assert (found.abs() - 0.5).abs().mean() < 0.1


@pytest.mark.parametrize("name", ["langevin", "derivative-free", "autoregressive"])
def test_evaluations_are_counted_exactly(name):
    calls = []

    def counted(places: torch.Tensor) -> torch.Tensor:
        calls.append(places.shape)
        return bowl(places)

    sampler, numbers = make_sampler(name), 2
    energy = (lambda before: counted) if name == "autoregressive" else counted
    sampler.sample(energy, (3, numbers), noise(3))
    assert len(calls) == sampler.evaluations * (numbers if name == "autoregressive" else 1)


def test_one_chain_needs_no_choice():
    assert Langevin(steps=7, chains=1).evaluations == 7
    assert Langevin(steps=7, chains=2).evaluations == 8


def test_draws_follow_the_energies():
    energies = -torch.tensor([[0.1, 0.2, 0.7]]).log()
    unit = torch.linspace(0.0, 1.0 - 2.0**-24, 1001)[None]
    drawn = resample(torch.tensor([[[0.0], [1.0], [2.0]]]), energies, unit)
    assert torch.bincount(drawn.flatten().long()) / 1001 == pytest.approx([0.1, 0.2, 0.7], abs=2e-3)


@pytest.mark.parametrize(
    ("name", "setting", "message"),
    [
        ("langevin", {"steps": 0}, "Langevin.steps: expected >= 1, got 0"),
        ("langevin", {"convention": "ulo"}, "ula"),
        ("langevin", {"first": 0.0}, "Langevin.first: expected > 0, got 0.0"),
        ("langevin", {"temperature": -1.0}, "Langevin.temperature: expected >= 0, got -1.0"),
        ("derivative-free", {"samples": 0}, "DerivativeFree.samples: expected >= 1, got 0"),
        ("autoregressive", {"spread": -0.1}, "Autoregressive.spread: expected > 0, got -0.1"),
    ],
)
def test_settings_out_of_range_are_named(name, setting, message):
    with pytest.raises(ValueError, match=message):
        make_sampler(name, **setting)
