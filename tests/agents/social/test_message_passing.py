"""Beliefs are marginals: exactly on trees, nearly on four who all mind one another."""

import math

import pytest
import torch
from torch.autograd import gradcheck

from agents.social.exact import exact_marginals
from agents.social.links import Links
from agents.social.message_passing import MODERATE, linked_marginals, social_marginals

torch.set_num_threads(1)
MODES = ("sum", "max")


def energies(batch, actors, samples, *, gamma=3.0, seed=0):
    """Goodness of unit size, and collisions of cost gamma in a quarter of all pairs."""
    rng = torch.Generator().manual_seed(seed)
    unary = torch.randn(batch, actors, samples, generator=rng, dtype=torch.float64)
    pair = gamma * (torch.rand(batch, actors, actors, samples, samples, generator=rng) < 0.25).double()
    return unary, mirrored(pair)


def mirrored(pair):
    upper = pair * torch.ones(pair.shape[1:3], dtype=pair.dtype).triu(1)[..., None, None]
    return upper + upper.transpose(1, 2).transpose(3, 4)


def kept(pair, edges):
    """The pair energies of some edges alone."""
    keep = torch.zeros(pair.shape[1:3], dtype=pair.dtype)
    for i, j in edges:
        keep[i, j] = keep[j, i] = 1.0
    return pair * keep[..., None, None]


TREES = {
    "pair": [(0, 1)],
    "chain": [(0, 1), (1, 2), (2, 3), (3, 4)],
    "star": [(2, 0), (2, 1), (2, 3), (2, 4)],
    "branches": [(0, 3), (3, 1), (3, 4), (4, 2)],
    "forest": [(0, 4), (1, 3)],
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("edges", TREES.values(), ids=TREES)
def test_beliefs_are_exact_on_trees(edges, mode):
    unary, pair = energies(8, 5, 4)
    pair = kept(pair, edges)
    found = social_marginals(unary, pair, iters=4, mode=mode)
    torch.testing.assert_close(found, exact_marginals(unary, pair, mode=mode), rtol=0, atol=1e-10)


@pytest.mark.parametrize("iters", [1, 2, 3, 10])
def test_a_pair_is_exact_from_the_first_sweep_on_as_nobody_hears_himself(iters):
    unary, pair = energies(16, 2, 6, gamma=5.0)
    found = social_marginals(unary, pair, iters=iters)
    torch.testing.assert_close(found, exact_marginals(unary, pair), rtol=0, atol=1e-12)


def test_four_who_all_mind_one_another_are_nearly_right_after_three_sweeps():
    errors = []
    for gamma in (2.0, 4.0, 10.0):
        unary, pair = energies(100, 4, 6, gamma=gamma, seed=int(gamma))
        exact = exact_marginals(unary, pair).exp()
        sweeps = [social_marginals(unary, pair, iters=iters).exp() for iters in range(4)]
        errors.append(torch.stack([(sweep - exact).abs().amax((1, 2)) for sweep in sweeps]))
    alone, _, _, three = torch.cat(errors, 1).median(dim=1).values
    assert three < 0.06
    assert three < alone / 4


def test_damped_sweeps_end_where_undamped_ones_do():
    unary, pair = energies(20, 4, 6, gamma=2.0)
    damped = social_marginals(unary, pair, iters=200, damping=0.5)
    torch.testing.assert_close(damped, social_marginals(unary, pair, iters=100), rtol=0, atol=1e-9)


@pytest.mark.parametrize("iters", [0, 3])
def test_without_collisions_everybody_is_the_softmax_of_his_own_energy(iters):
    unary, pair = energies(4, 5, 6)
    for energy in (0.0 * pair, 1e-12 * pair):
        torch.testing.assert_close(
            social_marginals(unary, energy, iters=iters), (-unary).log_softmax(-1), rtol=0, atol=1e-10
        )


def test_what_costs_without_end_never_happens():
    unary = torch.tensor([[[0.0, 1.0], [0.0, 1.0]]], dtype=torch.float64)
    pair = torch.zeros(1, 2, 2, 2, 2, dtype=torch.float64)
    pair[0, 0, 1, 0, 0] = 1e6  # both cannot have the first
    found = social_marginals(unary, pair).exp()
    share = 2.0 * math.exp(-1.0) + math.exp(-2.0)
    first = math.exp(-1.0) / share
    torch.testing.assert_close(found[0, :, 0], torch.full((2,), first, dtype=torch.float64))


@pytest.mark.parametrize("mode", MODES)
def test_no_order_of_the_actors_or_of_their_samples_matters(mode):
    unary, pair = energies(3, 5, 4)
    found = social_marginals(unary, pair, mode=mode)
    order, samples = torch.tensor([3, 1, 4, 0, 2]), torch.tensor([2, 0, 3, 1])
    turned = social_marginals(unary[:, order], pair[:, order][:, :, order], mode=mode)
    torch.testing.assert_close(turned, found[:, order])
    turned = social_marginals(unary[..., samples], pair[..., samples, :][..., samples], mode=mode)
    torch.testing.assert_close(turned, found[..., samples])


@pytest.mark.parametrize("nonsense", [1e9, float("nan"), float("inf")])
def test_absent_ones_say_nothing_whatever_stands_in_their_places(nonsense):
    unary, pair = energies(2, 5, 4)
    mask = torch.tensor([[True, False, True, True, False], [True, True, True, False, True]])
    unary[~mask] = nonsense
    pair = pair.masked_fill(~(mask[:, :, None] & mask[:, None])[..., None, None], nonsense).requires_grad_()
    unary.requires_grad_()
    found = social_marginals(unary, pair, mask=mask)
    for row in range(2):
        here = mask[row]
        alone = social_marginals(unary[row : row + 1, here], pair[row : row + 1, here][:, :, here])
        torch.testing.assert_close(found[row, here], alone[0])
    torch.testing.assert_close(found[~mask].exp(), torch.full((3, 4), 0.25, dtype=torch.float64))
    torch.testing.assert_close(exact_marginals(unary, pair, mask=mask)[~mask], found[~mask])
    found[mask].square().sum().backward()
    assert unary.grad is not None
    assert pair.grad is not None
    assert unary.grad.isfinite().all()
    assert pair.grad.isfinite().all()


@pytest.mark.parametrize("mode", MODES)
def test_pairs_that_are_listed_are_all_that_is_needed(mode):
    """Where two never meet, neither tells the other anything."""
    unary, pair = energies(3, 5, 4)
    pair = kept(pair, TREES["branches"])
    row, first, second = (pair.flatten(3) != 0).any(-1).triu(1).nonzero(as_tuple=True)
    assert 0 < len(row) <= 3 * 4
    found = linked_marginals(unary, Links(row, first, second, pair[row, first, second]), mode=mode).log_belief
    torch.testing.assert_close(found, social_marginals(unary, pair, mode=mode), rtol=0, atol=1e-12)
    nobody = torch.zeros(0, dtype=torch.int64)
    alone = linked_marginals(unary, Links(nobody, nobody, nobody, pair[nobody, nobody, nobody]), mode=mode).log_belief
    torch.testing.assert_close(alone, (-unary).log_softmax(-1))


def test_without_an_actor_s_word_beliefs_on_trees_are_those_of_a_world_without_him():
    unary, pair = energies(6, 5, 4)
    pair = kept(pair, TREES["star"])
    row, first, second = (pair.flatten(3) != 0).any(-1).triu(1).nonzero(as_tuple=True)
    found = linked_marginals(unary, Links(row, first, second, pair[row, first, second]), iters=4)
    others = [0, 1, 3, 4]
    for actor, alone in ((2, others), (0, [1, 2, 3, 4])):
        wanted = exact_marginals(unary[:, alone], pair[:, alone][:, :, alone])
        # beyond those whom he told himself his word has gone on
        near = [k for k, other in enumerate(alone) if actor == 2 or other == 2]
        heard = found.without(actor)[:, [alone[k] for k in near]]
        torch.testing.assert_close(heard, wanted[:, near], rtol=0, atol=1e-10)
    assert not torch.allclose(found.without(2)[:, others], found.log_belief[:, others], atol=1e-3)


@pytest.mark.parametrize("gamma", [MODERATE * (1 - 1e-9), MODERATE * (1 + 1e-9)])
def test_strong_energies_are_told_in_the_log_domain_and_say_the_same(gamma):
    unary, pair = energies(8, 4, 5, gamma=gamma)
    exact = exact_marginals(unary, kept(pair, TREES["pair"]))
    for dtype, atol in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
        found = social_marginals(unary.to(dtype), kept(pair, TREES["pair"]).to(dtype))
        torch.testing.assert_close(found, exact.to(dtype), rtol=1e-5 if dtype == torch.float32 else 1e-12, atol=atol)


@pytest.mark.parametrize("damping", [0.0, 0.5])
def test_gradients_are_those_of_finite_differences(damping):
    unary, pair = energies(2, 3, 3)
    pair = pair + 0.1 * energies(2, 3, 3, seed=1)[1]
    mask = torch.tensor([[True, True, True], [True, False, True]])

    def beliefs(unary, pair):
        return social_marginals(unary, pair, mask=mask, damping=damping)

    assert gradcheck(beliefs, (unary.requires_grad_(), pair.requires_grad_()))


def test_beliefs_sum_to_one_in_the_precision_of_networks_however_strong_the_energies():
    unary, pair = energies(8, 6, 5, gamma=1e4)
    found = social_marginals((100.0 * unary).float(), pair.float())
    assert found.isfinite().all()
    torch.testing.assert_close(found.exp().sum(-1), torch.ones(8, 6), rtol=0, atol=1e-5)


def test_one_actor_alone_is_the_softmax_of_his_energy():
    unary, pair = energies(3, 1, 4)
    for found in (
        social_marginals(unary, pair),
        exact_marginals(unary, pair),
        exact_marginals(unary, pair, mode="max"),
    ):
        torch.testing.assert_close(found, (-unary).log_softmax(-1))


def test_mistakes_are_named():
    unary, pair = energies(1, 2, 2)
    with pytest.raises(ValueError, match=r"Unknown mode of message passing 'summ'\. Did you mean 'sum'\?"):
        social_marginals(unary, pair, mode="summ")
    with pytest.raises(ValueError, match=r"damping in \[0, 1\), got 3 and 1\.0"):
        social_marginals(unary, pair, damping=1.0)
    with pytest.raises(ValueError, match=r"at most 16777216 joint futures, got 1 x 40 \*\* 5"):
        exact_marginals(torch.zeros(1, 5, 40), torch.zeros(1, 5, 5, 40, 40))
