"""stable-baselines3's own evaluation takes every agent as it is, and finds what ours does."""

import warnings

import gymnasium
import numpy as np
import pytest
from agents_for_tests import LEARNERS, every_agent, every_watcher, every_world, open_world, tiny
from stable_baselines3.common.evaluation import evaluate_policy
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import DummyVecEnv

from agents.rollouts import play_levels
from agents.stable_baselines import SB3VecEnv


@pytest.fixture(autouse=True)
def _loud():
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        yield


@every_world
@every_agent
def test_on_a_single_environment_with_default_arguments(name, world):
    env = Monitor(open_world(world))
    mean, spread = evaluate_policy(tiny(name, env), env)
    assert np.isfinite([mean, spread]).all()


@every_agent
@pytest.mark.parametrize("deterministic", [True, False])
def test_on_a_dummy_vector_environment(name, deterministic):
    single = Monitor(open_world())
    agent = tiny(name, single)
    rewards, lengths = evaluate_policy(
        agent, DummyVecEnv([lambda: single]), 4, deterministic, return_episode_rewards=True
    )
    assert len(rewards) == len(lengths) == 4


@every_watcher
def test_on_several_environments_at_once(name):
    worlds = DummyVecEnv([lambda: Monitor(open_world())] * 3)
    rewards, _ = evaluate_policy(tiny(name, open_world()), worlds, 6, return_episode_rewards=True)
    assert len(rewards) == 6


@every_world
@every_agent
@pytest.mark.parametrize("deterministic", [True, False])
def test_on_our_own_batch(name, world, deterministic):
    worlds = SB3VecEnv(open_world(world), 4)
    agent = tiny(name, worlds)
    rewards, lengths = evaluate_policy(agent, worlds, 8, deterministic, return_episode_rewards=True)
    assert len(rewards) == len(lengths) == 8
    assert min(lengths) >= 1


@pytest.mark.parametrize("name", ["oracle", *LEARNERS])
def test_it_finds_the_returns_that_our_evaluation_finds(name, trained):
    """Slot i of the batch plays the first level of seed i; nothing in these worlds is left to chance."""
    count = 6
    worlds = SB3VecEnv(open_world(), count, seed=11)
    found = evaluate_policy(trained(name).bound_to(worlds), worlds, count, return_episode_rewards=True)
    levels = open_world(num_envs=count).reset(seed=11)[1]["level"].tolist()
    ours = [(episode.reward_sum, episode.length) for episode in play_levels(trained(name), open_world(), levels)]
    assert np.array(sorted(zip(*found, strict=True))) == pytest.approx(np.array(sorted(ours)), abs=1e-6)


def test_the_oracles_return_is_that_of_the_shortest_paths():
    worlds = SB3VecEnv(open_world(), 5)
    rewards, _ = evaluate_policy(tiny("oracle", worlds), worlds, 5, return_episode_rewards=True)
    twin = open_world(num_envs=5)
    twin.reset(seed=0)
    costs = [twin.worlds.optimal_cost(i) for i in range(5)]
    assert sorted(rewards) == pytest.approx(sorted(1.0 - 0.01 * cost for cost in costs))


def test_gymnasiums_wrappers_change_nothing():
    env = gymnasium.wrappers.TimeLimit(open_world(), 5)
    _, lengths = evaluate_policy(tiny("random", env), Monitor(env), 6, return_episode_rewards=True)
    assert max(lengths) <= 5
