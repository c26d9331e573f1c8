"""Negatives of trajectories: where chains and sweeps end, and that the pool's are the pool's."""

import pytest
import torch

from agents.planning.negatives import KINDS, draw_trajectories, pick, sweep
from agents.planning.plan_space import PlanSpace
from agents.policies.noise import GeneratorNoise
from agents.policies.samplers.langevin import Langevin
from world_models.trajectories.limits import Start


def noise(batch: int, seed: int = 0) -> GeneratorNoise:
    return GeneratorNoise(batch, torch.Generator().manual_seed(seed))


def bell(variance: float):
    return lambda a: 0.5 * a.square().sum(-1) / variance


@pytest.mark.parametrize("size", [0.002, 0.01, 0.02])
def test_chains_on_a_gaussian_energy_end_with_its_variance(size):
    """That of a chain of steps s on a variance v is v / (1 - s / 4v): see `Langevin`."""
    variance = 0.04
    chain = Langevin(steps=round(10 * variance / size) + 5, convention="ula", first=size, last=size, clip=9.0, box=9.0)
    pool = 0.5 * noise(50, 1).normal(40, 3)
    found = draw_trajectories("langevin", pool, 40, noise(50), energy=bell(variance), chain=chain)
    assert found.var().item() == pytest.approx(variance / (1.0 - size / (4.0 * variance)), rel=0.05)
    assert found.mean().item() == pytest.approx(0.0, abs=0.01)


def test_sweeps_on_a_gaussian_energy_end_with_its_covariance():
    """Two numbers that go together: a sweep moves one at a time, and the pair ends as told all the same."""
    precision = torch.linalg.inv(torch.tensor([[0.04, 0.02], [0.02, 0.05]]))
    found = sweep(
        lambda a: 0.5 * ((a @ precision) * a).sum(-1), torch.zeros(200, 20, 2), noise(200), sweeps=8, values=33
    )
    assert torch.cov(found.flatten(0, 1).T).flatten().tolist() == pytest.approx([0.04, 0.02, 0.02, 0.05], abs=0.003)


def test_a_sweep_leaves_a_density_as_it_is():
    start = 0.2 * noise(200, 3).normal(20, 3)
    found = sweep(bell(0.04), start, noise(200), values=25)
    assert found.var().item() == pytest.approx(0.04, rel=0.05)
    assert not torch.equal(found, start)


def test_samples_are_of_the_pool_and_all_different():
    pool = noise(4, 1).normal(30, 6)
    found = draw_trajectories("samples", pool, 20, noise(4), energy=bell(1.0))
    same = (found[:, :, None] == pool[:, None]).all(-1)
    assert (same.sum(2) == 1).all()
    assert same.sum(1).max() == 1


def test_only_candidates_that_count_are_picked_as_long_as_there_are_enough():
    valid = torch.arange(30).expand(50, -1) % 3 == 0
    index = pick(noise(50), 10, 30, valid=valid)
    assert (index % 3 == 0).all()
    assert len(pick(noise(50), 12, 30, valid=valid)[0].unique()) == 12
    with pytest.raises(ValueError, match="at least 31 candidates, got 30"):
        pick(noise(50), 31, 30)


def test_each_candidate_is_picked_as_often():
    often = torch.bincount(pick(noise(3000), 5, 20).flatten(), minlength=20) / 3000
    assert often.tolist() == pytest.approx([0.25] * 20, abs=0.035)


@pytest.mark.parametrize("kind", ["langevin", "coordinates"])
def test_negatives_are_found_where_trajectories_are_cheap(kind):
    ones = torch.ones(4)
    space = PlanSpace.at(Start(8.0 * ones, 0.0 * ones, 0.0 * ones))
    pool = (0.3 * noise(4, 1).normal(20, 16)).clamp(-1.0, 1.0)
    goal = torch.tensor([30.0, 2.0])
    energy = space.energy(lambda poses: 0.5 * (poses[..., -1, :2] - goal).square().sum(-1))
    found = draw_trajectories(kind, pool, 20, noise(4), energy=energy)
    assert found.shape == pool.shape
    assert found.abs().max() <= 1.1
    assert energy(found).mean() < 0.3 * energy(pool).mean()


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_noise_gives_the_same_negatives_of_no_graph(kind):
    weight = torch.full((3,), 5.0, requires_grad=True)
    pool = noise(2, 1).uniform(8, 3)

    def draw(seed: int) -> torch.Tensor:
        return draw_trajectories(kind, pool, 4, noise(2, seed), energy=lambda a: (weight * a.square()).sum(-1))

    assert torch.equal(draw(0), draw(0))
    assert not torch.equal(draw(0), draw(1))
    assert not draw(0).requires_grad
    assert weight.grad is None


def test_unknown_kinds_are_named():
    with pytest.raises(ValueError, match="langevin"):
        draw_trajectories("langevine", torch.zeros(1, 2, 3), 1, noise(1), energy=bell(1.0))
