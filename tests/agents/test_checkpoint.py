"""Saved agents: the same decisions after loading, plain JSON beside the weights, and no code in between."""

import json
import pickle
from dataclasses import asdict

import numpy as np
import pytest
import torch
from agents_for_tests import every_agent, every_learner, every_world, open_world, tiny, watch
from bitwise import assert_same
from gymnasium import spaces
from safetensors import safe_open
from safetensors.torch import save_file

import agents
from agents.checkpoint import Checkpoint, DamagedCheckpointError, read_checkpoint, write_checkpoint
from agents.sealed import KEY, write_sealed


@every_world
@every_agent
def test_a_loaded_agent_decides_the_same(name, world, trained, tmp_path):
    worlds = open_world(world, num_envs=4)
    agent = trained(name, world).bound_to(worlds)
    agent.save(tmp_path / "agent.safetensors")
    loaded = agents.load(tmp_path / "agent.safetensors", worlds)
    assert type(loaded) is type(agent)
    assert loaded.config == agent.config
    assert loaded.facts() == agent.facts()
    observation, _ = worlds.reset(seed=0)
    for deterministic in (True, False):
        state = None
        for _ in range(3):
            expected = agent.predict(observation, state, None, deterministic)
            assert_same(loaded.predict(observation, state, None, deterministic), expected)
            assert_same(loaded.explain(observation), agent.explain(observation))
            state, observation = expected[1], worlds.step(expected[0])[0]


@every_agent
def test_saving_again_what_was_loaded_gives_the_same_bytes(name, trained, tmp_path):
    env = open_world()
    trained(name).save(tmp_path / "first")
    agents.load(tmp_path / "first", env).save(tmp_path / "second")
    assert (tmp_path / "first").read_bytes() == (tmp_path / "second").read_bytes()


@every_agent
def test_saving_makes_folders_and_replaces(name, tmp_path):
    env, path = open_world(), tmp_path / "runs" / "one" / "agent.safetensors"
    tiny(name, env).save(path)
    tiny(name, env).save(path)
    assert [file.name for file in path.parent.iterdir()] == ["agent.safetensors"]


@every_agent
def test_the_header_is_plain_json(name, trained, tmp_path):
    trained(name).save(tmp_path / "agent")
    with safe_open(str(tmp_path / "agent"), framework="np") as file:
        header = json.loads(file.metadata()[KEY])["facts"]
    assert header["agent"] == name
    assert header["config"] == json.loads(json.dumps(asdict(trained(name).config)))
    assert header["action_space"] == {"kind": "Discrete", "n": 8}


@every_learner
def test_a_loaded_learner_goes_on_learning(name, trained, tmp_path):
    env = open_world()
    trained(name).save(tmp_path / "agent")
    loaded = agents.load(tmp_path / "agent")
    before = {key: tensor.clone() for key, tensor in loaded.tensors().items()}
    loaded.learn(env, progress=False)
    assert len(loaded.history) == len(trained(name).history)
    assert any(not torch.equal(before[key], tensor) for key, tensor in loaded.tensors().items())


def test_the_oracle_is_loaded_with_its_environment(tmp_path):
    tiny("oracle", open_world()).save(tmp_path / "oracle")
    with pytest.raises(ValueError, match=r"agents.load\(path, env\) needs the environment"):
        agents.load(tmp_path / "oracle")


class Trap:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def traps(folder):
    """Files whose unpickling would be noticed, by what they are called."""
    payload = pickle.dumps(Trap(folder / "sprung"))
    (folder / "pickle").write_bytes(payload)
    torch.save(Trap(folder / "sprung"), folder / "torch")
    save_file({"payload": torch.frombuffer(bytearray(payload), dtype=torch.uint8)}, folder / "safetensors")
    save_file({"weight": torch.zeros(1)}, folder / "metadata", metadata={KEY: payload.decode("latin-1")})
    return ["pickle", "torch", "safetensors", "metadata"]


def test_loading_never_runs_code(tmp_path):
    for name in traps(tmp_path):
        with pytest.raises(DamagedCheckpointError, match=rf"{name} is "):
            agents.load(tmp_path / name, open_world())
        assert not (tmp_path / "sprung").exists()
    pickle.loads((tmp_path / "pickle").read_bytes())
    assert (tmp_path / "sprung").exists(), "the trap does not work"


def test_the_name_in_a_checkpoint_is_looked_up_and_never_imported(tmp_path):
    env = open_world()
    for name in ("os:system", "subprocess:run", "rando"):
        write_checkpoint(tmp_path / "agent", Checkpoint(name, {}, env.observation_space, env.action_space))
        with pytest.raises(ValueError, match=f"Unknown agent '{name}'"):
            agents.load(tmp_path / "agent", env)


def test_a_field_that_the_config_has_not_is_named(tmp_path):
    env = open_world()
    write_checkpoint(tmp_path / "a", Checkpoint("dagger", {"rouns": 3}, env.observation_space, env.action_space))
    with pytest.raises(TypeError, match=r"Unknown field of DAggerConfig 'rouns'\. Did you mean 'rounds'\?"):
        agents.load(tmp_path / "a")


@pytest.mark.parametrize(
    "facts",
    [
        {"format": "crossroads-agent-1"},
        {"format": "crossroads-agent-1", "observation_space": {"x": {"kind": "Box"}}},
        {"format": "crossroads-agent-1", "observation_space": [], "action_space": {}},
    ],
    ids=["empty", "half a space", "no spaces"],
)
def test_a_header_that_makes_no_sense_is_refused(tmp_path, facts):
    write_sealed(tmp_path / "agent", facts, {})
    with pytest.raises(DamagedCheckpointError, match="the header of the checkpoint makes no sense"):
        agents.load(tmp_path / "agent")


@pytest.mark.parametrize(
    "space",
    [
        spaces.Discrete(5),
        spaces.MultiBinary((3, 4, 5)),
        spaces.MultiBinary(7),
        spaces.Box(0, 255, (2, 3, 4), np.uint8),
        spaces.Box(-1.0, 1.0, (4,), np.float32),
        spaces.Box(np.array([-1.0, 0.1], np.float32), np.array([0.3, 2.0], np.float32)),
        spaces.Box(-np.inf, np.inf, (2,), np.float64),
        spaces.Box(0.0, 1.0, (0,), np.float32),
    ],
    ids=str,
)
def test_spaces_come_back_as_they_were(tmp_path, space):
    observed = spaces.Dict({"occupancy": spaces.MultiBinary((3, 8, 8)), "other": space})
    write_checkpoint(tmp_path / "agent", Checkpoint("random", {}, observed, space))
    found = read_checkpoint(tmp_path / "agent")
    assert found.observation_space == observed
    assert found.action_space == space


def test_keys_keep_their_order(tmp_path):
    """It is the order in which a network takes them."""
    observed = spaces.Dict([(key, spaces.Discrete(2)) for key in ("occupancy", "ego", "actors", "zebra", "ant")])
    write_checkpoint(tmp_path / "agent", Checkpoint("random", {}, observed, spaces.Discrete(2)))
    assert list(read_checkpoint(tmp_path / "agent").observation_space) == list(observed)


def test_spaces_that_are_not_known_are_refused_on_saving(tmp_path):
    with pytest.raises(TypeError, match=r"Expected spaces MultiBinary, Discrete or Box, got MultiDiscrete"):
        write_checkpoint(tmp_path / "a", Checkpoint("random", {}, spaces.Dict({}), spaces.MultiDiscrete([2, 3])))
    assert list(tmp_path.iterdir()) == []


@every_learner
def test_a_saved_agent_does_not_follow_the_live_one(name, trained, tmp_path):
    """What was saved is a copy, and so is what was loaded."""
    agent = tiny(name, open_world())
    observation = watch(open_world(num_envs=8), 1)[0]
    before = agent.predict(observation, deterministic=True)[0]
    agent.save(tmp_path / "agent")
    with torch.no_grad():
        for tensor in agent.network.parameters():
            tensor.neg_()
    assert_same(agents.load(tmp_path / "agent").predict(observation, deterministic=True)[0], before)
