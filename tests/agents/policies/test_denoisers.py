"""Denoisers of every kind: nothing in them is idle, rows do not meet, and what is known ahead can be computed ahead."""

import pytest
import torch

from agents.policies.denoisers import DENOISERS, make_denoiser

WIDTHS = {"mlp": 32, "unet": 8, "transformer": 16}
FEATURES = 6
every_kind = pytest.mark.parametrize("kind", DENOISERS)


def denoiser(kind, horizon=8, size=2):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return make_denoiser(kind, FEATURES, horizon, size, WIDTHS[kind])


def batch(count=5, horizon=8, size=2):
    rng = torch.Generator().manual_seed(1)
    chunk = torch.randn(count, horizon, size, generator=rng)
    return chunk, torch.rand(count, generator=rng), torch.randn(count, FEATURES, generator=rng)


@every_kind
def test_gradients_reach_every_parameter(kind):
    network = denoiser(kind)
    network(*batch()).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert (parameter.grad != 0.0).any(), name


@every_kind
@pytest.mark.parametrize(("horizon", "size"), [(1, 1), (2, 3), (7, 2), (16, 1)])
def test_chunks_of_any_length_keep_their_shape(kind, horizon, size):
    inputs = batch(3, horizon, size)
    assert denoiser(kind, horizon, size)(*inputs).shape == (3, horizon, size)


@every_kind
def test_a_batch_is_answered_as_its_rows_are(kind):
    network, inputs = denoiser(kind), batch(9)
    together = network(*inputs)
    alone = torch.cat([network(*(part[i : i + 1] for part in inputs)) for i in range(9)])
    torch.testing.assert_close(together, alone, rtol=0.0, atol=1e-5)


@every_kind
def test_guides_made_ahead_change_nothing(kind):
    network, (chunk, time, features) = denoiser(kind), batch()
    rows = torch.tensor([3, 0, 0, 4, 1])
    table, known = network.embed(time), network.condition(features)
    torch.testing.assert_close(network.refine(chunk, table[rows] + known), network(chunk, time[rows], features))


@every_kind
@pytest.mark.parametrize("changed", [0, 1, 2], ids=["chunk", "time", "features"])
def test_every_input_matters_to_every_number(kind, changed):
    network, inputs = denoiser(kind), list(batch())
    before = network(*inputs)
    inputs[changed] = inputs[changed].flip(0)
    moved = (network(*inputs) - before).abs()[torch.tensor([0, 1, 3, 4])]
    assert (moved > 0.0).all()


@every_kind
def test_every_action_of_a_chunk_tells_of_every_other(kind):
    network, (chunk, time, features) = denoiser(kind), batch()
    for i in range(8):
        other = chunk.clone()
        other[:, i] += 1.0
        assert ((network(other, time, features) - network(chunk, time, features)).abs().amax(dim=(0, 2)) > 0.0).all()


def test_an_unknown_kind_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match=r"Unknown denoiser 'unett'. Did you mean 'unet'\?"):
        make_denoiser("unett", 4, 8, 2)


@pytest.mark.parametrize(("kind", "message"), [("unet", "a multiple of 8, got 12"), ("transformer", "of 4, got 7")])
def test_widths_that_cannot_be_are_refused(kind, message):
    with pytest.raises(ValueError, match=message):
        make_denoiser(kind, 4, 8, 2, {"unet": 12, "transformer": 7}[kind])
