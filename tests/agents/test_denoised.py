"""Agents whose chunks pass through a denoiser: samplers are swapped on the same weights, and settings are checked."""

import numpy as np
import pytest
import torch
from gymnasium import spaces

import agents
from agents.policies.denoisers import DENOISERS

SAMPLED = {"diffusion-policy": ("ddim", "ddpm"), "flow-policy": ("euler", "heun")}
NAMES = [*SAMPLED, "two-pass-policy"]
OBSERVATION = {"position": np.linspace(-1.0, 1.0, 8, dtype=np.float32).reshape(4, 2)}


class Plane:
    """Spaces are all that an untrained agent needs of a world."""

    observation_space = spaces.Dict({"position": spaces.Box(-1.0, 1.0, (2,), np.float32)})
    action_space = spaces.Box(-2.0, 2.0, (3,), np.float32)


def make(name, **config):
    return agents.make(name, Plane(), **{"hidden": 16, "horizon": 6, "execute": 2, **config})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("denoiser", DENOISERS)
def test_actions_are_of_the_space_and_the_same_for_the_same_seed(name, denoiser):
    first, second = (make(name, denoiser=denoiser) for _ in range(2))
    state = other = None
    for _ in range(5):
        action, state = first.predict(OBSERVATION, state)
        again, other = second.predict(OBSERVATION, other)
        assert action.shape == (4, 3)
        assert np.abs(action).max() <= 2.0
        np.testing.assert_array_equal(action, again)


@pytest.mark.parametrize("name", SAMPLED)
def test_another_sampler_draws_from_the_same_weights(name):
    agent = make(name)
    before = {key: value.clone() for key, value in agent.network.state_dict().items()}
    for sampler in SAMPLED[name]:
        other = agent.with_sampler(sampler, steps=3)
        assert other.network is agent.network
        assert other.evaluations == (5 if sampler == "heun" else 3)
        other.predict(OBSERVATION)
    assert all(torch.equal(value, before[key]) for key, value in agent.network.state_dict().items())
    assert agent.evaluations == 10


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_agent_decides_as_before(name, tmp_path):
    agent = make(name)
    agent.save(tmp_path / "agent.safetensors")
    loaded = agents.load(tmp_path / "agent.safetensors")
    np.testing.assert_array_equal(agent.predict(OBSERVATION)[0], loaded.predict(OBSERVATION)[0])


@pytest.mark.parametrize("name", NAMES)
def test_without_a_width_the_denoiser_has_the_one_that_suits_it(name):
    for denoiser, (_, width) in DENOISERS.items():
        (default, named) = (make(name, denoiser=denoiser, hidden=hidden) for hidden in (None, width))
        assert [p.shape for p in default.network.parameters()] == [p.shape for p in named.network.parameters()]


@pytest.mark.parametrize(
    ("name", "config", "message"),
    [
        ("diffusion-policy", {"sampler": "euler"}, r"Unknown sampler 'euler'.*'ddim'"),
        ("flow-policy", {"sampler": "hein"}, r"Unknown sampler 'hein'. Did you mean 'heun'\?"),
        ("flow-policy", {"steps": 0}, r"FlowConfig.steps: expected >= 1, got 0"),
        ("diffusion-policy", {"steps": 101}, r"DiffusionConfig.steps: expected <= train_steps \(100\), got 101"),
        ("diffusion-policy", {"train_steps": 1}, r"DiffusionConfig.train_steps: expected >= 2, got 1"),
        ("two-pass-policy", {"denoiser": "mlpp"}, r"Unknown denoiser 'mlpp'. Did you mean 'mlp'\?"),
    ],
)
def test_settings_that_do_not_fit_are_refused(name, config, message):
    with pytest.raises(ValueError, match=message):
        make(name, **config)


def test_a_sampler_of_another_family_is_refused():
    with pytest.raises(ValueError, match=r"Unknown sampler of 'flow-policy' 'ddim'"):
        make("flow-policy").with_sampler("ddim")
