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
    """Up to the constant of the Gaussian and the division by the numbers of a chunk."""
    torch.manual_seed(0)
    head = MixtureHead(4, HORIZON, SIZE, components=3)
    features, chunk = torch.randn(BATCH, 4), torch.rand(BATCH, HORIZON, SIZE) * 2 - 1
    log_share, mean, spread = head._mixture(features)
    parts = Independent(Normal(mean.flatten(2), spread.flatten(2)), 1)
    density = MixtureSameFamily(Categorical(logits=log_share), parts).log_prob(chunk.flatten(1))
    numbers = HORIZON * SIZE
    expected = (-(density + 0.5 * numbers * np.log(2 * np.pi)) / numbers).mean()
    found = head.loss(features, chunk, torch.ones(BATCH, HORIZON), rows(BATCH))
    assert found.item() == pytest.approx(expected.item(), abs=1e-4)


@pytest.mark.parametrize("kind", [RegressionHead, ChoiceHead, BinnedHead, MixtureHead])
def test_what_pads_a_chunk_is_not_learned(kind):
    torch.manual_seed(0)
    head, features = kind(4, HORIZON, SIZE), torch.randn(8, 4)
    chunk = torch.rand(8, HORIZON, SIZE) * 2 - 1
    other = chunk.clone()
    other[:, 2] = torch.rand(8, SIZE) * 2 - 1
    weight = torch.tensor([[1.0, 1.0, 0.0]]).expand(8, -1)
    assert torch.equal(head.loss(features, chunk, weight, rows(8)), head.loss(features, other, weight, rows(8)))
