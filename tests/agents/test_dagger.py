"""DAgger: who drives when, which policy is returned, how many labels are kept."""

import numpy as np
import pytest
import torch
from agents_for_tests import history_of, labels_in, open_world, rows, tiny, weights_of
from bitwise import assert_same

from agents.agent import Agent
from agents.behavior_cloning import demonstrate
from agents.dagger import DAgger, validation_levels
from agents.schedules import SCHEDULES, mixing
from envs.core.batched import WorldVectorEnv
from envs.core.levels import LEVELS_PER_SPLIT

every_schedule = pytest.mark.parametrize("schedule", SCHEDULES)


@every_schedule
def test_the_first_round_is_behaviour_clonings_demonstrations(schedule, tmp_path):
    env = open_world()
    dagger = tiny("dagger", env, schedule=schedule, seed=7).learn(env, checkpoint=tmp_path, progress=False)
    count, num_envs = dagger.config.labels // dagger.config.rounds, dagger.config.num_envs
    # round i drives on the levels of the seeds from seed + i num_envs on
    cloning = tiny("behavior-cloning", env, seed=7 + num_envs, labels=count)
    observation, labels = labels_in(tmp_path)
    expected = demonstrate(env, None, cloning.config).take(np.arange(count))
    assert_same((rows(observation, slice(count)), labels[:count]), expected)


def test_later_rounds_are_driven_by_the_learner(tmp_path, monkeypatch):
    """Round 2 of the parameter-free schedule: the states are those that the first round's policy meets."""
    env, after = open_world(), []
    monkeypatch.setattr(DAgger, "validate", lambda self, _: (after.append(weights_of(self)), (0.0, 0.0))[1])
    dagger = tiny("dagger", env, rounds=2, labels=160).learn(env, checkpoint=tmp_path, progress=False)
    driver = tiny("dagger", env)
    driver.network.load_state_dict({key: torch.from_numpy(array) for key, array in after[0].items()})
    size = dagger.config.num_envs
    worlds = open_world(num_envs=size, autoreset_mode="SAME_STEP")
    seen, _ = worlds.reset(seed=dagger.config.seed + 2 * size)
    observation, labels = labels_in(tmp_path)
    for first in range(80, 160, size):
        assert_same(rows(observation, slice(first, first + size)), seen)
        assert_same(labels[first : first + size], worlds.oracle_action())
        seen = worlds.step(driver.predict(seen, deterministic=True)[0])[0]


class Five(Agent):
    """An expert that nobody confounds with the learner."""

    name = "five"

    def act(self, observation, state, episode_start, deterministic):
        return np.full(len(observation["occupancy"]), 5), None


@every_schedule
def test_the_expert_drives_its_share_of_every_round(schedule, monkeypatch):
    env, shares, taken, step = open_world(), [], [], WorldVectorEnv.step
    dagger = tiny("dagger", env, rounds=4, labels=4 * 1600, num_envs=16, updates=4, schedule=schedule)

    def record(self, actions):
        taken.extend(actions)
        return step(self, actions)

    def end_round(self, _):
        shares.append(np.mean(np.array(taken) == 5))
        taken.clear()
        return 0.0, 0.0

    monkeypatch.setattr(WorldVectorEnv, "step", record)
    monkeypatch.setattr(DAgger, "validate", end_round)
    monkeypatch.setattr(DAgger, "predict", lambda self, seen, *_, **__: (np.zeros(len(seen["occupancy"]), int), None))
    dagger.learn(env, expert=Five(env.observation_space, env.action_space, None), progress=False)
    for index, share in enumerate(shares, 1):
        beta = mixing(schedule, index, 4)
        assert abs(share - beta) <= 4 * np.sqrt(beta * (1 - beta) / 1600)


def scripted(monkeypatch, outcomes):
    """Weights after each round, of which the validation says what the script says."""
    after, script = [], iter(outcomes)

    def validate(self, env):
        after.append(weights_of(self))
        return next(script)

    monkeypatch.setattr(DAgger, "validate", validate)
    return after


@pytest.mark.parametrize(
    ("outcomes", "best"),
    [
        ([(0.1, 0.0), (0.9, 0.0), (0.5, 0.0)], 1),
        ([(0.1, 0.0), (0.5, 0.0), (0.9, 0.0)], 2),
        ([(0.9, 0.0), (0.5, 0.0), (0.1, 0.0)], 0),
        ([(0.5, 0.1), (0.5, 0.3), (0.5, 0.2)], 1),
        ([(0.6, 0.1), (0.5, 0.9), (0.4, 0.8)], 1),
        ([(0.9, 0.5), (0.9, 0.5), (0.2, 0.4)], 1),
        ([(0.0, 0.0), (0.0, 0.0), (0.0, 0.0)], 2),
    ],
    ids=["middle", "last", "first", "score decides", "score first", "latest of equals", "all equal"],
)
def test_the_best_policy_on_validation_is_returned(monkeypatch, outcomes, best):
    after = scripted(monkeypatch, outcomes)
    env = open_world()
    agent = tiny("dagger", env).learn(env, progress=False)
    assert_same(weights_of(agent), after[best])
    assert [(entry["success"], entry["score"]) for entry in agent.history] == outcomes
    assert len({weights["head.2.bias"].tobytes() for weights in after}) == 3


def test_validation_levels_are_nobodys_training_levels():
    levels = validation_levels(open_world(), 7)
    assert levels == list(range(LEVELS_PER_SPLIT, LEVELS_PER_SPLIT + 7))
    assert validation_levels(open_world(num_levels=3), 7) == levels
    assert validation_levels(open_world(split="test"), 7) == levels


def test_validation_says_what_playing_the_levels_says(trained):
    env = open_world()
    agent = trained("dagger")
    success, score = agent.validate(env)
    worlds = open_world(num_envs=4)
    seen, _ = worlds.reset(seed=0, options={"level": np.array(validation_levels(env, 4))})
    scores = np.full(4, np.nan)
    for _ in range(64):
        seen, _, _, _, infos = worlds.step(agent.predict(seen, deterministic=True)[0])
        for i in np.flatnonzero(infos.get("_metrics", np.zeros(4, bool)) & np.isnan(scores)):
            scores[i] = infos["metrics"]["score"][i]
    assert score == pytest.approx(scores.mean())
    assert success == np.mean(scores > 0)


def test_a_bounded_aggregate_keeps_the_newest(tmp_path):
    env = open_world()
    tiny("dagger", env, rounds=1).learn(env, checkpoint=tmp_path / "all", progress=False)
    bounded = tiny("dagger", env, rounds=1, max_labels=20).learn(env, checkpoint=tmp_path / "few", progress=False)
    (seen, labels), (kept, kept_labels) = labels_in(tmp_path / "all"), labels_in(tmp_path / "few")
    assert bounded.history[-1]["queries"] == 48
    newest = np.roll(np.arange(28, 48), 48 % 20)  # where a ring of 20 has put them
    assert_same((kept, kept_labels), (rows(seen, newest), labels[newest]))


def test_labels_are_spread_evenly_over_the_rounds():
    env = open_world()
    history = tiny("dagger", env, rounds=4, labels=50, updates=10).learn(env, progress=False).history
    assert [entry["queries"] for entry in history] == [12, 25, 37, 50]
    assert [entry["round"] for entry in history] == [1, 2, 3, 4]
    assert all(later["cpu_seconds"] >= 0 for later in history)


def test_the_same_seed_learns_the_same_and_another_does_not():
    env = open_world()
    first, same, other = (tiny("dagger", env, seed=seed).learn(env, progress=False) for seed in (1, 1, 2))
    assert_same((weights_of(first), history_of(first)), (weights_of(same), history_of(same)))
    assert weights_of(first)["head.2.bias"].tobytes() != weights_of(other)["head.2.bias"].tobytes()


def test_learning_does_not_touch_the_environment_it_learns_from():
    env = open_world()
    env.reset(seed=5)
    before = env.unwrapped.get_state()
    tiny("dagger", env).learn(env, progress=False)
    assert_same(before, env.unwrapped.get_state())


@pytest.mark.parametrize("world", ["map", "window"])
@pytest.mark.parametrize("num_envs", [None, 3])
def test_it_learns_from_any_face_of_any_world(world, num_envs):
    env = open_world(world, num_envs)
    assert len(tiny("dagger", env).learn(env, progress=False).history) == 3
