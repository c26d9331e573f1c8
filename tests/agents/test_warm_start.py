"""From imitation to reinforcement learning: PPO that begins as a cloned policy."""

import gymnasium
import numpy as np
import pytest
import torch
from agents_for_tests import open_world, tiny, weights_of
from bitwise import assert_same

import agents
from agents.networks.policy import as_tensors
from agents.ppo_training import critic_steps, learning_rate
from agents.stable_baselines import SB3VecEnv

ROAD = {"num_actors": 4, "extent": (24.0, 8.0, 12.0, 12.0), "history": 2, "duration": 2.0}
CLONED = {"width": 4, "labels": 96, "updates": 30, "num_envs": 8, "batch_size": 16}
SMALL = {"num_envs": 4, "n_steps": 8, "batch_size": 16, "n_epochs": 2, "total_steps": 128, "width": 8}
WORLDS = ["map", "window", "continuous", "trajectory", "meta"]
every_world = pytest.mark.parametrize("world", WORLDS)


def open_any(world):
    """A grid of the table, or a small road with this kind of action."""
    if world in ("map", "window"):
        return open_world(world)
    return gymnasium.make("crossroads/Intersection-v0", **ROAD, action=world)


@pytest.fixture(scope="module")
def clones():
    """Function world -> (environment, cloned policy); made once, not to be changed."""
    made = {}

    def get(world):
        if world not in made:
            env = open_any(world)
            made[world] = env, agents.make("behavior-cloning", env, **CLONED).learn(env, progress=False)
        return made[world]

    return get


def met(env, count=64, steps=4):
    """Observations [4 count ...] on a random walk."""
    worlds = SB3VecEnv(env, count, seed=3)
    seen = [worlds.reset()]
    worlds.batch.action_space.seed(0)
    for _ in range(steps - 1):
        worlds.step_async(worlds.batch.action_space.sample())
        seen.append(worlds.step_wait()[0])
    worlds.close()
    return {key: np.concatenate([one[key] for one in seen]) for key in seen[0]}


def warm(world, clones, **config):
    env, clone = clones(world)
    return env, clone, agents.make("ppo", env, **SMALL | config).warm_start(clone)


@every_world
def test_right_after_a_warm_start_the_actions_are_the_clones_to_the_last_bit(world, clones):
    env, clone, agent = warm(world, clones)
    observation = met(env)
    expected, _ = clone.predict(observation, deterministic=True)
    assert_same(agent.predict(observation, deterministic=True)[0], expected)
    with torch.no_grad():
        said, logits = agent.outputs(observation).numpy(), clone.network(as_tensors(observation)).numpy()
    if isinstance(env.action_space, gymnasium.spaces.Discrete):
        assert_same(said, logits)
    assert len(np.unique(said, axis=0)) > 1


@pytest.mark.parametrize("world", ["map", "continuous"])
def test_stable_baselines3_itself_decides_alike_on_observations_as_they_come(world, clones):
    env, _, agent = warm(world, clones)
    observation = met(env)
    found, _ = agent.network.predict(observation, deterministic=True)
    assert found == pytest.approx(agent.predict(observation, deterministic=True)[0], abs=1e-5)


@pytest.mark.parametrize("world", ["continuous", "trajectory"])
def test_drawn_vectors_spread_about_the_clones_as_the_config_says(world, clones):
    """Where no bound is near: 0.1 spreads of the labels, in every number."""
    env, clone, agent = warm(world, clones, warm_spread=0.05)
    row = {key: array[:1].repeat(4000, axis=0) for key, array in met(env, 1).items()}
    drawn = agent.predict(row)[0].reshape(4000, -1)
    mean = clone.predict(row, deterministic=True)[0].reshape(4000, -1)
    scale = 0.05 * clone.network.labels.scale.numpy()
    is_free = (abs(mean[0] - env.action_space.low.ravel()) > 5 * scale) & (
        abs(env.action_space.high.ravel() - mean[0]) > 5 * scale
    )
    assert is_free.any()
    assert drawn.std(axis=0)[is_free] == pytest.approx(scale[is_free], rel=0.06)
    assert (drawn.mean(axis=0) - mean[0])[is_free] == pytest.approx(0, abs=float(5 * scale.max() / 4000**0.5))
    assert all(env.action_space.contains(action) for action in agent.predict(row)[0][:50])


@pytest.mark.parametrize("world", ["map", "continuous"])
def test_while_the_critic_learns_alone_the_policy_stays_as_it_was(world, clones):
    env, clone, agent = warm(world, clones, warm_rollouts=4)
    before = weights_of(agent)
    agent.learn(env, progress=False)
    after = weights_of(agent)
    changed = {name for name in after if not np.array_equal(after[name], before[name])}
    assert changed
    assert all(name.startswith(("vf_", "value_net", "mlp_extractor.value_net")) for name in changed)
    observation = met(env)
    expected = clone.predict(observation, deterministic=True)[0]
    assert_same(agent.predict(observation, deterministic=True)[0], expected)


@pytest.mark.parametrize("world", ["map", "continuous"])
def test_afterwards_the_policy_learns_too(world, clones):
    env, _, agent = warm(world, clones, warm_rollouts=2)
    before = weights_of(agent)
    after = weights_of(agent.learn(env, progress=False))
    name = "action_net.bias" if world == "map" else "action_net.0.bias"
    assert not np.array_equal(before[name], after[name])


def test_the_clones_labels_stay_their_own(clones):
    env, clone, agent = warm("continuous", clones, warm_rollouts=0)
    before = weights_of(clone)
    agent.learn(env, progress=False)
    assert_same(weights_of(clone), before)
    assert_same(agent.network.action_net[1].labels.scale.numpy(), clone.network.labels.scale.numpy())


@pytest.mark.parametrize("world", ["map", "continuous"])
def test_a_path_is_as_good_as_the_agent_and_what_is_saved_needs_neither(world, clones, tmp_path):
    env, clone, first = warm(world, clones)
    clone.save(tmp_path / "clone.safetensors")
    second = agents.make("ppo", env, warm_start=str(tmp_path / "clone.safetensors"), **SMALL)
    assert_same(weights_of(first), weights_of(second))
    second.learn(env, progress=False).save(tmp_path / "agent")
    (tmp_path / "clone.safetensors").unlink()
    again = agents.load(tmp_path / "agent")
    observation = met(env)
    expected = second.predict(observation, deterministic=True)[0]
    assert_same(again.predict(observation, deterministic=True)[0], expected)
    assert again.config == second.config


def test_it_learns_the_same_from_the_same_seed_and_goes_on_where_it_was(clones, tmp_path):
    env, _, first = warm("map", clones)
    _, _, second = warm("map", clones)
    assert_same(
        weights_of(first.learn(env, progress=False)), weights_of(second.learn(env, checkpoint=tmp_path, progress=False))
    )
    _, _, third = warm("map", clones)
    assert_same(weights_of(third.learn(env, checkpoint=tmp_path, resume=True, progress=False)), weights_of(first))


def test_rates_are_the_critics_first_and_the_policys_later():
    config = agents.agent_class("ppo").Config(
        warm_start="clone", total_steps=1000, num_envs=10, n_steps=10, warm_rollouts=3, warm_learning_rate=1e-4
    )
    assert critic_steps(config) == 300
    assert [learning_rate(config, 1 - made / 1000) for made in (100, 300, 400, 1000)] == pytest.approx(
        [0.9e-3, 0.7e-3, 0.6e-4, 0.05e-4]
    )
    cold = agents.agent_class("ppo").Config(total_steps=1000)
    assert critic_steps(cold) == 0
    assert learning_rate(cold, 0.5) == pytest.approx(0.5e-3)


@pytest.mark.parametrize("world", ["continuous", "trajectory", "meta"])
def test_roads_can_be_learned_from_nothing_too(world, tmp_path):
    env = open_any(world)
    agent = agents.make("ppo", env, cells=4, **SMALL)
    assert not agent.is_centred
    agent.learn(env, progress=False).save(tmp_path / "agent")
    observation = met(env, 8)
    chosen = agent.predict(observation, deterministic=True)[0]
    assert_same(agents.load(tmp_path / "agent").predict(observation, deterministic=True)[0], chosen)
    assert all(env.action_space.contains(action) for action in agent.predict(observation)[0])
    assert np.isfinite(agent.history[-1]["score"]) or np.isnan(agent.history[-1]["score"])


def test_a_shared_encoder_serves_maps_of_any_size(clones):
    _, clone = clones("map")
    larger = open_world(size=12)
    agent = agents.make("ppo", larger, **SMALL).warm_start(clone)
    observation = met(larger, 16)
    expected = clone.predict(observation, deterministic=True)[0]
    assert_same(agent.predict(observation, deterministic=True)[0], expected)


def test_values_do_not_reach_the_policy(clones):
    """Actor and critic share no weight."""
    env, _, agent = warm("map", clones)
    network = agent.network
    observation = {key: torch.from_numpy(array[:8].astype(np.float32)) for key, array in met(env, 8).items()}
    network.predict_values(observation).sum().backward()
    assert all(parameter.grad is None for parameter in network.actor())
    assert any(parameter.grad is not None for parameter in network.parameters())


def test_what_cannot_be_begun_with_is_refused(clones):
    env, clone = clones("map")
    agent = agents.make("ppo", env, **SMALL)
    with pytest.raises(ValueError, match="needs 'behavior-cloning' or 'dagger', got the agent 'random'"):
        agent.warm_start(agents.make("random", env))
    with pytest.raises(ValueError, match="needs 'behavior-cloning' or 'dagger', got the agent 'ppo'"):
        agent.warm_start(agents.make("ppo", env, **SMALL))
    other = agents.make("ppo", open_any("continuous"), **SMALL)
    with pytest.raises(ValueError, match=r"The clone's actions are Discrete\(8\), the agent's Box"):
        other.warm_start(clone)
    partial = gymnasium.spaces.Dict({**env.observation_space, "ego": gymnasium.spaces.Box(-1, 1, (2,))})
    seeing = agents.agent_class("ppo")(partial, env.action_space, agents.agent_class("ppo").Config())
    with pytest.raises(ValueError, match=r"The clone observes \['occupancy'\], the agent \['(occupancy|ego)', "):
        seeing.warm_start(clone)
    with pytest.raises(FileNotFoundError):
        agents.make("ppo", env, warm_start="nowhere.safetensors")


@pytest.mark.slow
def test_a_weak_clone_gets_better_and_does_not_collapse_on_the_way():
    env = open_world(size=6)
    clone = agents.make("behavior-cloning", env, labels=150, updates=100, num_envs=8).learn(env, progress=False)
    agent = tiny("ppo", env, num_envs=64, n_steps=16, batch_size=256, n_epochs=4, total_steps=40_960)
    history = agent.warm_start(clone).learn(env, progress=False).history
    shares = [entry["success"] for entry in history]
    assert min(shares) > shares[0] - 0.05
    assert shares[-1] > shares[0]
