"""Behaviour cloning: demonstrations from an environment and from a store are the same thing."""

import numpy as np
import pytest
from agents_for_tests import history_of, open_world, tiny, weights_of
from bitwise import assert_same

import agents
from agents import behavior_cloning
from agents.behavior_cloning import read_store
from agents.demonstrations import Aggregate
from envs.episodes import EpisodeStore, EpisodeWriter

EPISODES = 6


def record(env, level, *, drive):
    """One episode driven by `drive(env, step)`, with the oracle's advice beside what was done."""
    seen = [env.reset(seed=level, options={"level": level})[0]]
    steps = {name: [] for name in ("action", "expert_action", "reward", "terminated", "truncated")}
    is_over = False
    while not is_over:
        action, advice = drive(env, len(seen)), env.unwrapped.oracle_action()
        observation, reward, terminated, truncated, _ = env.step(action)
        for name, value in zip(steps, (action, advice, reward, terminated, truncated), strict=True):
            steps[name].append(value)
        seen.append(observation)
        is_over = terminated or truncated
    return {
        "observations": {key: np.stack([one[key] for one in seen]) for key in seen[0]},
        "steps": {name: np.array(values) for name, values in steps.items()},
        "episode": {"level": level, "seed": level},
    }


def write(folder, episodes, leave_out=()):
    with EpisodeWriter(folder, env_id="crossroads/GridNav-v0", agent="oracle") as writer:
        for episode in episodes:
            kept = {name: array for name, array in episode["steps"].items() if name not in leave_out}
            writer.add_episode(**{**episode, "steps": kept})
    return EpisodeStore.open(folder)


def ask_the_oracle(env, _):
    return env.unwrapped.oracle_action()


@pytest.fixture(scope="module")
def oracles():
    """Episodes driven by the oracle."""
    return [
        record(open_world(), level, drive=lambda env, _: env.unwrapped.oracle_action()) for level in range(EPISODES)
    ]


@pytest.fixture(scope="module")
def strays():
    """Episodes driven by nobody in particular."""
    return [record(open_world(), level, drive=lambda _, step: step % 8) for level in range(EPISODES)]


def in_memory(episodes, name):
    """The labels of these episodes, one by one."""
    labels = sum(len(episode["steps"]["action"]) for episode in episodes)
    aggregate = Aggregate(labels)
    for episode in episodes:
        seen = {key: array[:-1] for key, array in episode["observations"].items()}
        aggregate.add(seen, episode["steps"][name])
    return aggregate


def everything(aggregate):
    return aggregate.take(np.arange(len(aggregate)))


def test_a_store_is_read_step_by_step(oracles, tmp_path):
    found = read_store(write(tmp_path, oracles), tiny("behavior-cloning", open_world()).config)
    assert_same(everything(found), everything(in_memory(oracles, "action")))


def test_the_experts_advice_counts_where_it_was_recorded(strays, tmp_path):
    config = tiny("behavior-cloning", open_world()).config
    found = read_store(write(tmp_path / "both", strays), config)
    assert_same(everything(found), everything(in_memory(strays, "expert_action")))
    found = read_store(write(tmp_path / "action", strays, leave_out=("expert_action",)), config)
    assert_same(everything(found), everything(in_memory(strays, "action")))


def test_of_a_store_larger_than_the_memory_the_newest_labels_are_kept(oracles, tmp_path):
    config = tiny("behavior-cloning", open_world(), max_labels=5).config
    _, actions = everything(read_store(write(tmp_path, oracles), config))
    assert sorted(actions) == sorted(everything(in_memory(oracles, "action"))[1][-5:])


def test_learning_from_a_store_is_learning_from_the_same_labels_in_memory(oracles, tmp_path, monkeypatch):
    env = open_world()
    recorded = tiny("behavior-cloning", env).learn(write(tmp_path, oracles), progress=False)
    monkeypatch.setattr(behavior_cloning, "demonstrate", lambda *_: in_memory(oracles, "action"))
    remembered = tiny("behavior-cloning", env).learn(env, progress=False)
    assert_same(weights_of(recorded), weights_of(remembered))
    assert_same(history_of(recorded), history_of(remembered))


def test_the_same_seed_clones_the_same_and_another_does_not():
    env = open_world()
    first, same, other = (tiny("behavior-cloning", env, seed=seed).learn(env, progress=False) for seed in (1, 1, 2))
    assert_same((weights_of(first), history_of(first)), (weights_of(same), history_of(same)))
    assert weights_of(first)["head.2.bias"].tobytes() != weights_of(other)["head.2.bias"].tobytes()


def test_updates_are_counted_to_the_end_whatever_their_number():
    env = open_world()
    for updates in (1, 19, 20, 43):
        history = tiny("behavior-cloning", env, updates=updates).learn(env, progress=False).history
        assert history[-1]["updates"] == updates
        assert len(history) >= min(updates, 20)


def test_what_it_learned_transfers_between_agents_by_name(tmp_path):
    """A clone can teach: an expert is just an agent."""
    env = open_world()
    teacher = tiny("behavior-cloning", env).learn(env, progress=False)
    pupil = tiny("dagger", env).learn(env, expert=teacher, progress=False)
    teacher.save(tmp_path / "teacher")
    again = tiny("dagger", env).learn(env, expert=agents.load(tmp_path / "teacher"), progress=False)
    assert_same(weights_of(pupil), weights_of(again))
