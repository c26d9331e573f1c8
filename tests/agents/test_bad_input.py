"""What does not fit is refused by name, before anything is decided."""

from re import escape

import numpy as np
import pytest
from agents_for_tests import every_agent, every_watcher, every_world, open_world, rows, tiny, watch

BATCH = 3


def look(world="map", num_envs=BATCH):
    return watch(open_world(world, num_envs=num_envs), 1)[0]


@every_world
@every_agent
def test_a_missing_key_is_named(name, world):
    worlds = open_world(world, num_envs=BATCH)
    agent, observation = tiny(name, worlds), worlds.reset(seed=0)[0]
    for key in observation:
        with pytest.raises(ValueError, match=rf"The observation has no key '{key}'; it has \["):
            agent.predict({other: array for other, array in observation.items() if other != key})


@every_watcher
def test_keys_that_nobody_asked_for_are_left_alone(name):
    agent, observation = tiny(name, open_world()), look()
    assert agent.predict({**observation, "sound": np.zeros(7)})[0].tolist() == agent.predict(observation)[0].tolist()


@every_agent
@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("observation", [np.zeros((3, 8, 8)), [1, 2], None], ids=["array", "list", "nothing"])
def test_an_observation_that_is_no_dictionary_is_refused(name, observation):
    with pytest.raises(ValueError, match=r"Expected a dictionary observation with \['occupancy'\], got"):
        tiny(name, open_world()).predict(observation)


@every_agent
@pytest.mark.parametrize("shape", [(8, 8), (1, 1, 3, 8, 8), ()], ids=str)
def test_another_rank_is_refused_with_the_shape_found(name, shape):
    agent, found = tiny(name, open_world()), escape(str(shape))
    with pytest.raises(ValueError, match=rf"'occupancy': expected 3 axes or a batch of them, got shape {found}"):
        agent.predict({"occupancy": np.zeros(shape, np.int8)})


@every_watcher
def test_keys_of_different_batches_are_refused(name):
    agent, observation = tiny(name, open_world("window")), look("window")
    with pytest.raises(ValueError, match=r"Observation keys disagree on the batch: \{.*'ego': 2"):
        agent.predict({**observation, "ego": observation["ego"][:2]})
    with pytest.raises(ValueError, match="Observation keys disagree on the batch"):
        agent.predict({**rows(observation, slice(1)), "ego": observation["ego"][0]})


@every_watcher
@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_state_of_another_batch_is_refused(name, size):
    agent = tiny(name, open_world())
    _, state = agent.predict(look(num_envs=size))
    with pytest.raises(ValueError, match=rf"state has {size} rows, the batch of observations has {BATCH}"):
        agent.predict(look(), state)


@every_watcher
@pytest.mark.parametrize("size", [1, 2, 5])
def test_flags_of_another_batch_are_refused(name, size):
    agent = tiny(name, open_world())
    _, state = agent.predict(look())
    with pytest.raises(ValueError, match=rf"episode_start has {size} rows, the batch of observations has {BATCH}"):
        agent.predict(look(), state, np.zeros(size, bool))


def test_a_policy_for_one_size_says_so():
    agent = tiny("ppo", open_world())
    with pytest.raises(ValueError, match=r"made for occupancy \(3, 8, 8\), got \(3, 9, 9\): it serves one size only"):
        agent.predict({"occupancy": np.zeros((2, 3, 9, 9), np.int8)})


@pytest.mark.parametrize("name", ["behavior-cloning", "dagger"])
@pytest.mark.parametrize("size", [5, 13, (9, 12)], ids=str)
def test_imitators_serve_any_size(name, size):
    agent = tiny(name, open_world())
    action, _ = agent.predict(watch(open_world(num_envs=2, size=size), 1)[0])
    assert action.shape == (2,)


def test_the_oracle_refuses_the_batch_of_another_environment():
    agent = tiny("oracle", open_world(num_envs=4))
    agent.env.reset(seed=0)
    with pytest.raises(ValueError, match=r"an environment of 4 worlds, got a batch of 3 observations: .*bound_to"):
        agent.predict(look())
    alone = tiny("oracle", open_world())
    alone.env.reset(seed=0)
    with pytest.raises(ValueError, match=r"an environment of 1 worlds, got a batch of 3 observations"):
        alone.predict(look())


def test_an_oracle_without_an_environment_asks_for_one():
    agent = tiny("oracle", open_world())
    agent.env = None
    with pytest.raises(ValueError, match=r"no environment to look at: use agent.bound_to"):
        agent.predict(look())
