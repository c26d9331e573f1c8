import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import agents
import envs
from envs.core.naming import load_entry
from experiments.catalogue import details, overview
from experiments.docstrings import config_arguments, summary

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", [*envs.ENVS, *agents.AGENTS])
def test_everything_has_a_line_of_its_own(name):
    entry = {**envs.ENVS, **agents.AGENTS}[name]
    assert len(summary(entry)) > 20
    assert f"  {name} " in overview()


@pytest.mark.parametrize("name", envs.ENVS)
def test_every_argument_is_listed_with_its_default(name):
    config = load_entry(envs.ENVS[name]).Config
    text = details(f"crossroads/{name}")
    for field in fields(config):
        assert f"\n  {field.name} = " in text
    family = envs.ENVS[name].split(".")[1]
    assert {"gridworld": "  size = ", "driving": "  demand = ", "particle": "  dims = "}[family] in text


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
