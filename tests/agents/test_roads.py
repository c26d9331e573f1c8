"""Imitators and drivers on a real road: small views, few actors, a budget of moments."""

import gymnasium
import numpy as np
import pytest
from agents_for_tests import DRIVERS, labels_in, weights_of
from bitwise import assert_same

import agents
import envs  # noqa: F401 - registers the ids
from agents.rollouts import play_levels

SMALL = {"num_actors": 6, "extent": (24.0, 8.0, 12.0, 12.0), "history": 2, "duration": 4.0}
TINY = {"width": 4, "labels": 24, "updates": 6, "num_envs": 4, "batch_size": 16}
ROUNDS = {"rounds": 2, "validation_levels": 2, "label_every": 5}
every_imitator = pytest.mark.parametrize("name", ["behavior-cloning", "dagger"])
every_action = pytest.mark.parametrize("action", ["continuous", "trajectory", "meta"])


def open_road(num_envs=None, **arguments):
    if num_envs is None:
        return gymnasium.make("crossroads/Intersection-v0", **SMALL | arguments)
    return gymnasium.make_vec(
        "crossroads/Intersection-v0", num_envs, vectorization_mode="vector_entry_point", **SMALL | arguments
    )


@every_imitator
@every_action
def test_imitators_learn_every_kind_of_action(name, action, tmp_path):
    env = open_road(action=action)
    config = TINY | (ROUNDS if name == "dagger" else {})
    agent = agents.make(name, env, **config).learn(env, checkpoint=tmp_path, progress=False)
    assert agent.history[-1]["queries"] == 24
    if name == "dagger":
        _, labels = labels_in(tmp_path)
        assert all(env.action_space.contains(label) for label in labels)
    again = agents.make(name, env, **config).learn(env, checkpoint=tmp_path, resume=True, progress=False)
    assert_same(weights_of(again), weights_of(agent))
    (episode,) = play_levels(agent, env, [3])
    assert 0.0 <= episode.metrics["score"] <= 1.0
    observation, _ = env.reset(seed=0)
    shown = agent.explain({key: array[None] for key, array in observation.items()})
    expected = {"continuous": set(), "trajectory": {"plan"}, "meta": {"action_probabilities"}}[action]
    assert set(shown) == expected


@pytest.mark.parametrize("name", ["constant-velocity", "idm", "oracle"])
@every_action
def test_drivers_do_what_the_worlds_say(name, action):
    worlds = open_road(3, action=action)
    agent, (observation, _) = agents.make(name, worlds), worlds.reset(seed=0)
    for _ in range(3):
        found, _ = agent.predict(observation)
        assert_same(found, worlds.worlds.driver_action(name)[:, 0])
        observation = worlds.step(found)[0]


def test_constant_velocity_keeps_its_speed_and_heading():
    env = open_road(action="continuous", num_actors=1, on_off_road="ignore")
    agent, (observation, _) = agents.make("constant-velocity", env), env.reset(seed=0)
    speeds = []
    for _ in range(10):
        observation = env.step(agent.predict(observation)[0])[0]
        speeds.append(env.unwrapped.get_state().actors["speed"][0, 0])
    assert np.ptp(speeds[1:]) < 0.2


def test_log_replay_needs_recordings():
    assert "log-replay" in DRIVERS
    env = open_road()
    observation, _ = env.reset(seed=0)
    with pytest.raises(ValueError, match="log-replay"):
        agents.make("log-replay", env).predict(observation)


@pytest.mark.parametrize("name", ["idm", "oracle", "constant-velocity"])
def test_drivers_that_plan_show_it(name):
    env = open_road()
    observation, _ = env.reset(seed=0)
    batch = {key: array[None] for key, array in observation.items()}
    shown = agents.make(name, env).explain(batch)
    if name == "constant-velocity":
        assert shown == {}
    else:
        assert shown["plan"].shape == (1, 40, 3)
        assert (np.diff(shown["plan"][0, :, 0]) > -1e-6).all()  # ahead, and not back
    assert agents.make(name, open_road(2)).explain(batch) == {}
