"""Heads that denoise: what their losses are, what padding and rows may not change, and where two ways lead them."""

import pytest
import torch
from torch import nn

from agents.policies.denoisers import DENOISERS
from agents.policies.diffusion import TARGETS, DiffusionHead
from agents.policies.flow import FlowHead
from agents.policies.noise import GeneratorNoise, RowNoise
from agents.policies.samplers import make_sampler
from agents.policies.samplers.ddim import DDIM
from agents.policies.two_pass import TwoPassHead
from agents.row_noise import count_rows

FEATURES, HORIZON, SIZE = 5, 6, 2
WIDTHS = {"mlp": 32, "unet": 8, "transformer": 16}
HEADS = {"diffusion": DiffusionHead, "flow": FlowHead, "two-pass": TwoPassHead}
every_head = pytest.mark.parametrize("name", HEADS)
every_denoiser = pytest.mark.parametrize("denoiser", DENOISERS)


def head_of(name, denoiser="mlp"):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return HEADS[name](FEATURES, HORIZON, SIZE, denoiser=denoiser, width=WIDTHS[denoiser])


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def batch(count=7):
    generator = rng(1)
    features = torch.randn(count, FEATURES, generator=generator)
    chunk = torch.rand(count, HORIZON, SIZE, generator=generator) * 2 - 1
    weight = (torch.arange(HORIZON) < torch.randint(1, HORIZON + 1, (count, 1), generator=generator)).float()
    return features, chunk, weight


def gradients(head, features, chunk, weight):
    head.zero_grad()
    head.loss(features, chunk, weight, GeneratorNoise(len(chunk), rng())).backward()
    return [parameter.grad.clone() for parameter in head.parameters()]


@every_head
@every_denoiser
def test_what_padding_is_filled_with_changes_no_gradient(name, denoiser):
    head, (features, chunk, weight) = head_of(name, denoiser), batch()
    other = torch.where(weight[..., None] > 0, chunk, torch.full_like(chunk, 0.77))
    assert not torch.equal(chunk, other)
    for one, two in zip(
        gradients(head, features, chunk, weight), gradients(head, features, other, weight), strict=True
    ):
        assert torch.equal(one, two)


@every_head
@every_denoiser
def test_gradients_of_the_loss_reach_every_parameter(name, denoiser):
    head = head_of(name, denoiser)
    assert all((gradient != 0.0).any() for gradient in gradients(head, *batch()))


class Told(nn.Module):
    """Answers with what it is shown, and remembers it."""

    def __init__(self):
        super().__init__()
        self.shown = []

    def forward(self, chunk, time, features):
        self.shown.append((chunk, time))
        return torch.zeros_like(chunk)


@pytest.mark.parametrize("target", TARGETS)
def test_the_loss_of_diffusion_is_the_distance_to_its_target_at_a_step_drawn_evenly(target):
    head, count = head_of("diffusion"), 4000
    head.target = target
    head.denoiser = Told()
    chunk = torch.full((count, HORIZON, SIZE), 0.5)
    loss = head.loss(torch.zeros(count, FEATURES), chunk, torch.ones(count, HORIZON), GeneratorNoise(count, rng()))
    ((shown, time),) = head.denoiser.shown
    step = (time * 100).round().long()
    assert set(step.tolist()) == set(range(100))
    drawn = GeneratorNoise(count, rng())
    drawn.uniform()
    error = drawn.normal(HORIZON, SIZE)
    kept = torch.from_numpy(head.schedule.kept)[step][:, None, None]
    torch.testing.assert_close(shown.double(), kept.sqrt() * 0.5 + (1 - kept).sqrt() * error, rtol=0.0, atol=1e-6)
    velocity = kept.sqrt() * error - (1 - kept).sqrt() * 0.5
    torch.testing.assert_close(loss, (error if target == "error" else velocity.float()).square().mean())


def test_diffusion_makes_the_error_of_what_its_denoiser_answers():
    """Of a denoiser that knows the action, either answer leaves it, whatever noise it began with."""
    head, action = head_of("diffusion"), torch.full((HORIZON, SIZE), 0.3)

    def answer(chunk, guide):
        step = head.told
        signal, spread = head.schedule.shares(step, chunk.dtype)
        error = (chunk - signal * action) / spread
        return error if head.target == "error" else signal * error - spread * action

    class Kept:
        visits = staticmethod(DDIM().visits)

        def sample(self, predict_error, start, schedule, noise):
            def told(chunk, step):
                head.told = step
                return predict_error(chunk, step)

            return DDIM().sample(told, start, schedule, noise)

    head.denoiser.refine = answer
    for head.target in TARGETS:
        chunk = head.propose(torch.zeros(7, FEATURES), GeneratorNoise(7, rng()), sampler=Kept())
        torch.testing.assert_close(chunk, action.expand(7, -1, -1), rtol=0.0, atol=1e-3)


def test_the_loss_of_flow_is_the_distance_to_the_straight_way():
    head, (features, chunk, _) = head_of("flow"), batch()
    head.denoiser = Told()
    loss = head.loss(features, chunk, torch.ones(7, HORIZON), GeneratorNoise(7, rng()))
    ((shown, time),) = head.denoiser.shown
    drawn = GeneratorNoise(7, rng())
    torch.testing.assert_close(time, drawn.uniform())
    start, share = drawn.normal(HORIZON, SIZE), time[:, None, None]
    torch.testing.assert_close(shown, (1 - share) * start + share * chunk)
    torch.testing.assert_close(loss, (chunk - start).square().mean())


def test_two_passes_equal_two_evaluations_by_hand():
    head, (features, chunk, weight) = head_of("two-pass"), batch()
    noise = GeneratorNoise(7, rng())
    start, late = torch.zeros(7), torch.full((7,), 0.9)
    first = head.denoiser(torch.zeros_like(chunk), start, features)
    second = head.denoiser(first, late, features)
    torch.testing.assert_close(head.propose(features, noise), second)
    assert torch.equal(head.propose(features, noise), head.propose(features, noise))
    assert head.passes == 2

    shown = chunk * weight[..., None] + 0.1 * GeneratorNoise(7, rng(3)).normal(HORIZON, SIZE)
    mended = head.denoiser(shown, late, features)
    error = (first - chunk) ** 2 / 0.81 + (mended - chunk) ** 2 / 0.01
    expected = (error.mean(dim=2) * weight).sum() / weight.sum()
    torch.testing.assert_close(head.loss(features, chunk, weight, GeneratorNoise(7, rng(3))), expected)


@every_head
@every_denoiser
def test_rows_do_not_meet(name, denoiser):
    head, (features, _, _) = head_of(name, denoiser), batch()
    counts = count_rows(7, None, None)
    for sampler in [make_sampler(one, steps=4) for one in head.samplers] or [None]:
        together = head.propose(features, RowNoise(3, counts), sampler=sampler)
        for i in (0, 3, 6):
            one = torch.arange(i, i + 1).numpy()
            alone = head.propose(features[i : i + 1], RowNoise(3, counts.of(one)), sampler=sampler)
            torch.testing.assert_close(alone, together[i : i + 1], rtol=0.0, atol=1e-5)


@every_head
def test_the_callers_generator_and_the_weights_are_left_alone(name):
    head, (features, chunk, weight) = head_of(name), batch()
    state = {key: value.clone() for key, value in head.state_dict().items()}
    before = torch.get_rng_state()
    head.loss(features, chunk, weight, GeneratorNoise(7, rng()))
    for sampler in (make_sampler(one) for one in head.samplers):
        head.propose(features, GeneratorNoise(7, rng()), sampler=sampler)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(value, state[key]) for key, value in head.state_dict().items())


WAYS = torch.tensor([[[0.3, 0.6]], [[0.3, -0.6]]])
"""Two ways past: they differ in their second number."""


def learned(kind, share, updates):
    """A head that has seen two ways, the first in `share` of all cases."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        head = kind(1, 1, 2, width=64)
    optimizer = torch.optim.Adam(head.parameters(), lr=3e-3)
    features, weight, generator = torch.ones(128, 1), torch.ones(128, 1), rng(5)
    for update in range(updates):
        optimizer.param_groups[0]["lr"] = 3e-3 * (1.0 - update / updates)
        way = (torch.rand(128, generator=generator) >= share).long()
        loss = head.loss(features, WAYS[way], weight, GeneratorNoise(128, generator))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return head


@torch.no_grad()
def shares(head, sampler=None):
    """Of a thousand proposals: how many take either way, to within 0.15 in every number."""
    chunk = head.propose(torch.ones(1000, 1), GeneratorNoise(1000, rng(6)), sampler=sampler)
    return [((chunk - way).abs().amax(dim=(1, 2)) < 0.15).float().mean().item() for way in WAYS]


@pytest.mark.parametrize("name", ["diffusion", "flow"])
def test_heads_that_sample_take_both_ways_as_often_as_they_have_seen_them(name):
    head = learned(HEADS[name], 0.6, 250)
    for sampler in head.samplers:
        found = shares(head, make_sampler(sampler))
        assert sum(found) > 0.9, sampler
        assert found[0] == pytest.approx(0.6, abs=0.1), sampler


def test_two_passes_stay_between_two_ways_that_are_taken_equally_often():
    head = learned(TwoPassHead, 0.5, 150)
    guess = head.propose(torch.ones(1, 1), GeneratorNoise(1, rng()))
    assert shares(head) == [0.0, 0.0]
    torch.testing.assert_close(guess, WAYS.mean(dim=0, keepdim=True), rtol=0.0, atol=0.2)


def test_two_passes_take_the_usual_way_for_ever():
    assert shares(learned(TwoPassHead, 0.9, 150)) == [1.0, 0.0]
