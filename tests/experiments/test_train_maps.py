"""Agents that plan on maps learn from published files of labelled ones."""

from vin_for_tests import write_training

import agents
from experiments import cli


def test_labelled_maps_teach_who_plans_on_maps(tmp_path, capsys):
    write_training(tmp_path, maps=6, size=8)
    (path,) = (tmp_path / "vin").iterdir()
    words = ["train", "--maps", str(path), "--out", str(tmp_path / "run")]
    words += ["--agent", "value-iteration-network", "--config", "updates=2", "batch_maps=2"]
    assert cli.main(words) == 0
    agent = agents.load(tmp_path / "run" / "agent.safetensors")
    assert agent.history[-1]["updates"] == 2
    assert agent.observation_space["occupancy"].shape == (3, 8, 8)
    assert cli.main(["train", "--maps", str(path), "--out", str(tmp_path / "other"), "--agent", "dagger"]) == 2
    assert "'dagger' does not learn from labelled maps" in capsys.readouterr().err
