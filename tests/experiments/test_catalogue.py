import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import agents
import envs
import world_models
from envs.core.naming import load_entry
from experiments.catalogue import details, overview
from experiments.docstrings import config_arguments, summary

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("entries", [envs.ENVS, agents.AGENTS, world_models.WORLD_MODELS])
def test_everything_has_a_line_of_its_own(entries):
    shown = overview().splitlines()
    for name, entry in entries.items():
        assert len(summary(entry)) > 20
        assert summary(entry).endswith("."), f"{name}: its docstring begins with a sentence that is cut off"
        first = " ".join(summary(entry).split()[:5])
        assert any(line.startswith(f"  {name} ") and f" {first}" in line for line in shown)


@pytest.mark.parametrize("name", envs.ENVS)
def test_every_argument_is_listed_with_its_default(name):
    config = load_entry(envs.ENVS[name]).Config
    text = details(f"crossroads/{name}")
    for field in fields(config):
        assert f"\n  {field.name} = " in text
    family = envs.ENVS[name].split(".")[1]
    assert {"gridworld": "  size = ", "driving": "  demand = ", "particle": "  dims = "}[family] in text


@pytest.mark.parametrize("name", world_models.WORLD_MODELS)
def test_every_setting_of_a_world_model_is_listed(name):
    kind = world_models.model_class(name)
    text = details(name)
    assert f"{name}, a world model: " in text
    assert ("world_models.make(" if kind.reads_state else f"--config model={name} model_config=") in text
    for field in fields(kind.Config):
        assert f"\n  {field.name} = " in text
    assert "Args:" not in text


def test_a_name_that_two_have_tells_of_both():
    text = details("constant-velocity")
    assert text.startswith("constant-velocity: ")
    assert "\n\nconstant-velocity, a world model: " in text


def test_a_default_as_wide_as_its_column_keeps_apart_from_its_meaning():
    row = next(line for line in details("joint-trajectory").splitlines() if line.startswith("  crop = "))
    assert ")  Where bodies" in row


def test_docstrings_are_inherited_and_defaults_are_not():
    config = load_entry(envs.ENVS["GridCrowd-v0"]).Config
    found = {argument.name: argument for argument in config_arguments(config)}
    assert found["size"].default == "13"
    assert found["size"].meaning == "Side, or (rows, cols)."


def test_an_unknown_name_gets_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'GridMaze-v0'"):
        details("GridMaze")


def test_listing_loads_neither_pytorch_nor_any_family():
    script = "import sys; from experiments.catalogue import overview; overview(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"torch", "numba", "envs.gridworld.nav", "agents.dagger"} & set(done.stdout.split())
