"""PPO is stable-baselines3's, behind our verb."""

import numpy as np
import pytest
import torch
from agents_for_tests import history_of, open_world, tiny, watch, weights_of
from bitwise import assert_same
from scipy.special import log_softmax
from stable_baselines3 import PPO

from agents.networks.policy import as_tensors
from agents.rollouts import play_levels
from agents.stable_baselines import SB3VecEnv


@pytest.mark.parametrize("world", ["map", "window"])
def test_our_logits_are_stable_baselines3s_distribution(world, trained):
    agent = trained("ppo", world)
    for observation in watch(open_world(world, num_envs=6), 3):
        with torch.no_grad():
            ours = agent.outputs(observation).numpy()
            theirs = agent.network.get_distribution(as_tensors(observation)).distribution.logits.numpy()
        assert log_softmax(ours, axis=1) == pytest.approx(theirs, abs=1e-5)
        chosen, _ = agent.network.predict(observation, deterministic=True)
        assert np.array_equal(agent.predict(observation, deterministic=True)[0], chosen)


def test_the_policy_that_learned_is_the_one_that_decides(monkeypatch):
    env, models, learn = open_world(), [], PPO.learn

    def record(self, *arguments, **others):
        models.append(self)
        return learn(self, *arguments, **others)

    monkeypatch.setattr(PPO, "learn", record)
    agent = tiny("ppo", env)
    before = weights_of(agent)
    agent.learn(env, progress=False)
    assert_same(weights_of(agent), {key: tensor.numpy() for key, tensor in models[0].policy.state_dict().items()})
    assert any(not np.array_equal(before[key], array) for key, array in weights_of(agent).items())


def test_as_many_steps_are_made_as_were_asked_for(monkeypatch):
    env, steps, step = open_world(), [], SB3VecEnv.step_wait
    monkeypatch.setattr(SB3VecEnv, "step_wait", lambda self: (steps.append(self.num_envs), step(self))[1])
    agent = tiny("ppo", env).learn(env, progress=False)
    assert sum(steps) == agent.config.total_steps == agent.history[-1]["steps"] == 128


def test_the_same_seed_learns_the_same_and_another_does_not():
    env = open_world()
    first, same, other = (tiny("ppo", env, seed=seed).learn(env, progress=False) for seed in (1, 1, 2))
    assert_same((weights_of(first), history_of(first)), (weights_of(same), history_of(same)))
    assert weights_of(first)["action_net.bias"].tobytes() != weights_of(other)["action_net.bias"].tobytes()


def test_it_learns_the_way_on_a_single_level():
    env = open_world(size=5, num_levels=1, max_steps=10)
    agent = tiny("ppo", env, total_steps=4096, num_envs=16, n_steps=16, batch_size=128, n_epochs=4, width=32)
    shares = [entry["success"] for entry in agent.learn(env, progress=False).history]
    assert shares[0] < shares[-1] > 0.95
    assert play_levels(agent, env, [0])[0].metrics["success"] == 1.0
