"""The oracle as an agent: what its environment's expert says, for whatever environment it is bound to."""

import numpy as np
import pytest
from agents_for_tests import every_world, open_world

import agents
from agents.random_agent import RandomAgent
from agents.stable_baselines import SB3VecEnv


@every_world
def test_it_says_what_the_environment_would(world):
    for one in (open_world(world, num_envs=1), open_world(world, num_envs=4), open_world(world)):
        agent = agents.make("oracle", one)
        observation, _ = one.reset(seed=3)
        is_over = False
        while not is_over:
            action, state = agent.predict(observation)
            assert state is None
            assert np.array_equal(action, one.unwrapped.oracle_action())
            observation, _, terminated, truncated, _ = one.step(action)
            is_over = np.any(terminated | truncated)


def test_binding_makes_another_oracle_and_leaves_this_one():
    env, worlds = open_world(), open_world(num_envs=3)
    env.reset(seed=0)
    agent = agents.make("oracle", env)
    bound = agent.bound_to(worlds)
    assert agent.env is env
    assert bound.env is worlds
    assert np.array_equal(bound.predict(worlds.reset(seed=1)[0])[0], worlds.oracle_action())


def test_agents_that_look_at_observations_are_bound_to_anything():
    agent = agents.make("random", open_world())
    assert agent.bound_to(open_world(num_envs=3)) is agent


def test_it_looks_through_stable_baselines3s_face():
    worlds = SB3VecEnv(open_world(), 4, seed=2)
    observation = worlds.reset()
    agent = agents.make("oracle", worlds)
    assert np.array_equal(agent.predict(observation)[0], worlds.batch.oracle_action())
    assert agent.explain(observation) == {}


def test_it_arrives_by_a_shortest_path_on_every_level():
    worlds = open_world(num_envs=50, autoreset_mode="SAME_STEP")
    agent = agents.make("oracle", worlds)
    observation, _ = worlds.reset(seed=0)
    ended = 0
    for _ in range(40):
        observation, _, terminated, truncated, infos = worlds.step(agent.predict(observation)[0])
        assert not truncated.any()
        if terminated.any():
            assert infos["final_info"]["metrics"]["path_ratio"][terminated] == pytest.approx(1.0, abs=1e-12)
            ended += int(terminated.sum())
    assert ended > 50


def test_random_is_uniform_over_the_actions():
    """Chi-square at 7 degrees of freedom; the draws are numbered, so the statistic is always the same."""
    agent, size = agents.make("random", open_world()), 4000
    assert isinstance(agent, RandomAgent)
    observation, state, counts = {"occupancy": np.zeros((size, 3, 8, 8), np.int8)}, None, np.zeros(8)
    for _ in range(5):
        action, state = agent.predict(observation, state)
        counts += np.bincount(action, minlength=8)
    expected = counts.sum() / 8
    assert ((counts - expected) ** 2 / expected).sum() < 24.3  # exceeded by chance once in a thousand


def test_random_fills_a_box_evenly():
    from gymnasium import spaces

    box = spaces.Box(np.array([-1.0, 0.0], np.float32), np.array([1.0, 5.0], np.float32))
    agent = RandomAgent(spaces.Dict({"ego": spaces.Box(-1, 1, (4,))}), box, RandomAgent.Config())
    action, _ = agent.predict({"ego": np.zeros((5000, 4), np.float32)})
    assert action.dtype == box.dtype
    assert all(box.contains(row) for row in action)
    assert action.mean(axis=0) == pytest.approx([0.0, 2.5], abs=0.1)
    assert action.std(axis=0) == pytest.approx([2 / 12**0.5, 5 / 12**0.5], rel=0.03)
