"""The fitting of a model: the same for the same seed, wherever it was interrupted, and to the bottom of a parabola."""

import numpy as np
import pytest
import torch
from bitwise import assert_same

from world_models.experience import Windows
from world_models.fitting import FitConfig, Fitting
from world_models.model import WorldModel
from world_models.rollout import Latent, Rollout
from world_models.spec import Actions, Spec

TRUTH = torch.tensor([[0.9, 0.1], [-0.1, 0.8]])
SPEC = Spec({"ego": (2,)}, Actions("continuous", 1, (-1.0,), (1.0,)), 1.0, (), ("latent",))


class Linear(WorldModel):
    """What is seen, times a matrix, plus what is done."""

    name, Config = "linear", object

    def __init__(self, noise=0.0):
        super().__init__(SPEC, None)
        self.matrix = torch.nn.Parameter(torch.eye(2))
        self.offset = torch.nn.Parameter(torch.zeros(2))
        self.register_buffer("scale", torch.zeros(()))
        self.noise = noise

    @classmethod
    def for_env(cls, env, **config):
        return cls(**config)

    def encode(self, observation, before=None):
        return Latent({"seen": observation["ego"]}, observation)

    def predict(self, latent, actions, *, samples=1, draws=None):
        raise NotImplementedError

    def decode_one(self, rollout: Rollout, key):
        raise NotImplementedError

    def prepare(self, windows):
        self.scale += windows.observation["ego"].std()

    def loss(self, windows):
        seen = windows.observation["ego"]
        foreseen = seen[:, :-1] @ self.matrix.T + self.offset + windows.actions
        foreseen = foreseen + self.noise * torch.randn_like(foreseen)
        error = (foreseen - seen[:, 1:]).square().mean()
        return error, {"error": error.item()}


class Source:
    """Windows of the true system, each drawn by what it is asked with."""

    def sample(self, batch, frames, rng):
        actions = torch.from_numpy(rng.normal(size=(batch, frames - 1, 1)).astype(np.float32))
        seen = [torch.from_numpy(rng.normal(size=(batch, 2)).astype(np.float32))]
        for step in range(frames - 1):
            seen.append(seen[-1] @ TRUTH.T + actions[:, step])
        flags, numbers = torch.zeros(batch, frames - 1), torch.zeros(batch, frames)
        return Windows({"ego": torch.stack(seen, 1)}, actions, flags, flags > 0, flags == 0, numbers)


def fitted(updates=60, until=None, noise=0.0, **config):
    fitting = Fitting(Linear(noise), FitConfig(updates=updates, batch=16, frames=4, lr=0.1, warmup=5, **config))
    fitting.run(Source(), until)
    return fitting


def without_seconds(history):
    return [{key: value for key, value in entry.items() if key != "seconds"} for entry in history]


def test_a_linear_system_is_learned_exactly():
    fitting = fitted(400, weight_decay=0.0)
    assert torch.allclose(fitting.model.matrix, TRUTH, atol=1e-4)
    assert fitting.history[-1]["loss"] < 1e-6 < fitting.history[0]["loss"]


def test_a_seed_is_a_result_and_the_callers_generator_stays_as_it_was():
    torch.manual_seed(7)
    before = torch.get_rng_state()
    first, second, other = fitted(noise=0.1), fitted(noise=0.1), fitted(noise=0.1, seed=1)
    assert torch.equal(torch.get_rng_state(), before)
    assert_same(first.model.state_dict(), second.model.state_dict())
    assert not torch.equal(first.model.matrix, other.model.matrix)


@pytest.mark.parametrize("at", [1, 30, 59])
def test_an_interrupted_fitting_ends_as_an_uninterrupted_one(at):
    whole, half, rest = fitted(noise=0.1), fitted(until=at, noise=0.1), fitted(until=0, noise=0.1)
    rest.model.load_state_dict(half.model.state_dict())
    rest.restore(half.tensors())
    rest.run(Source())
    assert_same(rest.model.state_dict(), whole.model.state_dict())
    assert rest.updates == whole.updates == 60


def test_the_rate_rises_then_falls_to_its_end():
    fitting = Fitting(Linear(), FitConfig(updates=100, warmup=10, lr=1.0))
    rates = []
    for fitting.updates in range(100):
        rates.append(fitting.rate())
    assert rates[0] == pytest.approx(0.1, abs=1e-3)
    assert np.argmax(rates) == 9
    assert rates[9:] == sorted(rates[9:], reverse=True)
    assert rates[-1] == pytest.approx(0.02, abs=1e-3)


def test_every_stretch_is_told_with_its_named_parts_and_what_was_held_back():
    told, held_back = [], Source().sample(24, 4, np.random.default_rng(9))
    fitting = Fitting(Linear(), FitConfig(updates=20, batch=16, frames=4, warmup=1))
    fitting.run(Source(), validation=held_back, report=told.append, every=8)
    assert told == fitting.history
    assert [entry["updates"] for entry in told] == [8, 16, 20]
    assert all(entry["loss"] == pytest.approx(entry["error"]) for entry in told)
    assert told[-1]["validation/loss"] == pytest.approx(fitting.model.loss(held_back)[0].item())


def test_it_stops_when_its_seconds_are_spent():
    fitting = fitted(10**7, seconds=0.05)
    assert 0 < fitting.updates < 10**5
    assert fitting.is_over


def test_inputs_are_measured_once_before_the_first_update():
    fitting = fitted(until=1)
    once = fitting.model.scale.clone()
    fitting.run(Source(), 5)
    assert once > 0
    assert torch.equal(fitting.model.scale, once)


def test_a_loss_that_is_no_number_is_told_with_its_parts():
    fitting = Fitting(Linear(), FitConfig(updates=3))
    with torch.no_grad():
        fitting.model.matrix.fill_(torch.nan)
    with pytest.raises(FloatingPointError, match=r"linear: the loss of update 0 is nan, of \{'error': nan\}"):
        fitting.run(Source())


@pytest.mark.parametrize("wrong", [{"updates": 0}, {"frames": 1}, {"lr": 0.0}, {"clip": float("nan")}])
def test_what_makes_no_sense_is_named(wrong):
    (name,) = wrong
    with pytest.raises(ValueError, match=rf"FitConfig\.{name}: expected"):
        FitConfig(**wrong)


def test_what_does_not_learn_is_refused():
    model = Linear()
    for part in model.parameters():
        part.requires_grad_(False)
    with pytest.raises(ValueError, match="'linear' has nothing to learn"):
        Fitting(model, FitConfig())
