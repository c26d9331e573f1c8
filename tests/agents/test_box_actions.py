"""Imitation of actions that are vectors: on a toy whose expert is linear, so that it is known what is to be found."""

from itertools import count

import numpy as np
import pytest
import torch
from agents_for_tests import history_of, labels_in, rows, weights_of
from beacon_for_tests import HORIZON, open_beacon
from bitwise import assert_same

import agents
from agents.dagger import DAgger
from agents.imitation import Fitting
from agents.labelling import Expert
from agents.rollouts import mean_metric, play_levels
from agents.schedules import SCHEDULES, mixing
from envs.core.batched import WorldVectorEnv
from envs.core.levels import LEVELS_PER_SPLIT

IMITATORS = ["behavior-cloning", "dagger"]
TINY = {"width": 4, "labels": 48, "updates": 12, "num_envs": 4, "batch_size": 16}
ROUNDS = {"rounds": 3, "validation_levels": 4}
HELD_OUT = range(2 * LEVELS_PER_SPLIT, 2 * LEVELS_PER_SPLIT + 50)
every_imitator = pytest.mark.parametrize("name", IMITATORS)
every_action = pytest.mark.parametrize("action", ["continuous", "trajectory", "meta"])


def tiny(name, env, **config):
    return agents.make(name, env, **TINY | (ROUNDS if name == "dagger" else {}) | config)


def errors(agent, **arguments):
    """How far each component is from the expert's action, in held-out states."""
    worlds = open_beacon(300, split="test", **arguments)
    observation, _ = worlds.reset(seed=1)
    return agent.predict(observation, deterministic=True)[0] - worlds.oracle_action()


@pytest.mark.parametrize(
    ("arguments", "least"),
    [
        ({"observe": ("ego", "route")}, 0.03),
        ({"observe": ("occupancy",)}, 0.08),
        ({"action": "trajectory"}, 0.03),
    ],
    ids=["vectors", "image", "trajectory"],
)
def test_cloning_recovers_the_linear_expert(arguments, least):
    env = open_beacon(**arguments)
    agent = agents.make("behavior-cloning", env, labels=1500, updates=300, num_envs=32).learn(env, progress=False)
    assert np.sqrt((errors(agent, **arguments) ** 2).mean()) < least  # actions spread by about 0.4
    assert mean_metric(play_levels(agent, env, HELD_OUT), "success") == 1.0


@every_imitator
@every_action
def test_a_loaded_policy_decides_the_same_to_the_bit(name, action, tmp_path):
    env = open_beacon(action=action)
    agent = tiny(name, env).learn(env, progress=False)
    agent.save(tmp_path / "agent")
    loaded = agents.load(tmp_path / "agent")
    assert loaded.action_space == agent.action_space == env.action_space
    observation, _ = open_beacon(9, action=action).reset(seed=5)
    for deterministic in (True, False):
        assert_same(
            loaded.predict(observation, None, None, deterministic),
            agent.predict(observation, None, None, deterministic),
        )
    assert_same(loaded.explain(observation), agent.explain(observation))
    loaded.save(tmp_path / "again")
    assert (tmp_path / "agent").read_bytes() == (tmp_path / "again").read_bytes()


@every_imitator
@every_action
@pytest.mark.parametrize("at", [0, 5, 9])
def test_an_interrupted_run_ends_as_an_uninterrupted_one(name, action, at, tmp_path, monkeypatch):
    env, calls, update = open_beacon(action=action), count(), Fitting.step
    whole = tiny(name, env).learn(env, progress=False)

    def pressed(self, *arguments):
        if next(calls) == at:
            raise KeyboardInterrupt
        return update(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Fitting, "step", pressed)
        with pytest.raises(KeyboardInterrupt):
            tiny(name, env).learn(env, checkpoint=tmp_path, progress=False)
    resumed = tiny(name, env).learn(env, checkpoint=tmp_path, resume=True, progress=False)
    assert_same((weights_of(resumed), history_of(resumed)), (weights_of(whole), history_of(whole)))


@every_action
def test_one_observation_is_decided_as_in_a_batch(action):
    agent, (observation, _) = tiny("dagger", open_beacon(action=action)), open_beacon(5, action=action).reset(seed=0)
    together, _ = agent.predict(observation, deterministic=True)
    for i in range(5):
        alone, _ = agent.predict(rows(observation, i), deterministic=True)
        assert agent.action_space.contains(alone)
        assert alone == pytest.approx(together[i], abs=1e-5)


def test_nothing_is_drawn_where_there_is_nothing_to_draw():
    agent, (observation, _) = tiny("dagger", open_beacon()), open_beacon(5).reset(seed=0)
    (first, state), (drawn, _) = agent.predict(observation, deterministic=True), agent.predict(observation)
    assert state is None
    assert_same(first, drawn)


def test_only_trajectories_are_shown_as_a_plan():
    shown = {}
    for action in ("continuous", "trajectory", "meta"):
        agent, (observation, _) = (
            tiny("dagger", open_beacon(action=action)),
            open_beacon(3, action=action).reset(seed=0),
        )
        shown[action] = agent.explain(observation)
        if action == "trajectory":
            assert_same(shown[action]["plan"], agent.predict(observation)[0])
    assert {action: {key: array.shape for key, array in found.items()} for action, found in shown.items()} == {
        "continuous": {},
        "trajectory": {"plan": (3, HORIZON, 3)},
        "meta": {"action_probabilities": (3, 5)},
    }


@pytest.mark.parametrize("action", ["continuous", "trajectory"])
def test_labels_are_the_experts_actions_in_the_spaces_type(action, tmp_path):
    env = open_beacon(action=action)
    tiny("dagger", env).learn(env, checkpoint=tmp_path, progress=False)
    seen, labels = labels_in(tmp_path)
    assert (labels.dtype, labels.shape) == (np.float32, (48, *env.action_space.shape))
    assert (seen["occupancy"].dtype, seen["occupancy"].shape) == (
        np.uint8,
        (48, *env.observation_space["occupancy"].shape),
    )
    assert set(np.unique(seen["occupancy"])) == {0, 255}
    first = labels[:, :2] if action == "continuous" else labels[:, -1, :2]
    assert first == pytest.approx(seen["route"][:, 0].clip(-1.0, 1.0), abs=1e-6)


class Alternating(DAgger):
    """A learner whose actions nobody confounds with the expert's."""

    def predict(self, observation, state=None, episode_start=None, deterministic=False):
        return np.full((len(observation["ego"]), *self.action_space.shape), 0.125, np.float32), None


@pytest.mark.parametrize("action", ["continuous", "trajectory"])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_expert_drives_its_share_of_the_rows(schedule, action, monkeypatch):
    env, taken, shares, step = open_beacon(action=action), [], [], WorldVectorEnv.step

    def record(self, actions):
        experts = (actions == self.oracle_action()).reshape(len(actions), -1).all(axis=1)
        assert (experts | (actions == 0.125).reshape(len(actions), -1).all(axis=1)).all()
        taken.extend(experts)
        return step(self, actions)

    def end_round(self, _):
        shares.append(np.mean(taken))
        taken.clear()
        return 0.0, 0.0

    monkeypatch.setattr(WorldVectorEnv, "step", record)
    monkeypatch.setattr(DAgger, "validate", end_round)
    config = {**TINY, "rounds": 3, "labels": 3 * 800, "num_envs": 16, "updates": 3, "schedule": schedule}
    Alternating.for_env(env, **config).learn(env, progress=False)
    for index, share in enumerate(shares, 1):
        beta = mixing(schedule, index, 3)
        assert abs(share - beta) <= 4 * np.sqrt(beta * (1 - beta) / 800)
    assert len(shares) == 3


@pytest.fixture
def queries(monkeypatch):
    """How many answers were paid for, call by call."""
    paid, label = [], Expert.label

    def record(self, observation, begins, wanted):
        before = self.queries
        answers = label(self, observation, begins, wanted)
        paid.append(self.queries - before)
        return answers

    monkeypatch.setattr(Expert, "label", record)
    return paid


@pytest.mark.parametrize("every", [1, 3])
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_dagger_labels_what_it_pays_for_and_pays_for_what_it_uses(every, schedule, queries, tmp_path, monkeypatch):
    env, steps, step = open_beacon(), [], WorldVectorEnv.step
    monkeypatch.setattr(DAgger, "validate", lambda *_: (0.0, 0.0))
    monkeypatch.setattr(
        WorldVectorEnv, "step", lambda self, actions: (steps.append(len(actions)), step(self, actions))[1]
    )
    config = {"labels": 50, "label_every": every, "schedule": schedule}
    agent = tiny("dagger", env, **config).learn(env, checkpoint=tmp_path, progress=False)
    _, labels = labels_in(tmp_path)
    assert sum(queries) == len(labels) == agent.history[-1]["queries"] == 50
    assert [entry["queries"] for entry in agent.history] == [16, 33, 50]
    if schedule == "indicator":
        driven = (4 * len(steps) - 16) / (50 - 16)  # the learner's steps for a label
        assert driven == pytest.approx(every, rel=0.3)


def test_an_expert_that_is_asked_now_and_then_hears_of_every_beginning(monkeypatch):
    env, heard, label = open_beacon(max_steps=4), [], Expert.label
    monkeypatch.setattr(DAgger, "validate", lambda *_: (0.0, 0.0))

    def record(self, observation, begins, wanted):
        heard.append(begins.copy())
        return label(self, observation, begins, wanted)

    monkeypatch.setattr(Expert, "label", record)
    config = {**TINY, "rounds": 2, "labels": 64, "num_envs": 1, "label_every": 3}
    Alternating.for_env(env, **config).learn(env, progress=False)
    asked_at = 3 * np.arange(32)  # in the second round, where the learner drives episodes of four steps
    begins_at = [0, *[t for t in range(1, 94) if t % 4 == 0]]
    expected = [any(last < t <= now for t in begins_at) for last, now in zip([-1, *asked_at], asked_at, strict=False)]
    assert [bool(flag[0]) for flag in heard[-32:]] == expected


def test_statistics_of_the_labels_travel_with_the_weights(tmp_path):
    env = open_beacon()
    agent = tiny("dagger", env, rounds=1).learn(env, checkpoint=tmp_path, progress=False)
    _, labels = labels_in(tmp_path)
    kept = weights_of(agent)
    assert kept["labels.mean"] == pytest.approx(labels.mean(axis=0), abs=1e-6)
    assert kept["labels.scale"] == pytest.approx(labels.std(axis=0), abs=1e-6)


def test_a_round_by_round_report_and_the_best_round_is_kept(monkeypatch):
    env, after = open_beacon(), []
    script = iter([(0.2, 0.0), (0.9, 0.0), (0.1, 0.0)])
    monkeypatch.setattr(DAgger, "validate", lambda self, _: (after.append(weights_of(self)), next(script))[1])
    agent = tiny("dagger", env).learn(env, progress=False)
    assert_same(weights_of(agent), after[1])


def test_making_and_fitting_leave_the_callers_generator_alone():
    env = open_beacon()
    before = torch.get_rng_state()
    tiny("behavior-cloning", env).learn(env, progress=False)
    assert torch.equal(before, torch.get_rng_state())
