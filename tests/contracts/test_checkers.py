"""Gymnasium's, stable-baselines3's and PettingZoo's own checkers have nothing to say."""

import warnings

import gymnasium
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.utils.env_match import check_environments_match
from gymnasium.vector.utils import batch_space
from pettingzoo.test import parallel_api_test, parallel_seed_test
from stable_baselines3.common.env_checker import check_env as check_env_for_sb3
from worlds_for_tests import CASES, every_id, every_world

GENTLE = [case for case in CASES if case.variant != "brittle"]
"""Where no episode fails in its first step: its path_ratio is NaN, which these checkers find unequal to itself."""

pytestmark = [pytest.mark.filterwarnings("error"), pytest.mark.usefixtures("loud")]


@pytest.mark.parametrize("world", GENTLE, indirect=True, ids=str)
def test_gymnasiums_checker_is_silent(world):
    check_env(world.single(), skip_render_check=True)


@every_world
def test_stable_baselines3s_checker_is_silent(world):
    with warnings.catch_warnings():
        # Poses are metres and radians, and set-points are places in a cube: no interval [-1, 1].
        if world.arguments.get("action") == "trajectory" or world.is_particle:
            warnings.filterwarnings("ignore", "We recommend you to use a symmetric and normalized Box action space")
        check_env_for_sb3(world.single(), warn=True, skip_render_check=True)


@pytest.mark.parametrize("world", GENTLE, indirect=True, ids=str)
@pytest.mark.parametrize("num_agents", [None, 1, 3])
def test_pettingzoos_checkers_are_silent(world, num_agents):
    parallel_api_test(world.parallel(num_agents), num_cycles=60)
    parallel_seed_test(lambda: world.parallel(num_agents), num_cycles=20)


@every_world
def test_a_made_env_matches_the_bare_one_under_gymnasiums_passive_checker(world):
    made = gymnasium.make(world.id, **world.arguments)
    check_environments_match(made, world.single(), num_steps=12, info_comparison="keys-equivalence")


@every_world
def test_a_batch_has_the_spaces_of_its_single_envs(world):
    env, batch = world.single(), world.batch(3)
    assert batch.single_observation_space == env.observation_space
    assert batch.single_action_space == env.action_space
    assert batch.observation_space == batch_space(env.observation_space, 3)
    assert batch.action_space == batch_space(env.action_space, 3)
    parallel = world.parallel(1)
    assert parallel.observation_space("agent_0") == env.observation_space
    assert parallel.action_space("agent_0") == env.action_space


@every_world
def test_what_a_batch_returns_lies_in_its_spaces(world):
    batch = world.batch(3)
    batch.action_space.seed(0)
    observation, _ = batch.reset(seed=0)
    for _ in range(20):
        assert batch.observation_space.contains(observation)
        observation, reward, terminated, truncated, _ = batch.step(batch.action_space.sample())
        assert (reward.dtype, terminated.dtype, truncated.dtype) == (np.float64, np.bool_, np.bool_)


@every_id
def test_the_vector_face_is_the_one_that_make_vec_takes_by_itself(world):
    assert type(gymnasium.make_vec(world.id, 2, **world.arguments)) is type(world.batch(2))


@every_id
def test_a_spec_remembers_its_arguments(world):
    env = world.single()
    again = env.spec.make().unwrapped
    assert again.config == env.config


@every_world
def test_channels_name_the_occupancy(world):
    env = world.single()
    view = env.observation_space.spaces.get("occupancy")
    assert len(env.channels) == (0 if view is None else view.shape[0])
    assert len(set(env.channels)) == len(env.channels)
