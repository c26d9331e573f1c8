"""The doors tell a newcomer what they do and what is missing, and every version is pinned."""

import re
import shutil
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import TypeCheckError
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from envs import ENVS
from envs.core.naming import load_entry

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
DOORS = ("help", "setup", "demo", "test", "test-slow", "check", "bench", "clean")

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in pairs}


def required() -> list[Requirement]:
    return [
        Requirement(line) for line in [*PROJECT["dependencies"], *(line for extra in EXTRAS.values() for line in extra)]
    ]


def installed_below(requirements: list[Requirement]) -> dict[str, str]:
    """Name and version of every installed package that `requirements` bring here, theirs included."""
    found: dict[str, str] = {}
    waiting = [(requirement, "") for requirement in requirements]
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": extra}):
            continue
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue
        if name not in found:
            found[name] = package.version
            extras = requirement.extras or {""}
            waiting += [(Requirement(line), wanted) for line in package.requires or [] for wanted in extras]
    return found


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "Makefile", folder)
    for name in ("pyproject.toml", "constraints.txt", "envs/gymnasium_plugin.py", "envs/gymnasium_plugin.pth"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).touch()
    return subprocess.run(["make", *arguments], cwd=folder, capture_output=True, text=True, check=False)


@needs_make
def test_make_alone_lists_every_door(tmp_path):
    result = make(tmp_path)
    assert result.returncode == 0, result.stderr
    assert tuple(re.findall(r"^  ([a-z-]+) ", result.stdout, flags=re.MULTILINE)) == DOORS


@needs_make
@pytest.mark.parametrize("door", ["demo", "test", "test-slow", "check", "bench"])
def test_every_door_sets_itself_up(tmp_path, door):
    planned = make(tmp_path, "--dry-run", door).stdout
    assert planned.index("-m venv") < planned.index("torch==2.13.0") < planned.index('--editable ".[dev]"')


@needs_make
@pytest.mark.parametrize(("script", "found"), [("echo Python 3.9.2; exit 1", "Python 3.9.2"), (None, "not found")])
def test_a_missing_or_old_python_is_named(tmp_path, script, found):
    python = tmp_path / "python-of-old"
    if script is not None:
        python.write_text(f"#!/bin/sh\n{script}\n")
        python.chmod(0o755)
    result = make(tmp_path, "setup", f"PYTHON={python}")
    assert result.returncode != 0
    assert "Python 3.11 or newer is needed" in result.stderr
    assert found in result.stderr
    assert not (tmp_path / ".venv").exists()


def test_every_dependency_of_every_extra_is_pinned():
    assert {canonicalize_name(requirement.name) for requirement in required()} <= set(pins())


def test_pins_satisfy_the_project_file():
    for requirement in required():
        assert requirement.specifier.contains(pins()[canonicalize_name(requirement.name)]), requirement


def test_every_installed_dependency_has_its_pinned_version():
    pinned = pins()
    installed = {name: version.partition("+")[0] for name, version in installed_below(required()).items()}
    assert {name: pinned.get(name) for name in installed} == installed


def test_pins_name_no_place_and_no_build():
    assert not re.search(r"[+/@]|--", "".join(f"{name}{version}" for name, version in pins().items()))


def test_nothing_asks_for_pygame_beside_pygame_ce():
    assert "pygame-ce" in pins()
    assert "pygame" not in pins()
    assert "pygame" not in installed_below(required())


def test_torch_is_pinned_alike_everywhere():
    assert pins()["torch"] == "2.13.0"
    assert "torch==2.13.0" in PROJECT["dependencies"]
    assert "torch==2.13.0" in (ROOT / "Makefile").read_text()


def test_shapes_are_checked_while_testing():
    worlds = load_entry(ENVS["GridNav-v0"])(2, 1)
    worlds.set_seeds(np.zeros(2, np.uint64), np.ones(2, np.bool_))
    with pytest.raises(TypeCheckError, match="chosen"):
        worlds.set_seeds(np.zeros(2, np.uint64), np.ones(3, np.bool_))
