"""The implicit policy: what its config refuses, and samplers that are swapped on the same weights."""

import gymnasium
import numpy as np
import pytest
from agents_for_tests import open_world

import agents
from agents.implicit_policy import ImplicitPolicy
from agents.policies.energy_networks import COPIED

SMALL = {"horizon": 2, "execute": 1, "hidden": 16, "updates": 3, "labels": 64, "num_envs": 8, "batch_size": 16}


@pytest.fixture(scope="module")
def world():
    return open_world()


def made(world, **config) -> ImplicitPolicy:
    agent = agents.make("implicit-policy", world, **config)
    assert isinstance(agent, ImplicitPolicy)
    return agent


def test_a_swapped_sampler_decides_on_the_same_weights(world):
    agent = made(world, **SMALL).learn(world, progress=False)
    other = agent.with_sampler("derivative-free", samples=32, iterations=2)
    assert other.network is agent.network
    assert (agent.evaluations, other.evaluations) == (51, 2)
    observation = {key: np.asarray(value)[None] for key, value in world.reset(seed=1)[0].items()}
    first, again = (other.predict(observation)[0] for _ in range(2))
    assert np.array_equal(first, again)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"sampler": "langevine"}, "langevin"),
        ({"negatives": "locale"}, "local"),
        ({"candidates": 0}, "ImplicitConfig.candidates: expected >= 1, got 0"),
        ({"gradient_penalty": -1.0}, "ImplicitConfig.gradient_penalty: expected >= 0, got -1.0"),
    ],
)
def test_a_config_out_of_range_is_refused(world, config, message):
    with pytest.raises(ValueError, match=message):
        made(world, **config)


@pytest.mark.parametrize("sampler", ["langevin", "autoregressive"])
def test_wells_begin_at_features_where_those_are_what_was_observed(world, sampler):
    """Of what a network makes of a map, no number is a place."""
    particle = gymnasium.make("crossroads/Particle-v0", dims=3)
    settings = {**SMALL, "horizon": 1, "sampler": sampler}
    of_places, of_map = (made(env, **settings).network.head.network.family.plain_centre for env in (particle, world))
    assert set(of_places.weight[0, :, 0].tolist()) == {0.0, COPIED}
    assert 0.0 not in of_map.weight[0, :, 0].tolist()


def test_a_joint_energy_is_not_searched_number_by_number(world):
    with pytest.raises(ValueError, match="sampler of 'implicit-policy'"):
        made(world, **SMALL).with_sampler("autoregressive")
