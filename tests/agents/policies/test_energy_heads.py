"""Energies of chunks: what they hang on, what learning them leaves alone, and that two ways stay two."""

import pytest
import torch

from agents.policies.energy import AutoregressiveEnergyHead, EnergyHead
from agents.policies.landscape import energy_slice
from agents.policies.negatives import KINDS
from agents.policies.noise import GeneratorNoise
from agents.policies.samplers import make_sampler

HEADS = (EnergyHead, AutoregressiveEnergyHead)


def noise(batch: int, seed: int = 0) -> GeneratorNoise:
    return GeneratorNoise(batch, torch.Generator().manual_seed(seed))


def made(kind, *shape: int, **settings):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return kind(*shape, width=32, **settings)


def shaken(kind, *shape: int, **settings):
    """With no weight at zero, which would hide what hangs on what."""
    head = made(kind, *shape, **settings)
    with torch.no_grad():
        head.network.family.last.copy_(
            noise(1).normal(head.network.family.last.numel()).view_as(head.network.family.last)
        )
    return head


def fitted(head, features, chunk, updates: int):
    """The head after some updates on batches of 64 of the rows."""
    descent = torch.optim.Adam(head.parameters(), lr=5e-3)
    generator = torch.Generator().manual_seed(0)
    for _ in range(updates):
        rows = torch.randint(len(features), (64,), generator=generator)
        loss = head.loss(features[rows], chunk[rows], torch.ones(64, head.horizon), GeneratorNoise(64, generator))
        descent.zero_grad()
        loss.backward()
        descent.step()
    return head


def test_an_autoregressive_energy_looks_at_earlier_numbers_and_not_at_later_ones():
    head = shaken(AutoregressiveEnergyHead, 3, 1, 5)
    features, chunk, candidates = noise(4).normal(3), noise(4, 1).normal(5), noise(4, 2).normal(7, 5)
    usual = head.network.beside(features, chunk).each(candidates)
    for number in range(5):
        other = chunk.clone()
        other[:, number] += 0.5
        changed = head.network.beside(features, other).each(candidates)
        assert torch.equal(changed[:, : number + 1], usual[:, : number + 1])
        assert all((changed[:, later] != usual[:, later]).any() for later in range(number + 1, 5))


def test_energies_one_by_one_are_those_of_the_pass_over_all_numbers():
    head = shaken(AutoregressiveEnergyHead, 3, 2, 2)
    features, chunk, candidates = noise(4).normal(3), noise(4, 1).normal(4), noise(4, 2).normal(7, 4)
    following = head.network.bind(features)
    for number in range(4):
        alone = following(chunk[:, :number])(candidates[..., number, None])
        assert torch.allclose(alone, head.network.beside(features, chunk).each(candidates)[:, number], atol=1e-5)


def test_candidates_do_not_see_each_other_and_features_are_told_once():
    head = shaken(EnergyHead, 3, 1, 2)
    calls = []
    head.network.family.hidden.register_forward_hook(lambda *_: calls.append(1))
    energy = head.network.bind(noise(4).normal(3))
    places = noise(4, 1).normal(9, 2)
    together = energy(places)
    alone = torch.cat([energy(places[:, [j]]) for j in range(9)], dim=1)
    assert torch.allclose(together, alone, atol=1e-5)
    assert len(calls) == 1


def test_a_search_number_by_number_looks_at_the_features_once():
    head, calls = shaken(AutoregressiveEnergyHead, 3, 2, 2), []
    head.network.shared.register_forward_hook(lambda *_: calls.append(1))
    head.propose(noise(4).normal(3), noise(4, 1))
    assert len(calls) == 1


@pytest.mark.parametrize("kind", HEADS)
def test_sampling_changes_no_weight_and_no_global_generator(kind):
    head = shaken(kind, 3, 2, 2)
    weights = {name: tensor.clone() for name, tensor in head.state_dict().items()}
    torch.manual_seed(11)
    before = torch.get_rng_state()
    for name in head.samplers:
        chunk = head.propose(noise(3).normal(3), noise(3), sampler=make_sampler(name))
        assert chunk.shape == (3, 2, 2)
        assert not chunk.requires_grad
    head.loss(noise(3).normal(3), noise(3, 1).uniform(2, 2), torch.ones(3, 2), noise(3)).backward()
    assert all(torch.equal(weights[name], tensor) for name, tensor in head.state_dict().items())
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("kind", HEADS)
def test_equal_noise_gives_equal_chunks(kind):
    head, features = shaken(kind, 3, 1, 2), noise(3).normal(3)
    for name in head.samplers:
        first, second = (head.propose(features, noise(3), sampler=make_sampler(name)) for _ in range(2))
        assert torch.equal(first, second)


@pytest.mark.parametrize("kind", HEADS)
def test_what_pads_a_chunk_is_no_matter(kind):
    head, features, chunk = shaken(kind, 3, 3, 2), noise(8).normal(3), noise(8, 1).uniform(3, 2)
    weight = (torch.arange(3) < 2).float().expand(8, 3)
    filled = chunk.clone()
    filled[:, 2] = 0.9
    assert torch.equal(head.loss(features, chunk, weight, noise(8)), head.loss(features, filled, weight, noise(8)))


@pytest.mark.parametrize("negatives", KINDS)
@pytest.mark.parametrize("penalty", [0.0, 1.0])
def test_every_kind_of_negatives_teaches_every_weight(negatives, penalty):
    head = shaken(EnergyHead, 3, 1, 2, negatives=negatives, penalty=penalty)
    head.loss(noise(32).normal(3), noise(32, 1).uniform(1, 2), torch.ones(32, 1), noise(32)).backward()
    assert all(weight.grad is not None and weight.grad.abs().max() > 0 for weight in head.parameters())


@pytest.mark.parametrize("kind", HEADS)
def test_two_ways_stay_two_where_their_mean_is_wrong(kind):
    """The expert goes to (s, s) with s = +-0.6 by a coin: never to the middle, never to (s, -s)."""
    side = noise(512).uniform(1).round() * 2.0 - 1.0
    head = fitted(made(kind, 1, 1, 2), torch.zeros(512, 1), (0.6 * side).expand(512, 2)[:, None], 400)
    for name in head.samplers:
        found = head.propose(torch.zeros(300, 1), noise(300), sampler=make_sampler(name))[:, 0]
        assert ((found.abs() - 0.6).abs().amax(dim=1) < 0.2).float().mean() > 0.9
        assert (found.prod(dim=1) > 0).float().mean() > 0.95
        assert 0.1 < (found[:, 0] > 0).float().mean() < 0.9


def test_an_energy_of_few_choices_knows_where_a_rare_one_belongs():
    """At one place of 16 the expert goes to either of two codes by a coin, and else to a third."""
    codes = torch.eye(3) * 2.0 - 1.0
    head = made(EnergyHead, 2, 1, 3, wells=6, choices=codes)
    place = torch.arange(1024) % 16
    way = torch.where(place == 0, (torch.arange(1024) // 16) % 2, 2)
    seen = torch.stack([(place == 0).float(), place / 16], dim=1)
    fitted(head, seen, codes[way][:, None], 400)
    with torch.no_grad():
        chance = torch.softmax(-head.joint(seen[:16], codes.expand(16, -1, -1)), dim=1)
    assert torch.allclose(chance[0], torch.tensor([0.5, 0.5, 0.0]), atol=0.15)
    assert (chance[1:, 2] > 0.95).all()


@pytest.mark.parametrize("kind", HEADS)
def test_a_slice_holds_the_energies_of_its_places(kind):
    head, features, through = shaken(kind, 3, 2, 2), noise(2).normal(3), noise(2, 1).uniform(2, 2)
    numbers, energy = energy_slice(head, features, through, axes=(3, 1), size=9)
    assert energy.shape == (2, 9, 9)
    place = through.flatten(1).clone()
    place[:, 3], place[:, 1] = float(numbers[7]), float(numbers[2])
    with torch.no_grad():
        expected = head.joint(features, place[:, None])[:, 0]
    assert torch.allclose(torch.from_numpy(energy[:, 2, 7]), expected, atol=1e-4)


@pytest.mark.parametrize("axes", [(0, 0), (0, 4), (-1, 2)])
def test_a_slice_needs_two_numbers_of_the_chunk(axes):
    with pytest.raises(ValueError, match="expected two different numbers below 4"):
        energy_slice(made(EnergyHead, 3, 2, 2), torch.zeros(1, 3), torch.zeros(1, 2, 2), axes=axes)
