"""Gymnasium knows our ids by itself once the project is installed, and an interpreter hardly notices."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PLUGIN = ROOT / "envs" / "gymnasium_plugin.py"
PTH = ROOT / "envs" / "gymnasium_plugin.pth"
IDS = "import gymnasium; print(*[id for id in gymnasium.registry if id.startswith('crossroads/')])"


@pytest.fixture
def installed(tmp_path):
    """A folder of installed packages as `pip install --editable` leaves it, for this tree."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "_crossroads.pth").write_text(str(ROOT))
    (folder / "_crossroads_gymnasium.py").write_text(PLUGIN.read_text())
    (folder / "crossroads.pth").write_text(PTH.read_text())
    return folder


def run(installed: Path, code: str, *, cwd: Path | None = None, **environment: str) -> str:
    """What `code` prints in a new interpreter elsewhere that starts with the .pth files of `installed` alone."""
    packages = [path for path in sys.path if path.endswith("-packages")]
    start = f"import site, sys; sys.path.insert(0, ''); site.addsitedir({str(installed)!r}); sys.path += {packages}\n"
    clean = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "CROSSROADS_NO_PLUGIN"}}
    command = [sys.executable, "-S", "-c", start + code]
    folder = cwd or installed.parent
    result = subprocess.run(command, cwd=folder, env=clean | environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert not result.stderr, result.stderr
    return result.stdout.strip()


def test_ids_are_known_without_importing_envs(installed):
    known = run(installed, IDS).split()
    assert "crossroads/GridNav-v0" in known
    assert len(known) == len(set(known))


def test_registering_imports_neither_envs_nor_anything_heavy(installed):
    code = "import gymnasium, sys; print([name for name in ('envs', 'numba', 'torch', 'scipy') if name in sys.modules])"
    assert run(installed, code) == "[]"


def test_a_world_is_made_from_its_id(installed):
    code = "import gymnasium; env = gymnasium.make('crossroads/GridNav-v0'); print('level' in env.reset(seed=0)[1])"
    assert run(installed, code) == "True"


def test_importing_envs_first_registers_once_as_well(installed):
    assert "crossroads/GridNav-v0" in run(installed, f"import envs; {IDS}")


def test_an_interpreter_starts_without_importing_gymnasium_or_any_library(installed):
    code = "import sys; print(sorted({name.split('.')[0] for name in sys.modules} - set(sys.stdlib_module_names)))"
    assert run(installed, code) == "['__main__', '_crossroads_gymnasium']"


def test_it_can_be_switched_off(installed):
    assert run(installed, IDS, CROSSROADS_NO_PLUGIN="1") == ""


def test_an_uninstalled_plugin_leaves_nothing_behind(installed):
    for name in ("_crossroads_gymnasium.py", "crossroads.pth", "_crossroads.pth"):
        (installed / name).unlink()
    assert run(installed, IDS) == ""


def test_another_projects_envs_is_neither_run_nor_hidden(installed, tmp_path):
    theirs = tmp_path / "theirs" / "envs"
    theirs.mkdir(parents=True)
    (theirs / "__init__.py").write_text("print('theirs')")
    assert run(installed, IDS, cwd=theirs.parent) == ""
    assert run(installed, "import gymnasium, envs", cwd=theirs.parent) == "theirs"
    assert run(installed, "import envs, gymnasium", cwd=theirs.parent) == "theirs"


def test_another_envs_put_on_the_path_later_is_found(installed, tmp_path):
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "envs.py").write_text("print('theirs')")
    code = f"{IDS}\nimport sys; sys.path.insert(0, {str(tmp_path / 'later')!r}); import envs"
    assert run(installed, code).endswith("theirs")


def test_a_broken_registration_is_a_warning_and_gymnasium_still_works(installed, tmp_path):
    broken = tmp_path / "broken" / "envs"
    broken.mkdir(parents=True)
    (broken / "__init__.py").touch()
    (broken / "registration.py").write_text('NAMESPACE = "crossroads"\n1 / 0')
    code = "import warnings\nwith warnings.catch_warnings(record=True) as seen:\n    import gymnasium\n"
    printed = run(installed, code + "print(seen[0].message, gymnasium.spec('CartPole-v1').id)", cwd=broken.parent)
    reason = "ZeroDivisionError('division by zero')"
    assert printed == f"The environments crossroads/... are not registered: {reason} CartPole-v1"


def test_gymnasium_keeps_its_own_loader_and_can_be_reloaded(installed):
    code = "import gymnasium, importlib; print(type(gymnasium.__spec__.loader).__name__); importlib.reload(gymnasium)"
    assert run(installed, code) == "SourceFileLoader"


def test_looking_for_gymnasium_without_importing_it_registers_nothing(installed):
    code = "import importlib.util, sys; print(importlib.util.find_spec('gymnasium').name, 'gymnasium' in sys.modules)"
    assert run(installed, code) == "gymnasium False"


def test_the_project_file_ships_the_plugin():
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    shipped = {str(PLUGIN.relative_to(ROOT)): "_crossroads_gymnasium.py", str(PTH.relative_to(ROOT)): "crossroads.pth"}
    assert wheel["force-include"] == shipped


def test_a_wheel_brings_the_plugin(tmp_path):
    pytest.importorskip("hatchling", reason="hatchling builds the wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    folder = tmp_path / "site-packages"
    subprocess.run([sys.executable, "-m", "zipfile", "-e", str(wheel), str(folder)], check=True)
    code = f"{IDS}; import envs; print(envs.__file__)"
    printed = run(folder, code).split()
    assert "crossroads/GridNav-v0" in printed
    assert Path(printed[-1]).is_relative_to(folder)
