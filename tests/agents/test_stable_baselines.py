"""Our batch as stable-baselines3's VecEnv: the native batch's own numbers, and what Monitor would have written."""

import numpy as np
import pytest
from agents_for_tests import every_world, open_world
from bitwise import assert_same
from stable_baselines3.common.monitor import Monitor
from stable_baselines3.common.vec_env import VecMonitor

from agents.stable_baselines import SB3VecEnv

COUNT, STEPS = 4, 120


def drive(worlds, steps=STEPS, seed=0):
    """(observation, reward, done, infos) of every step under random actions."""
    rng = np.random.default_rng(seed)
    yield worlds.reset()
    for _ in range(steps):
        yield worlds.step(rng.integers(worlds.action_space.n, size=worlds.num_envs))


@every_world
def test_it_steps_as_the_native_batch_does(world):
    worlds, twin = SB3VecEnv(open_world(world), COUNT, seed=5), open_world(world, COUNT, autoreset_mode="SAME_STEP")
    rng, ends = np.random.default_rng(0), 0
    assert_same(worlds.reset(), twin.reset(seed=5)[0])
    for _ in range(STEPS):
        actions = rng.integers(worlds.action_space.n, size=COUNT)
        observation, reward, done, _ = worlds.step(actions)
        expected, expected_reward, terminated, truncated, _ = twin.step(actions)
        assert_same(observation, expected)
        assert_same(reward, expected_reward.astype(np.float32))
        assert_same(done, terminated | truncated)
        ends += int(done.sum())
    assert ends > 0


def episodes_alone(world, slot, seed, actions):
    """The episodes that a single environment plays from a slot's seed: what its last step and its sums were."""
    env = open_world(world, max_steps=15)
    env.reset(seed=seed + slot)
    total, length = 0.0, 0
    for action in actions:
        observation, reward, terminated, truncated, info = env.step(action)
        total, length = total + reward, length + 1
        if terminated or truncated:
            yield observation, total, length, truncated and not terminated, info["metrics"]
            env.reset()
            total, length = 0.0, 0


@every_world
def test_ended_episodes_are_told_as_a_single_environment_tells_them(world):
    worlds = SB3VecEnv(open_world(world), COUNT, seed=3, max_steps=15)
    rng = np.random.default_rng(1)
    actions = rng.integers(worlds.action_space.n, size=(STEPS, COUNT))
    worlds.reset()
    told = [[] for _ in range(COUNT)]
    for step in range(STEPS):
        _, _, done, infos = worlds.step(actions[step])
        for slot, info in enumerate(infos):
            assert bool(info) == done[slot]
            if done[slot]:
                told[slot].append(info)
    kinds = set()
    for slot in range(COUNT):
        expected = list(episodes_alone(world, slot, 3, actions[:, slot]))
        assert len(told[slot]) == len(expected) > 0
        for info, (observation, total, length, is_truncated, metrics) in zip(told[slot], expected, strict=True):
            assert_same(info["terminal_observation"], observation)
            assert info["TimeLimit.truncated"] is bool(is_truncated)
            assert info["episode"]["r"] == pytest.approx(total, abs=1e-12)
            assert info["episode"]["l"] == length
            assert_same(info["metrics"], metrics)
            kinds.add(info["TimeLimit.truncated"])
    assert True in kinds


def test_both_kinds_of_ends_are_told_apart():
    worlds = SB3VecEnv(open_world(), COUNT, max_steps=6)
    worlds.reset()
    kinds = set()
    for step in range(60):
        oracle = worlds.oracle_action()
        _, reward, done, infos = worlds.step(np.where(np.arange(COUNT) % 2, oracle, step % 8))
        for slot in np.flatnonzero(done):
            assert infos[slot]["TimeLimit.truncated"] == (infos[slot]["metrics"]["success"] == 0.0)
            assert (reward[slot] > 0.5) == (not infos[slot]["TimeLimit.truncated"])
            kinds.add(infos[slot]["TimeLimit.truncated"])
    assert kinds == {True, False}


def test_it_keeps_monitors_record():
    ours = SB3VecEnv(open_world(), COUNT)
    with pytest.warns(UserWarning, match="already wrapped with a `Monitor`"):
        theirs = VecMonitor(SB3VecEnv(open_world(), COUNT))
    assert ours.env_is_wrapped(Monitor) == [True] * COUNT
    assert ours.env_is_wrapped(VecMonitor) == [False] * COUNT
    for one, other in zip(list(drive(ours))[1:], list(drive(theirs))[1:], strict=True):
        for info, expected in zip(one[3], other[3], strict=True):
            if expected:
                assert info["episode"]["r"] == pytest.approx(expected["episode"]["r"], abs=1e-5)
                assert info["episode"]["l"] == expected["episode"]["l"]


def test_a_second_reset_goes_on_and_a_seeded_one_begins_again():
    worlds = SB3VecEnv(open_world(), COUNT, seed=3)
    first = worlds.reset()
    assert not np.array_equal(worlds.reset()["occupancy"], first["occupancy"])
    assert worlds.seed(3) == [3, 4, 5, 6]
    assert_same(worlds.reset(), first)
    other = SB3VecEnv(open_world(), 2, seed=4)
    assert_same(other.reset()["occupancy"], first["occupancy"][1:3])


def test_sums_begin_anew_with_a_reset():
    worlds = SB3VecEnv(open_world(), 1, max_steps=5)
    worlds.reset()
    worlds.step(np.array([0]))
    worlds.reset()
    lengths = [info[0]["episode"]["l"] for _, _, done, info in list(drive(worlds, 20))[1:] if done[0]]
    assert max(lengths) <= 5


def test_rewards_are_bootstrapped_from_what_was_really_last():
    """stable-baselines3 asks for the value of the terminal observation where an episode was cut off."""
    worlds = SB3VecEnv(open_world(), COUNT, max_steps=5)
    for observation, _, done, infos in list(drive(worlds, 30))[1:]:
        for slot in np.flatnonzero(done):
            last = infos[slot]["terminal_observation"]
            assert worlds.observation_space.contains(last)
            assert not np.array_equal(last["occupancy"], observation["occupancy"][slot])


def test_changes_reach_the_worlds_and_attributes_come_from_them():
    worlds = SB3VecEnv(open_world(), COUNT, split="test", max_steps=7)
    assert worlds.batch.config.split == "test"
    assert [config.max_steps for config in worlds.get_attr("config")] == [7] * COUNT
    assert worlds.get_attr("num_envs", [0, 2]) == [COUNT, COUNT]
    worlds.set_attr("note", 5)
    assert worlds.get_attr("note", 1) == [5]
    worlds.reset()
    advice = worlds.env_method("oracle_action", indices=[0])
    assert_same(advice, [worlds.oracle_action()])
    worlds.close()


def test_only_our_environments_are_taken():
    import gymnasium

    with pytest.raises(TypeError, match="Expected an environment of crossroads, got CartPoleEnv"):
        SB3VecEnv(gymnasium.make("CartPole-v1"), 2)
