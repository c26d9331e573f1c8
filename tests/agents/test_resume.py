"""Learning that was interrupted goes on as if nothing had been."""

from itertools import count

import numpy as np
import pytest
import torch
from agents_for_tests import every_learner, history_of, open_world, tiny, watch, weights_of
from bitwise import assert_same

from agents.imitation import Fitting
from agents.stable_baselines import SB3VecEnv
from agents.training_state import FILE

IMITATORS = ["behavior-cloning", "dagger"]
STEPS = {"total_steps": 640, "num_envs": 4, "n_steps": 8}
"""Twenty rollouts; the training state is written after ten and twenty."""


def interrupt(monkeypatch, owner, method, at):
    """Press Ctrl-C in the call number `at` of a method."""
    calls, original = count(), getattr(owner, method)

    def pressed(self, *arguments):
        if next(calls) == at:
            raise KeyboardInterrupt
        return original(self, *arguments)

    monkeypatch.setattr(owner, method, pressed)


@pytest.mark.parametrize("same_object", [True, False], ids=["same agent", "new agent"])
@pytest.mark.parametrize("at", [0, 5, 9, 11])
@pytest.mark.parametrize("name", IMITATORS)
def test_an_interrupted_run_ends_as_an_uninterrupted_one(name, at, same_object, tmp_path, monkeypatch):
    """To the bit: weights and history. DAgger's twelve updates fall into three rounds; cloning saves each."""
    env = open_world()
    whole = tiny(name, env).learn(env, progress=False)
    agent = tiny(name, env)
    with monkeypatch.context() as patch:
        interrupt(patch, Fitting, "step", at)
        with pytest.raises(KeyboardInterrupt):
            agent.learn(env, checkpoint=tmp_path, progress=False)
    resumed = agent if same_object else tiny(name, env)
    resumed.learn(env, checkpoint=tmp_path, resume=True, progress=False)
    assert_same(weights_of(resumed), weights_of(whole))
    assert_same(history_of(resumed), history_of(whole))


def test_dagger_interrupted_while_it_validates_goes_on(tmp_path, monkeypatch):
    env = open_world()
    whole = tiny("dagger", env).learn(env, progress=False)
    with monkeypatch.context() as patch:
        interrupt(patch, type(whole), "validate", 2)
        with pytest.raises(KeyboardInterrupt):
            tiny("dagger", env).learn(env, checkpoint=tmp_path, progress=False)
    resumed = tiny("dagger", env).learn(env, checkpoint=tmp_path, resume=True, progress=False)
    assert_same(weights_of(resumed), weights_of(whole))
    assert_same(history_of(resumed), history_of(whole))


@pytest.mark.parametrize("max_labels", [200, 20])
def test_twice_interrupted_is_not_worse(max_labels, tmp_path, monkeypatch):
    """The ring of labels goes round between the interruptions."""
    env = open_world()
    config = {"rounds": 4, "max_labels": max_labels, "schedule": "exponential"}
    whole = tiny("dagger", env, **config).learn(env, progress=False)
    for at in (4, 5):
        with monkeypatch.context() as patch:
            interrupt(patch, Fitting, "step", at)
            with pytest.raises(KeyboardInterrupt):
                tiny("dagger", env, **config).learn(env, checkpoint=tmp_path, resume=True, progress=False)
    resumed = tiny("dagger", env, **config).learn(env, checkpoint=tmp_path, resume=True, progress=False)
    assert_same(weights_of(resumed), weights_of(whole))


@every_learner
def test_a_finished_run_is_resumed_without_another_update(name, tmp_path, monkeypatch):
    env = open_world()
    whole = tiny(name, env).learn(env, checkpoint=tmp_path, progress=False)
    before = (tmp_path / FILE).read_bytes()
    monkeypatch.setattr(torch.optim.Optimizer, "zero_grad", lambda *_: pytest.fail("another update was made"))
    resumed = tiny(name, env).learn(env, checkpoint=tmp_path, resume=True, progress=False)
    assert_same(weights_of(resumed), weights_of(whole))
    assert_same(resumed.history, whole.history)
    assert (tmp_path / FILE).read_bytes() == before


@every_learner
def test_nothing_to_resume_is_a_beginning_and_no_resume_begins_anew(name, tmp_path):
    env = open_world()
    whole = tiny(name, env).learn(env, checkpoint=tmp_path, resume=True, progress=False)
    again = tiny(name, env).learn(env, checkpoint=tmp_path, resume=False, progress=False)
    assert_same(weights_of(again), weights_of(whole))
    assert_same(history_of(again), history_of(whole))


@every_learner
def test_writing_the_state_changes_nothing(name, tmp_path):
    env = open_world()
    quiet = tiny(name, env).learn(env, progress=False)
    assert_same(weights_of(tiny(name, env).learn(env, checkpoint=tmp_path, progress=False)), weights_of(quiet))


@every_learner
def test_an_interrupted_agent_can_be_saved_and_plays(name, tmp_path, monkeypatch):
    env = open_world()
    agent = tiny(name, env)
    with monkeypatch.context() as patch:
        patch.setattr(torch.optim.Optimizer, "zero_grad", interrupted_after(3, torch.optim.Optimizer.zero_grad))
        with pytest.raises(KeyboardInterrupt):
            agent.learn(env, progress=False)
    agent.save(tmp_path / "agent")
    action, _ = agent.predict(watch(open_world(num_envs=3), 1)[0])
    assert action.shape == (3,)


def interrupted_after(calls, original):
    numbers = count()

    def pressed(self, *arguments, **others):
        if next(numbers) == calls:
            raise KeyboardInterrupt
        return original(self, *arguments, **others)

    return pressed


def interrupted_ppo(folder, monkeypatch):
    env = open_world()
    with monkeypatch.context() as patch:
        interrupt(patch, SB3VecEnv, "step_wait", 130)  # in the seventeenth rollout of eight steps
        with pytest.raises(KeyboardInterrupt):
            tiny("ppo", env, **STEPS).learn(env, checkpoint=folder, progress=False)


def test_ppo_goes_on_counting_steps(tmp_path, monkeypatch):
    interrupted_ppo(tmp_path, monkeypatch)
    env, steps, step = open_world(), [], SB3VecEnv.step_wait
    monkeypatch.setattr(SB3VecEnv, "step_wait", lambda self: (steps.append(1), step(self))[1])
    resumed = tiny("ppo", env, **STEPS).learn(env, checkpoint=tmp_path, resume=True, progress=False)
    assert 4 * len(steps) == 320
    assert [entry["steps"] for entry in resumed.history] == [320, 640]
    assert all(0.0 <= entry["success"] <= 1.0 for entry in resumed.history)
    seconds = [entry["cpu_seconds"] for entry in resumed.history]
    assert seconds == sorted(seconds)


def learning_rates(monkeypatch):
    """The rates of all updates from now on, one for each step of the optimiser."""
    rates, step = [], torch.optim.Adam.step

    def record(self, *arguments, **others):
        rates.append(self.param_groups[0]["lr"])
        return step(self, *arguments, **others)

    monkeypatch.setattr(torch.optim.Adam, "step", record)
    return rates


def test_ppo_goes_on_with_the_learning_rate_it_had_come_to(tmp_path, monkeypatch):
    interrupted_ppo(tmp_path, monkeypatch)
    env, rates = open_world(), learning_rates(monkeypatch)
    tiny("ppo", env, **STEPS).learn(env, progress=False)
    whole = list(rates)
    rates.clear()
    tiny("ppo", env, **STEPS).learn(env, checkpoint=tmp_path, resume=True, progress=False)
    assert whole == sorted(whole, reverse=True)
    assert rates == pytest.approx(whole[len(whole) // 2 :])
    assert np.min(whole) >= 0.05 * 1e-3
