"""Drivers say what their worlds' driver of the same name does, and refuse worlds that have none."""

import copy

import numpy as np
import pytest
from agents_for_tests import DRIVERS, open_world
from beacon_for_tests import open_beacon
from bitwise import assert_same

import agents
from agents.rollouts import mean_metric, play_levels
from agents.stable_baselines import SB3VecEnv

PLAYABLE = ["constant-velocity", "idm"]
every_driver = pytest.mark.parametrize("name", PLAYABLE)


def test_the_table_has_these_drivers():
    assert DRIVERS == ["constant-velocity", "idm", "log-replay"]


@every_driver
@pytest.mark.parametrize("action", ["continuous", "trajectory"])
def test_it_does_what_its_worlds_say(name, action):
    for num_envs in (None, 1, 3):
        env = open_beacon(num_envs, action=action)
        agent, (observation, _) = agents.make(name, env), env.reset(seed=3)
        for _ in range(3):
            found, state = agent.predict(observation)
            expected = env.worlds.driver_action(name)[:, 0]
            assert_same(found, expected[0] if num_envs is None else expected)
            assert state is None
            observation = env.step(found)[0]


@every_driver
def test_it_looks_through_stable_baselines3s_face(name):
    worlds = SB3VecEnv(open_beacon(), 4, seed=2)
    observation = worlds.reset()
    assert_same(agents.make(name, worlds).predict(observation)[0], worlds.batch.worlds.driver_action(name)[:, 0])


@every_driver
def test_it_is_bound_saved_copied_and_loaded(name, tmp_path):
    env, worlds = open_beacon(), open_beacon(3)
    agent, (observation, _) = agents.make(name, env), worlds.reset(seed=1)
    agent.save(tmp_path / "driver")
    expected = worlds.worlds.driver_action(name)[:, 0]
    for bound in (agent.bound_to(worlds), agents.load(tmp_path / "driver", worlds)):
        assert type(bound) is type(agent)
        assert_same(bound.predict(observation)[0], expected)
    assert agent.env is env
    with pytest.raises(ValueError, match=rf"'{name}' has no environment to look at: use agent.bound_to"):
        copy.deepcopy(agent).predict(observation)
    with pytest.raises(ValueError, match=rf"'{name}' looks at the state: agents.load\(path, env\) needs"):
        agents.load(tmp_path / "driver")


def test_levels_are_played_and_learned_from():
    env = open_beacon()
    success = {name: mean_metric(play_levels(agents.make(name, env), env, range(8)), "success") for name in PLAYABLE}
    assert success == {"constant-velocity": 0.0, "idm": 1.0}
    pupil = agents.make("behavior-cloning", env, labels=64, updates=4, num_envs=4)
    pupil.learn(env, expert=agents.make("idm", env), progress=False)
    assert pupil.history[-1]["queries"] == 64


@pytest.mark.parametrize("name", DRIVERS)
def test_worlds_without_roads_are_refused_by_name(name):
    for env in (open_world(), open_world(num_envs=2)):
        with pytest.raises(ValueError, match=rf"Agent '{name}' drives on roads, and crossroads/GridNav-v0 has none\."):
            agents.make(name, env)


def test_a_driver_that_the_worlds_do_not_know_is_their_error():
    env = open_beacon()
    observation, _ = env.reset(seed=0)
    with pytest.raises(ValueError, match=r"Driver 'log-replay' needs recorded tracks"):
        agents.make("log-replay", env).predict(observation)


def test_another_batch_is_refused():
    agent = agents.make("idm", open_beacon(2))
    observation, _ = open_beacon(3).reset(seed=0)
    with pytest.raises(ValueError, match=r"'idm' looks at an environment of 2 worlds, got a batch of 3 observations"):
        agent.predict(observation)
    assert np.shape(agent.predict({key: array[:2] for key, array in observation.items()})[0]) == (2, 2)
