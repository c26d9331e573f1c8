"""The cache of compiled kernels never goes stale, and is used when nothing has changed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest
from kernels.small_worlds import COMPILED

import envs.kernels

PACKAGE = Path(envs.kernels.__file__).parent
# A caller in one file (next_level, in level_draws) of kernels in another (mix and fold, in counter_random).
CALL_A_KERNEL = """
import json
import numpy as np
from envs.gridworld_rules import rules
from envs.kernels.level_draws import next_level
level = next_level(np.uint64(5), np.int64(2), rules, np.zeros(0, np.int64))
stats = getattr(next_level, "stats", None)
found = {} if stats is None else {"hits": len(stats.cache_hits), "misses": len(stats.cache_misses)}
print(json.dumps({"level": int(level), **found}))
"""
RULES = """
import numpy as np
from envs.kernels.grid_moves import GRID_RULES
rules = np.rec.array(np.zeros(1, GRID_RULES))[0]
rules.level_count = 1_000_000
"""

needs_compiler = pytest.mark.skipif(not COMPILED, reason="nothing is compiled or cached with NUMBA_DISABLE_JIT")


@pytest.fixture
def package(tmp_path):
    """A copy of the kernels, alone in a package called envs."""
    copy = tmp_path / "envs" / "kernels"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy.parent / "__init__.py").write_text("")
    (copy.parent / "gridworld_rules.py").write_text(RULES)
    return copy


def call_a_kernel(package, **variables):
    """What a fresh process finds: the level that the kernel gives, and whether it came from the cache."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    root = package.parents[1]
    environment = {**inherited, "PYTHONPATH": str(root), "XDG_CACHE_HOME": str(root / "cache"), **variables}
    command = [sys.executable, "-c", CALL_A_KERNEL]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def edit(package, old, new):
    path = package / "counter_random.py"
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


@needs_compiler
def test_editing_a_called_kernel_reaches_its_caller_in_the_next_process(package):
    first = call_a_kernel(package)
    edit(package, "return word ^ (word >> _S31)", "return word ^ (word >> _S30)")
    edited = call_a_kernel(package)
    assert edited["level"] != first["level"]
    assert edited["level"] == call_a_kernel(package, NUMBA_DISABLE_JIT="1")["level"]


@needs_compiler
def test_an_unedited_second_process_compiles_nothing(package):
    first, second = call_a_kernel(package), call_a_kernel(package)
    assert (first["hits"], first["misses"]) == (0, 1)
    assert second == {"level": first["level"], "hits": 1, "misses": 0}


@needs_compiler
def test_kernels_with_bounds_checks_are_not_taken_from_the_cache_of_those_without(package):
    call_a_kernel(package)
    assert call_a_kernel(package, NUMBA_BOUNDSCHECK="1")["misses"] == 1


@pytest.fixture
def hash_of(package, monkeypatch):
    """The hash of the copied kernels."""
    monkeypatch.setattr(envs.kernels, "__file__", str(package / "__init__.py"))
    return envs.kernels.source_hash


@pytest.mark.parametrize("name", sorted(path.name for path in PACKAGE.glob("*.py")))
def test_the_hash_changes_with_every_source(hash_of, package, name):
    before = hash_of()
    with (package / name).open("a") as source:
        source.write("#")
    assert hash_of() != before


def test_the_hash_changes_with_a_new_source_and_back_when_it_goes(hash_of, package):
    before = hash_of()
    (package / "another.py").write_text("")
    assert hash_of() != before
    (package / "another.py").unlink()
    assert hash_of() == before


@pytest.mark.parametrize("flag", ["NUMBA_BOUNDSCHECK", "NUMBA_DISABLE_JIT", "NUMBA_OPT", "NUMBA_CPU_NAME"])
def test_the_hash_changes_with_the_compilers_flags(hash_of, monkeypatch, flag):
    monkeypatch.delenv(flag, raising=False)
    before = hash_of()
    monkeypatch.setenv(flag, "1")
    assert hash_of() != before


def test_the_hash_changes_with_the_version_of_numba(hash_of, monkeypatch):
    before = hash_of()
    monkeypatch.setattr(numba, "__version__", "0.0.1")
    assert hash_of() != before


def test_the_cache_lies_in_a_folder_of_that_name():
    assert Path(numba.config.CACHE_DIR).name == f"kernels-{envs.kernels.source_hash()}"
