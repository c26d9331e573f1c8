import gymnasium
import numpy as np
import pytest

import agents
from envs.episodes import EpisodeStore
from experiments.collect import collect
from experiments.environments import make_env

SLIPPERY = {"size": 8, "slip": 0.3, "observe": ("occupancy", "ego"), "max_steps": 40}
OPTIONS = {"num_envs": 8, "label": True, "progress": False}


@pytest.fixture(scope="module")
def env():
    return make_env("GridNav-v0", SLIPPERY)


def contents(store):
    return {name: (entry.shape, entry.crc32) for name, entry in store.manifest.arrays.items()}


@pytest.mark.parametrize("name", ["oracle", "random"])
def test_the_same_command_writes_the_same_store(env, tmp_path, name):
    first, second = (collect(agents.make(name, env), env, tmp_path / f"{k}", episodes=11, **OPTIONS) for k in range(2))
    assert contents(first) == contents(second)
    assert first.episodes["level"].tolist() == list(range(11))
    assert first.env_arguments["split"] == "train"


@pytest.mark.parametrize("name", ["oracle", "random"])
@pytest.mark.parametrize("stops", [(3,), (8,), (5, 13)], ids=str)
def test_resuming_ends_with_what_an_uninterrupted_run_writes(env, tmp_path, name, stops):
    agent = agents.make(name, env)
    whole = collect(agent, env, tmp_path / "whole", episodes=21, **OPTIONS)
    for count in (*stops, 21, 21):
        parts = collect(agent, env, tmp_path / "parts", episodes=count, resume=True, **OPTIONS)
    assert contents(parts) == contents(whole)


class Impatient(agents.agent_class("random")):
    """Presses Ctrl-C at its nth decision."""

    presses_at = 60

    def act(self, observation, state, episode_start, deterministic):
        self.presses_at -= 1
        if self.presses_at == 0:
            raise KeyboardInterrupt
        return super().act(observation, state, episode_start, deterministic)


def test_ctrl_c_leaves_a_valid_store_that_resuming_completes(env, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        collect(Impatient.for_env(env), env, tmp_path / "parts", episodes=21, **OPTIONS)
    assert EpisodeStore.open(tmp_path / "parts").num_episodes == 8
    agent = agents.make("random", env)
    parts = collect(agent, env, tmp_path / "parts", episodes=21, resume=True, **OPTIONS)
    whole = collect(agent, env, tmp_path / "whole", episodes=21, **OPTIONS)
    assert contents(parts) == contents(whole)


@pytest.mark.parametrize("name", ["oracle", "random"])
def test_a_recorded_episode_can_be_played_again_step_by_step(env, tmp_path, name):
    store = collect(agents.make(name, env), env, tmp_path, episodes=10, **OPTIONS)
    for index in range(store.num_episodes):
        episode = store.episode(index)
        facts, steps = episode["episode"], episode["steps"]
        seen, _ = env.reset(seed=int(facts["seed"]), options={"level": int(facts["level"])})
        for t, action in enumerate(steps["action"]):
            assert all((seen[key] == array[t]).all() for key, array in episode["observations"].items())
            assert steps["expert_action"][t] == env.unwrapped.oracle_action()
            seen, reward, terminated, truncated, info = env.step(int(action))
            assert (reward, terminated, truncated) == tuple(steps[k][t] for k in ("reward", "terminated", "truncated"))
        assert terminated or truncated
        assert all((seen[key] == array[-1]).all() for key, array in episode["observations"].items())
        np.testing.assert_equal({key: float(facts[key]) for key in info["metrics"]}, info["metrics"])


def test_a_store_of_something_else_is_not_gone_on_with(env, tmp_path):
    agent = agents.make("oracle", env)
    collect(agent, env, tmp_path, episodes=5, **OPTIONS)
    with pytest.raises(ValueError, match="not recorded with seed 1"):
        collect(agent, env, tmp_path, episodes=9, resume=True, seed=1, **OPTIONS)
    with pytest.raises(ValueError, match="other levels"):
        collect(agent, env, tmp_path, episodes=9, resume=True, split="test", **OPTIONS)
    with pytest.raises(ValueError, match="agent is 'oracle'"):
        collect(agents.make("random", env), env, tmp_path, episodes=9, resume=True, **OPTIONS)
    assert EpisodeStore.open(tmp_path).num_episodes == 5


def test_a_level_is_never_recorded_twice(tmp_path):
    env = gymnasium.make("crossroads/GridNav-v0", num_levels=4)
    with pytest.raises(ValueError, match="only 4 levels"):
        collect(agents.make("oracle", env), env, tmp_path, episodes=5)
    assert collect(agents.make("oracle", env), env, tmp_path, episodes=4).num_episodes == 4
