"""What holds for every policy over chunks, whichever its head and sampler."""

import gymnasium
import numpy as np
import pytest
import torch
from agents_for_tests import CLASSES, open_world, tiny, watch, weights_of
from bitwise import assert_same

import agents
from agents.chunk_agent import ChunkAgent
from agents.chunk_fitting import ChunkFitting, ema_decay
from agents.sequences import demonstrated

FAMILIES = [name for name, kind in CLASSES.items() if issubclass(kind, ChunkAgent)]
every_family = pytest.mark.parametrize("name", FAMILIES)
ROAD = {"observe": ("ego", "route"), "max_steps": 30}


def road(num_envs=None, **arguments):
    if num_envs is None:
        return gymnasium.make("crossroads/Highway-v0", **ROAD | arguments)
    return gymnasium.make_vec("crossroads/Highway-v0", num_envs, vectorization_mode="vector_entry_point", **ROAD)


def samplers_of(agent):
    return [None] if agent.sampler is None else list(agent.network.head.samplers)


@every_family
def test_a_decision_encodes_once_and_only_where_a_chunk_is_played_to_its_end(name, monkeypatch):
    agent, observations = tiny(name, open_world(), horizon=4, execute=3), watch(open_world(num_envs=5), 7)
    encoded, encode = [], type(agent.network).encode
    monkeypatch.setattr(
        type(agent.network),
        "encode",
        lambda self, past: (encoded.append(len(past["occupancy"])), encode(self, past))[1],
    )
    state = None
    for step, observation in enumerate(observations):
        begins = np.array([False, step == 4, False, False, False])
        _, state = agent.predict(observation, state, begins)
    assert encoded == [5, 5, 1, 4]  # steps 0, 3, 4 (the row that began), 6 (the others)


@every_family
def test_actions_of_a_box_lie_in_it_and_batches_decide_as_rows(name):
    worlds = road(num_envs=3)
    agent = tiny(name, worlds).learn(road(), progress=False)
    observation, _ = worlds.reset(seed=0)
    action, _ = agent.predict(observation)
    assert worlds.action_space.contains(action)
    first, _ = agent.predict({key: array[0] for key, array in observation.items()})
    assert first == pytest.approx(action[0], abs=1e-5)


@every_family
def test_swapping_samplers_changes_no_weight_and_each_draws_its_own(name):
    agent = tiny(name, road()).learn(road(), progress=False)
    before, observation = weights_of(agent), road(num_envs=4).reset(seed=0)[0]
    drawn = []
    for sampler in samplers_of(agent):
        other = agent if sampler is None else agent.with_sampler(sampler)
        assert other.network is agent.network
        assert other.evaluations >= 1
        drawn.append(other.predict(observation)[0].tobytes())
    assert_same(weights_of(agent), before)
    assert len(set(drawn)) == len(drawn)


@every_family
def test_a_sampler_that_does_not_fit_is_refused(name):
    with pytest.raises(ValueError, match=r"Unknown sampler of"):
        tiny(name, open_world()).with_sampler("tea-leaves")


@every_family
def test_what_was_learned_is_saved_whole(name, tmp_path):
    """Normalised observations, the actions' range, and the running mean of the weights."""
    agent = tiny(name, road()).learn(road(), progress=False)
    agent.save(tmp_path / "agent")
    found = agents.load(tmp_path / "agent")
    observation = road(num_envs=4).reset(seed=1)[0]
    assert_same(found.predict(observation)[0], agent.predict(observation)[0])
    assert_same(weights_of(found), weights_of(agent))


@every_family
def test_neither_learning_nor_deciding_touches_global_generators(name):
    torch.manual_seed(11)
    np.random.seed(11)  # noqa: NPY002 - the global generator is what is looked at
    before, numpys = torch.random.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    agent = tiny(name, road()).learn(road(), progress=False)
    agent.predict(road(num_envs=2).reset(seed=0)[0])
    assert torch.equal(before, torch.random.get_rng_state())
    assert np.array_equal(numpys, np.random.get_state()[1])  # noqa: NPY002


@every_family
def test_history_reaches_the_decision(name):
    """The same present after another past is decided otherwise; without history it is not."""
    observations = watch(open_world(num_envs=6), 3)
    for history, is_same in ((1, True), (2, False)):
        agent = (
            tiny(name, open_world(), history=history, horizon=1, execute=1, head="mse")
            if name == "explicit-policy"
            else tiny(name, open_world(), history=history, horizon=1, execute=1)
        )
        features = []
        for first in observations[:2]:
            _, state = agent.predict(first)
            memory = agent._recall(observations[2], state, None)
            features.append(agent.network.encode(memory.past).detach())
        assert torch.equal(*features) == is_same


def test_the_running_means_decay_is_the_published_one():
    assert ema_decay(0) == 0.0
    assert ema_decay(15) == pytest.approx(1 - 16**-0.75)
    assert ema_decay(10**9) == 0.9999


def test_the_running_mean_follows_the_formula():
    agent = tiny("explicit-policy", open_world(), head="mse", updates=5)
    fitting, sequences = (
        ChunkFitting(agent.network, agent.config),
        demonstrated(open_world(), None, labels=32, num_envs=4, seed=0),
    )
    expected, parameter = None, next(agent.network.head.parameters())
    for until in range(1, 6):
        fitting.run(sequences, until, (0, until))
        weight, decay = parameter.detach().clone(), ema_decay(until)
        expected = weight if expected is None else decay * expected + (1 - decay) * weight
        found = next(fitting.mean.module.head.parameters()).detach()
        assert torch.allclose(found, expected, atol=1e-6)


def test_a_chunk_longer_than_its_horizon_is_refused():
    with pytest.raises(ValueError, match=r"execute: expected <= horizon \(2\), got 3"):
        tiny("explicit-policy", open_world(), horizon=2, execute=3)
