"""Explicit heads: what each says of an expert that takes one of two ways."""

import numpy as np
import pytest
import torch
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal

from agents.policies.explicit import BinnedHead, ChoiceHead, MixtureHead, RegressionHead
from agents.policies.noise import GeneratorNoise, RowNoise
from agents.row_noise import Counts

HORIZON, SIZE, BATCH = 3, 2, 64


def rows(count):
    return RowNoise(0, Counts(np.arange(count), np.zeros(count, np.int64), np.zeros(count, np.int64)))


def fitted(head, updates=400):
    """After fitting to chunks that are all 0.8 or all -0.8 (in every number at once), with equal chances."""
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(head.parameters(), lr=3e-3)
    for _ in range(updates):
        side = torch.randint(2, (BATCH, 1, 1), generator=generator) * 1.6 - 0.8
        chunk = side.expand(-1, HORIZON, SIZE) + 0.01 * torch.randn(BATCH, HORIZON, SIZE, generator=generator)
        loss = head.loss(torch.ones(BATCH, 4), chunk, torch.ones(BATCH, HORIZON), GeneratorNoise(BATCH, generator))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return head.eval()


@torch.no_grad()
def drawn(head, count=400, **how):
    return head.propose(torch.ones(count, 4), rows(count), **how)


def test_regression_says_the_middle_of_two_ways():
    torch.manual_seed(0)
    assert drawn(fitted(RegressionHead(4, HORIZON, SIZE))).abs().max() < 0.15


def test_a_mixture_draws_whole_chunks_of_either_way():
    torch.manual_seed(0)
    chunks = drawn(fitted(MixtureHead(4, HORIZON, SIZE)))
    side = chunks.mean(dim=(1, 2))
    assert ((chunks - side[:, None, None].sign() * 0.8).abs() < 0.1).float().mean() > 0.97
    assert 0.35 < (side > 0).float().mean() < 0.65
    likeliest = drawn(fitted(MixtureHead(4, HORIZON, SIZE)), deterministic=True)
    assert torch.allclose(likeliest, likeliest[:1].expand_as(likeliest), atol=1e-6)


def test_bins_draw_either_way_for_each_number_but_mix_them_up():
    torch.manual_seed(0)
    chunks = drawn(fitted(BinnedHead(4, HORIZON, SIZE)))
    assert ((chunks.abs() - 0.8).abs() < 0.1).float().mean() > 0.97
    together = (chunks.sign() == chunks[:, :1, :1].sign()).all(dim=2).all(dim=1).float().mean()
    assert together < 0.2, "six independent numbers agree in sign once in 32"


def test_choices_follow_the_softmax():
    torch.manual_seed(0)
    head = ChoiceHead(4, 1, 5).eval()
    expected = torch.softmax(head.layers(torch.ones(1, 4)), dim=1)[0].detach()
    found = torch.bincount(drawn(head, 4000).argmax(dim=2)[:, 0], minlength=5)
    assert torch.allclose(found / 4000, expected, atol=0.04)
    assert drawn(head, 3, deterministic=True).argmax(dim=2)[:, 0].tolist() == [int(expected.argmax())] * 3


def test_a_mixtures_loss_is_its_negative_log_likelihood():
    """Up to the constant of the Gaussian."""
    torch.manual_seed(0)
    head = MixtureHead(4, HORIZON, SIZE, components=3)
    features, chunk = torch.randn(BATCH, 4), torch.rand(BATCH, HORIZON, SIZE) * 2 - 1
    log_share, mean, spread = head._mixture(features)
    parts = Independent(Normal(mean.flatten(2), spread.flatten(2)), 1)
    density = MixtureSameFamily(Categorical(logits=log_share), parts).log_prob(chunk.flatten(1))
    numbers = HORIZON * SIZE
    expected = -(density + 0.5 * numbers * np.log(2 * np.pi)).mean()
    found = head.loss(features, chunk, torch.ones(BATCH, HORIZON), rows(BATCH))
    assert found.item() == pytest.approx(expected.item(), abs=1e-4)


def test_however_narrow_its_gaussians_are_a_mixture_pulls_at_their_means_by_the_error(monkeypatch):
    """And at their shares by what each should have had."""
    head = MixtureHead(4, HORIZON, SIZE, components=2)
    numbers = HORIZON * SIZE
    log_share = torch.log_softmax(torch.zeros(BATCH, 2), dim=1).requires_grad_()
    for width in (0.02, 1.0):
        mean = torch.tensor([0.5, -40.0])[:, None, None].repeat(BATCH, 1, HORIZON, SIZE).requires_grad_()
        spread = torch.full_like(mean, width).requires_grad_()
        said = (log_share, mean, spread)
        monkeypatch.setattr(head, "_mixture", lambda features, said=said: said)
        chunk, weight = torch.full((BATCH, HORIZON, SIZE), 0.6), torch.ones(BATCH, HORIZON)
        loss = head.loss(torch.ones(BATCH, 4), chunk, weight, rows(BATCH))
        of_share, of_mean = torch.autograd.grad(loss, (log_share, mean))
        assert torch.allclose(of_mean[:, 0], torch.tensor(-0.1 / numbers / BATCH), rtol=1e-3)
        assert torch.allclose(of_mean[:, 1], torch.tensor(0.0), atol=1e-6)
        assert torch.allclose(of_share, torch.tensor([-1.0, 0.0]) / BATCH, atol=1e-6)


def test_a_mixture_learns_which_way_belongs_where_though_both_are_exact():
    """Seen is the side; of 32 decisions one goes to either of two codes, all others to a third."""
    torch.manual_seed(0)
    codes = torch.eye(3)[:, None] * 2.0 - 1.0
    head, generator = MixtureHead(4, 1, 3), torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(head.parameters(), lr=3e-3)

    def batch(count):
        place = torch.randint(32, (count,), generator=generator)
        way = torch.where(place == 0, torch.randint(2, (count,), generator=generator), 2)
        seen = torch.stack([(place == 0).float(), place / 32, torch.ones(count), torch.zeros(count)], dim=1)
        return seen, codes[way]

    for _ in range(400):
        seen, chunk = batch(256)
        loss = head.loss(seen, chunk, torch.ones(256, 1), GeneratorNoise(256, generator))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        seen, _ = batch(4000)
        way = head.propose(seen, rows(4000)).argmax(dim=2)[:, 0]
    is_fork = seen[:, 0] > 0
    found = torch.bincount(way[is_fork], minlength=3) / is_fork.sum()
    assert torch.allclose(found, torch.tensor([0.5, 0.5, 0.0]), atol=0.2)
    assert (way[~is_fork] == 2).float().mean() > 0.99


@pytest.mark.parametrize("kind", [RegressionHead, ChoiceHead, BinnedHead, MixtureHead])
def test_what_pads_a_chunk_is_not_learned(kind):
    torch.manual_seed(0)
    head, features = kind(4, HORIZON, SIZE), torch.randn(8, 4)
    chunk = torch.rand(8, HORIZON, SIZE) * 2 - 1
    other = chunk.clone()
    other[:, 2] = torch.rand(8, SIZE) * 2 - 1
    weight = torch.tensor([[1.0, 1.0, 0.0]]).expand(8, -1)
    assert torch.equal(head.loss(features, chunk, weight, rows(8)), head.loss(features, other, weight, rows(8)))
