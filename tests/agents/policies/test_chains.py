"""Chains of true errors and velocities: they reach the distribution that these belong to, at the order they should."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from agents.policies.noise import GeneratorNoise
from agents.policies.noise_schedule import SPACINGS, squared_cosine
from agents.policies.samplers import make_sampler
from agents.policies.samplers.ddim import DDIM
from agents.policies.samplers.ddpm import DDPM
from agents.policies.samplers.euler import Euler
from agents.policies.samplers.heun import Heun

MEAN, SPREAD = 0.4, 0.25
SHARES, MEANS, SPREADS = np.array([0.2, 0.5, 0.3]), np.array([-0.6, 0.0, 0.5]), np.array([0.05, 0.08, 0.04])


def quantiles(count):
    """Standard normal numbers [count 1 1], as even as can be: what comes of them has no sampling error."""
    unit = (torch.arange(count, dtype=torch.float64) + 0.5) / count
    return torch.special.ndtri(unit)[:, None, None]


def noise(batch):
    return GeneratorNoise(batch, torch.Generator().manual_seed(0))


def gaussian_error(schedule):
    """The error that is expected in x_t where actions are N(MEAN, SPREAD^2)."""
    kept = torch.from_numpy(schedule.kept)

    def predict(chunk, step):
        signal, spread = kept[step].sqrt()[:, None, None], (1.0 - kept[step]).sqrt()[:, None, None]
        return spread * (chunk - signal * MEAN) / (signal**2 * SPREAD**2 + spread**2)

    return predict


def gaussian_velocity(chunk, time):
    """E[a - z | x_t] where actions are N(MEAN, SPREAD^2)."""
    time = time[:, None, None]
    slope = (time * SPREAD**2 - (1.0 - time)) / (time**2 * SPREAD**2 + (1.0 - time) ** 2)
    return MEAN + slope * (chunk - time * MEAN)


def mixture_error(schedule):
    """The error that is expected in x_t where actions are a mixture of Gaussians."""
    kept = torch.from_numpy(schedule.kept)
    shares, means, spreads = map(torch.from_numpy, (SHARES, MEANS, SPREADS))

    def predict(chunk, step):
        signal, spread = kept[step].sqrt()[:, None, None], (1.0 - kept[step]).sqrt()[:, None, None]
        variance = signal**2 * spreads**2 + spread**2
        away = chunk - signal * means
        likely = torch.softmax(shares.log() - 0.5 * variance.log() - 0.5 * away**2 / variance, dim=-1)
        return spread * (likely * away / variance).sum(dim=-1, keepdim=True)

    return predict


def order(errors):
    """Powers by which the error falls where the number of steps doubles."""
    return np.log2(np.array(errors[:-1]) / np.array(errors[1:]))


def test_ddim_is_of_first_order():
    schedule, start = squared_cosine(3200), quantiles(21)
    errors = []
    for steps in (100, 200, 400, 800):
        sampler = DDIM(steps=steps, clip=np.inf)
        chunk = sampler.sample(gaussian_error(schedule), start, schedule, noise(21))
        signal, spread = schedule.levels(int(sampler.visits(schedule)[0]))
        exact = MEAN + SPREAD * (start - signal * MEAN) / (signal**2 * SPREAD**2 + spread**2) ** 0.5
        errors.append((chunk - exact).abs().max().item())
    np.testing.assert_allclose(order(errors), 1.0, atol=0.1)


@pytest.mark.parametrize(("sampler", "expected"), [(Euler(), 1.0), (Heun(), 2.0)], ids=["euler", "heun"])
def test_paths_of_a_gaussian_flow_are_followed_at_the_order_of_the_sampler(sampler, expected):
    start = quantiles(21)
    errors = [
        (replace(sampler, steps=steps).sample(gaussian_velocity, start) - (MEAN + SPREAD * start)).abs().max().item()
        for steps in (40, 80, 160, 320)
    ]
    np.testing.assert_allclose(order(errors), expected, atol=0.15)


def moments(chunk):
    """(shares, means, spreads) of the numbers nearest to each component."""
    nearest = np.abs(chunk[:, None] - MEANS).argmin(axis=1)
    parts = [chunk[nearest == k] for k in range(len(MEANS))]
    return np.array([(len(part) / len(chunk), part.mean(), part.std()) for part in parts]).T


@pytest.mark.parametrize(("steps", "tolerance"), [(100, 0.006), (20, 0.03)])
def test_ddim_with_the_true_error_of_a_mixture_recovers_shares_means_and_spreads(steps, tolerance):
    schedule = squared_cosine()
    sampler = DDIM(steps=steps, spacing="trailing")
    chunk = sampler.sample(mixture_error(schedule), quantiles(20_000), schedule, noise(20_000))
    shares, means, spreads = moments(chunk.flatten().numpy())
    np.testing.assert_allclose(shares, SHARES, atol=tolerance)
    np.testing.assert_allclose(means, MEANS, atol=tolerance)
    np.testing.assert_allclose(spreads, SPREADS, atol=tolerance)


def test_ddpm_with_the_true_error_of_a_mixture_recovers_shares_means_and_spreads():
    schedule, count = squared_cosine(), 20_000
    chunk = DDPM().sample(mixture_error(schedule), quantiles(count), schedule, noise(count))
    shares, means, spreads = moments(chunk.flatten().numpy())
    # 0.014 are four standard deviations of a share; 100 steps of a chain that is exact for infinitely many add to it.
    np.testing.assert_allclose(shares, SHARES, atol=0.025)
    np.testing.assert_allclose(means, MEANS, atol=0.01)
    np.testing.assert_allclose(spreads, SPREADS, atol=0.01)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_visits_fall_and_keep_to_the_schedule(spacing):
    schedule = squared_cosine()
    for count in range(1, 101):
        visits = schedule.visits(count, spacing)
        assert len(visits) == count
        assert (np.diff(visits) < 0).all()
        assert visits.min() >= 0
        assert visits.max() < 100
    assert schedule.visits(10, "leading").tolist() == list(range(90, -1, -10))
    assert schedule.visits(10, "middle").tolist() == list(range(95, 0, -10))
    assert schedule.visits(10, "trailing").tolist() == list(range(99, 0, -10))


@pytest.mark.parametrize("name", ["ddim", "ddpm", "euler", "heun"])
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_evaluations_are_counted_exactly(name, steps):
    sampler, asked = make_sampler(name, steps=steps), []

    def network(chunk, moment):
        assert moment.shape == (4,)
        asked.append(moment)
        return chunk * 0.5

    start = torch.zeros(4, 3, 2)
    rest = (squared_cosine(), noise(4)) if name.startswith("dd") else ()
    assert sampler.sample(network, start, *rest).shape == start.shape
    assert len(asked) == sampler.evaluations
    assert (start == 0.0).all()


def test_more_steps_than_the_schedule_has_are_refused():
    with pytest.raises(ValueError, match=r"steps: expected 1 to 100, those of the schedule, got 101"):
        DDIM(steps=101).visits(squared_cosine())


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("ddim", {"steps": 0}, r"DDIM.steps: expected >= 1, got 0"),
        ("euler", {"steps": 0}, r"Euler.steps: expected >= 1, got 0"),
        ("heun", {"steps": -1}, r"Heun.steps: expected >= 1, got -1"),
        ("ddpm", {"clip": 0.0}, r"DDPM.clip: expected > 0, got 0.0"),
        ("ddim", {"spacing": "leadin"}, r"Unknown spacing 'leadin'. Did you mean 'leading'\?"),
    ],
)
def test_settings_out_of_range_are_refused(name, settings, message):
    with pytest.raises(ValueError, match=message):
        make_sampler(name, **settings)
