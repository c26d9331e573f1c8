"""Imports point down, and a line that points up is found by name."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("envs", "world_models", "agents", "experiments")
LINTER = (sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-logo")

FORBIDDEN = [
    ("envs/core/naming.py", "import envs.gridworld.config", "envs.core.naming -> envs.gridworld.config"),
    ("envs/core/naming.py", "import envs.episodes.store", "envs.core.naming -> envs.episodes.store"),
    ("envs/core/naming.py", "from envs import ENVS", "envs.core.naming -> envs"),
    ("envs/core/naming.py", "import torch", "envs.core.naming -> torch"),
    ("envs/kernels/compilation.py", "import envs.core.naming", "envs.kernels.compilation -> envs.core.naming"),
    ("envs/kernels/compilation.py", "import scipy", "envs.kernels.compilation -> scipy"),
    ("envs/episodes/layout.py", "import envs.gridworld.config", "envs.episodes.layout -> envs.gridworld.config"),
    ("envs/episodes/layout.py", "import envs.kernels", "envs.episodes.layout -> envs.kernels"),
    ("envs/gridworld/config.py", "import envs.episodes.store", "envs.gridworld.config -> envs.episodes.store"),
    ("envs/gridworld/config.py", "import envs.registration", "envs.gridworld.config -> envs.registration"),
    ("envs/gridworld/config.py", "import envs.particle.state", "envs.gridworld.config -> envs.particle.state"),
    ("envs/gridworld/config.py", "import agents", "envs.gridworld.config -> agents"),
    ("envs/unplaced.py", "", "unplaced"),
    ("world_models/__init__.py", "import agents.agent", "world_models -> agents.agent"),
    ("agents/agent.py", "import experiments", "agents.agent -> experiments"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*LINTER, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)


def imported_modules(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}


@pytest.fixture
def tree(tmp_path):
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_import_points_down(tree):
    result = lint(tree)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("file", "line", "named"), FORBIDDEN, ids=[named for *_, named in FORBIDDEN])
def test_an_import_that_points_up_is_named(tree, file, line, named):
    with (tree / file).open("a", encoding="utf-8") as planted:
        planted.write(f"\n{line}\n")
    result = lint(tree)
    assert result.returncode == 1, result.stdout
    assert named in result.stdout.replace("&", " "), result.stdout


@pytest.mark.parametrize("path", sorted((ROOT / "envs" / "kernels").rglob("*.py")), ids=lambda path: path.stem)
def test_kernels_import_numpy_numba_and_the_standard_library_alone(path):
    allowed = {"numpy", "numba", *sys.stdlib_module_names}
    foreign = {name for name in imported_modules(path) if name.split(".")[0] not in allowed}
    assert {name for name in foreign if not name.startswith("envs.kernels")} == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_no_package_imports_the_tests(package):
    helpers = {"tests"} | {path.stem for path in (ROOT / "tests").glob("*.py")} | {"twins"}
    for path in (ROOT / package).rglob("*.py"):
        assert not {name.split(".")[0] for name in imported_modules(path)} & helpers, path
