"""Damaged checkpoints: every altered bit is noticed, and the error says which file."""

import random
import shutil

import numpy as np
import pytest
import torch
from agents_for_tests import every_agent, every_learner, open_world, tiny
from safetensors.torch import save_file

import agents
from agents.sealed import DamagedCheckpointError, checksum, read_sealed, write_sealed
from agents.training_state import FILE


def assert_refused(path):
    with pytest.raises(DamagedCheckpointError, match=path.name):
        agents.load(path, open_world())


def flipped(content, bit):
    altered = bytearray(content)
    altered[bit // 8] ^= 1 << bit % 8
    return bytes(altered)


def test_every_byte_of_a_small_file_counts(tmp_path):
    facts, tensors = {"format": "x", "n": 1}, {"a": torch.tensor([1.5, -2.0]), "b": torch.tensor(3)}
    write_sealed(tmp_path / "whole", facts, tensors)
    found, kept = read_sealed(tmp_path / "whole")
    assert found == facts
    assert all(torch.equal(kept[name], tensor) for name, tensor in tensors.items())
    content, damaged = (tmp_path / "whole").read_bytes(), tmp_path / "damaged"
    rng = random.Random(0)
    for byte in range(len(content)):
        damaged.write_bytes(flipped(content, 8 * byte + rng.randrange(8)))
        with pytest.raises(DamagedCheckpointError, match="damaged"):
            read_sealed(damaged)


def test_every_shorter_file_is_refused(tmp_path):
    write_sealed(tmp_path / "whole", {"format": "x"}, {"a": torch.tensor([1.5, -2.0])})
    content, damaged = (tmp_path / "whole").read_bytes(), tmp_path / "damaged"
    for size in range(len(content)):
        damaged.write_bytes(content[:size])
        with pytest.raises(DamagedCheckpointError, match="damaged"):
            read_sealed(damaged)
    damaged.write_bytes(content + b"\0")
    with pytest.raises(DamagedCheckpointError, match="damaged"):
        read_sealed(damaged)


@every_agent
def test_bits_flipped_anywhere_in_an_agent_are_noticed(name, trained, tmp_path):
    path = tmp_path / "agent.safetensors"
    trained(name).save(path)
    content, rng = path.read_bytes(), random.Random(0)
    for bit in [rng.randrange(8 * len(content)) for _ in range(40)]:
        path.write_bytes(flipped(content, bit))
        assert_refused(path)


@every_agent
def test_truncated_agents_are_noticed(name, trained, tmp_path):
    path = tmp_path / "agent.safetensors"
    trained(name).save(path)
    content = path.read_bytes()
    for size in (0, 1, 8, len(content) // 2, len(content) - 1):
        path.write_bytes(content[:size])
        assert_refused(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"PK\x03\x04zip", b"\x93NUMPY", b"\xff" * 64, np.arange(100).tobytes()],
    ids=["empty", "json", "zip", "numpy", "ones", "numbers"],
)
def test_other_files_are_refused(tmp_path, content):
    (tmp_path / "other").write_bytes(content)
    assert_refused(tmp_path / "other")


def test_other_safetensors_are_refused(tmp_path):
    save_file({"weight": torch.zeros(3)}, tmp_path / "other", metadata={"format": "pt"})
    with pytest.raises(DamagedCheckpointError, match="other is a safetensors file, but damaged or not one of ours"):
        agents.load(tmp_path / "other")


def test_another_format_is_named(tmp_path):
    write_sealed(tmp_path / "other", {"format": "crossroads-agent-7"}, {})
    with pytest.raises(DamagedCheckpointError, match=r"expected format 'crossroads-agent-1', found '.*-7'"):
        agents.load(tmp_path / "other")


@every_learner
def test_a_training_state_is_no_agent_and_an_agent_no_training_state(name, tmp_path):
    env = open_world()
    agent = tiny(name, env).learn(env, checkpoint=tmp_path, progress=False)
    with pytest.raises(
        DamagedCheckpointError, match=f"{FILE}: expected format 'crossroads-agent-1', found '.*training"
    ):
        agents.load(tmp_path / FILE)
    agent.save(tmp_path / FILE)
    with pytest.raises(DamagedCheckpointError, match=f"{FILE}: expected format 'crossroads-training-1', found"):
        tiny(name, env).learn(env, checkpoint=tmp_path, resume=True, progress=False)


@every_learner
def test_a_damaged_training_state_is_refused(name, tmp_path):
    env = open_world()
    tiny(name, env).learn(env, checkpoint=tmp_path, progress=False)
    content, rng = (tmp_path / FILE).read_bytes(), random.Random(1)
    for bit in [rng.randrange(8 * len(content)) for _ in range(5)]:
        (tmp_path / FILE).write_bytes(flipped(content, bit))
        with pytest.raises(DamagedCheckpointError, match=FILE):
            tiny(name, env).learn(env, checkpoint=tmp_path, resume=True, progress=False)


@every_learner
def test_another_agents_training_state_is_refused(name, tmp_path):
    env = open_world()
    other = "ppo" if name != "ppo" else "dagger"
    tiny(other, env).learn(env, checkpoint=tmp_path, progress=False)
    with pytest.raises(DamagedCheckpointError, match=f"expected agent '{name}', found '{other}'"):
        tiny(name, env).learn(env, checkpoint=tmp_path, resume=True, progress=False)


def test_a_missing_file_is_missing_and_so_is_a_folder(tmp_path):
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(FileNotFoundError, match=f"No checkpoint at {path}"):
            agents.load(path)


def test_the_checksum_sees_names_types_shapes_and_text():
    tensor = torch.arange(4, dtype=torch.int32)
    others = [
        checksum("text", {"b": tensor}),
        checksum("text", {"a": tensor.view(torch.float32)}),
        checksum("text", {"a": tensor.view(2, 2)}),
        checksum("test", {"a": tensor}),
        checksum("text", {"a": tensor, "b": tensor[:0]}),
    ]
    assert len({checksum("text", {"a": tensor}), *others}) == 6
    assert checksum("text", {"a": tensor}) == checksum("text", {"a": tensor.clone()})


def test_a_failed_save_leaves_the_last_one(tmp_path, monkeypatch):
    agent, path = tiny("dagger", open_world()), tmp_path / "agent"
    agent.save(path)
    shutil.copy(path, tmp_path / "copy")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        agent.save(path)
    assert path.read_bytes() == (tmp_path / "copy").read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["agent", "copy"]
