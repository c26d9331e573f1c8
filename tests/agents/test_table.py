"""Agents are made by name, from a table of strings."""

import subprocess
import sys
from dataclasses import FrozenInstanceError, fields, is_dataclass
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from agents_for_tests import LEARNERS, every_agent, every_watcher, open_world, tiny

import agents
from agents.agent import Agent

ROOT = Path(__file__).parents[2]


@every_agent
def test_the_table_holds_the_name_that_the_class_has(name):
    made = agents.make(name, open_world())
    assert isinstance(made, Agent)
    assert type(made) is agents.agent_class(name)
    assert made.name == name
    assert made.config == type(made).Config()


@pytest.mark.parametrize("name", agents.AGENTS)
def test_configs_are_frozen_and_keyword_only(name):
    config = agents.agent_class(name).Config()
    assert is_dataclass(config)
    assert all(field.kw_only for field in fields(config))
    for field in fields(config):
        with pytest.raises(FrozenInstanceError):
            setattr(config, field.name, 1)


@every_agent
def test_single_and_batched_environments_give_the_same_agent(name):
    alone, many = agents.make(name, open_world()), agents.make(name, open_world(num_envs=3))
    assert alone.observation_space == many.observation_space == open_world().observation_space
    assert alone.action_space == many.action_space == open_world().action_space


def test_an_unknown_agent_is_refused_with_the_nearest_name():
    with pytest.raises(ValueError, match=r"Unknown agent 'dager'\. Did you mean 'dagger'\? Known agents: \['random'"):
        agents.make("dager", open_world())
    with pytest.raises(ValueError, match=r"Unknown agent 'os:system'"):
        agents.make("os:system", open_world())


@every_agent
def test_an_unknown_field_is_refused_with_the_config_it_was_for(name):
    with pytest.raises(TypeError, match=rf"Unknown field of {agents.agent_class(name).Config.__name__} 'sead'"):
        agents.make(name, open_world(), sead=1)


@pytest.mark.parametrize(
    ("name", "wrong", "nearest"),
    [
        ("dagger", "round", "rounds"),
        ("behavior-cloning", "warmup", "warm_up"),
        ("ppo", "n_step", "n_steps"),
    ],
)
def test_the_nearest_field_is_named(name, wrong, nearest):
    with pytest.raises(TypeError, match=rf"'{wrong}'\. Did you mean '{nearest}'\?"):
        agents.make(name, open_world(), **{wrong: 3})


@pytest.mark.parametrize(
    ("name", "config", "message"),
    [
        ("dagger", {"rounds": 0}, r"rounds: expected >= 1, got 0"),
        ("dagger", {"schedule": "indicater"}, r"Unknown mixing schedule 'indicater'\. Did you mean 'indicator'\?"),
        ("dagger", {"validation_levels": 0}, r"validation_levels: expected >= 1"),
        ("dagger", {"label_every": 0}, r"DAggerConfig.label_every: expected >= 1, got 0"),
        ("behavior-cloning", {"width": 0}, r"ImitationConfig.width: expected >= 1, got 0"),
        ("behavior-cloning", {"learning_rate": 0.0}, r"learning_rate: expected > 0, got 0.0"),
        ("behavior-cloning", {"warm_up": 0}, r"warm_up: expected >= 1, got 0"),
        ("ppo", {"total_steps": -1}, r"PPOConfig.total_steps: expected >= 1, got -1"),
        ("ppo", {"encoder": "centered"}, r"Unknown encoder 'centered'\. Did you mean 'centred'\?"),
        ("ppo", {"warm_spread": 0.0}, r"PPOConfig.warm_spread: expected > 0, got 0.0"),
    ],
)
def test_values_out_of_range_are_refused_by_name(name, config, message):
    with pytest.raises(ValueError, match=message):
        agents.make(name, open_world(), **config)


@every_watcher
@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("value", ["3", 0.5, None, True], ids=repr)
def test_values_of_another_type_are_refused_by_name(name, value):
    with pytest.raises(ValueError, match=rf"Argument 'seed': expected int, got {value!r}"):
        agents.make(name, open_world(), seed=value)


@every_agent
@pytest.mark.usefixtures("unchecked")
def test_observations_that_are_no_dictionary_are_refused(name):
    with pytest.raises(ValueError, match=rf"Agent '{name}' .*dictionary observations, got the space Box"):
        agents.make(name, gymnasium.make("CartPole-v1"))


@pytest.mark.parametrize("name", LEARNERS)
def test_learners_refuse_actions_that_they_cannot_choose_among(name):
    kind, observed = agents.agent_class(name), open_world().observation_space
    with pytest.raises(ValueError, match=rf"Agent '{name}'.* got the action space MultiBinary"):
        kind(observed, gymnasium.spaces.MultiBinary(3), kind.Config())


def test_ppos_centred_encoder_refuses_images_and_no_occupancy_at_all():
    kind, actions = agents.agent_class("ppo"), gymnasium.spaces.Discrete(5)
    image = gymnasium.spaces.Box(0, 255, (8, 64, 64), np.uint8)
    for observed in ({"occupancy": image}, {"ego": gymnasium.spaces.Box(-1.0, 1.0, (2,))}):
        with pytest.raises(ValueError, match=r"'centred' looks at a grid's binary 'occupancy', got the space (B|N)"):
            kind(gymnasium.spaces.Dict(observed), actions, kind.Config(encoder="centred"))


@every_agent
def test_agents_that_do_not_learn_return_themselves_and_learners_too(name, tmp_path):
    env = open_world()
    agent = tiny(name, env)
    assert agent.learn(env, checkpoint=tmp_path, resume=True, progress=False) is agent


def test_listing_agents_loads_nothing_heavy():
    code = "import sys, agents; list(agents.AGENTS); print([m for m in ('torch', 'numba') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
