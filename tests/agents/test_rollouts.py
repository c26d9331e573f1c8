"""Playing levels: each once, in order, as a single environment would, and rows that have ended stay ended."""

from dataclasses import asdict

import numpy as np
import pytest
from agents_for_tests import WORLDS, every_agent, open_world, tiny
from bitwise import assert_same

from agents.agent import Agent
from agents.rollouts import Episode, mean_metric, play_levels


def replay(agent, env, level, seed=0):
    """The same level in a single environment."""
    observation, info = env.reset(seed=seed + level, options={"level": level})
    total, is_over, state = 0.0, False, None
    while not is_over:
        action, state = agent.predict(observation, state, None, deterministic=True)
        observation, reward, terminated, truncated, last = env.step(action)
        total, is_over = total + reward, terminated or truncated
    return Episode(info["level"], total, int(last["metrics"]["length"]), last["metrics"])


def plain(episodes):
    """As dictionaries, to be compared with nan equal to nan."""
    return [asdict(episode) for episode in episodes]


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("name", ["oracle", "dagger", "ppo"])
def test_levels_are_played_as_a_single_environment_plays_them(name, world, trained):
    env, agent = open_world(world), trained(name, world)
    levels = [5, 3, 17, 3, 0]
    found = play_levels(agent, env, levels, num_envs=2)
    bound = agent.bound_to(env)
    for episode, level in zip(found, levels, strict=True):
        expected = replay(bound, env, level)
        assert (episode.level, episode.length) == (level, expected.length)
        assert episode.reward_sum == expected.reward_sum
        assert_same(episode.metrics, {key: float(value) for key, value in expected.metrics.items()})


@pytest.mark.parametrize("name", ["oracle", "behavior-cloning"])
def test_the_batch_size_does_not_matter(name, trained):
    found = [play_levels(trained(name), open_world(), range(9), num_envs=size) for size in (1, 4, 9, 100)]
    for other in found[1:]:
        assert_same(plain(other), plain(found[0]))


def test_slips_belong_to_the_level():
    """So two agents meet the same ones: played twice, alone or among others, a level comes out the same."""
    env, levels = open_world(slip=0.4), [4, 9, 2]
    agent = tiny("oracle", env)
    first = play_levels(agent, env, levels)
    assert_same(plain(first), plain(play_levels(agent, env, levels)))
    assert_same(plain(first), plain([play_levels(agent, env, [level])[0] for level in levels]))
    assert plain(first) != plain(play_levels(agent, env, levels, seed=1))


class Counter(Agent):
    """Walks at random and keeps count of the rows it is asked for."""

    name = "counter"
    sizes: list[int]

    def act(self, observation, state, episode_start, deterministic):
        size = len(observation["occupancy"])
        self.sizes.append(size)
        age = np.zeros(size, np.int64) if state is None else state[0]
        if state is not None:
            assert not episode_start.any()
        else:
            assert episode_start.all()
        self.ages.append(age.copy())
        return np.full(size, len(self.sizes) % 8), (age + 1,)


def test_rows_that_have_ended_are_not_decided_for_again():
    env = open_world(max_steps=12)
    agent = Counter(env.observation_space, env.action_space, None)
    agent.sizes, agent.ages = [], []
    episodes = play_levels(agent, env, range(20), num_envs=20)
    assert sum(agent.sizes) == sum(episode.length for episode in episodes)
    assert agent.sizes == sorted(agent.sizes, reverse=True)
    for step, ages in enumerate(agent.ages):
        assert (ages == step).all()  # every live row has kept its own state


def test_progress_is_told_as_episodes_end():
    told = []
    env = open_world()
    play_levels(tiny("oracle", env), env, range(10), num_envs=4, on_episodes=told.append)
    assert sum(told) == 10
    assert min(told) >= 1


def test_the_environment_that_is_asked_about_is_not_touched():
    env = open_world()
    env.reset(seed=5)
    before = env.unwrapped.get_state()
    play_levels(tiny("oracle", env), env, range(3))
    assert_same(before, env.unwrapped.get_state())


def test_no_levels_are_no_episodes():
    env = open_world()
    assert play_levels(tiny("oracle", env), env, []) == []


def test_means_leave_out_episodes_that_have_no_value():
    episodes = [Episode(k, 0.0, 1, {"x": value}) for k, value in enumerate([1.0, np.nan, 3.0])]
    assert mean_metric(episodes, "x") == 2.0


@every_agent
def test_drawn_actions_are_the_same_every_time(name, trained):
    first, second = (play_levels(trained(name), open_world(), range(6), deterministic=False) for _ in range(2))
    assert_same(plain(first), plain(second))


class Clock(Agent):
    """Stays where it is, and counts in its state how long each episode has lasted."""

    name = "clock"
    ages: list[int]

    def act(self, observation, state, episode_start, deterministic):
        size = len(observation["occupancy"])
        age = np.zeros(size, np.int64) if state is None else np.where(episode_start, 0, state[0])
        self.ages += age.tolist()
        return np.full(size, len(self.ages) % 8), (age + 1,)


@pytest.mark.parametrize("num_envs", [1, 3, 7, 20])
def test_a_row_that_has_ended_takes_the_next_level_and_begins_its_state_anew(num_envs):
    env = open_world(max_steps=12)
    agent = Clock(env.observation_space, env.action_space, None)
    agent.ages = []
    levels = [7, 7, *range(18)]
    episodes = play_levels(agent, env, levels, num_envs=num_envs)
    assert [episode.level for episode in episodes] == levels
    lengths = np.array([episode.length for episode in episodes])
    assert np.bincount(agent.ages).tolist() == [int((lengths > age).sum()) for age in range(lengths.max())]
