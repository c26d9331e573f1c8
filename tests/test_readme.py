"""README tells the truth: its script runs, its tables are the committed results', its pictures are there."""

import re
import subprocess
import sys
from pathlib import Path

from experiments.report import filled, tables

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_tables_are_what_the_committed_results_say():
    assert filled(README, tables()) == README


def test_the_ten_line_script_runs_and_reaches_most_goals(tmp_path):
    (script,) = _scripts("Ten lines")
    check = "\nassert frame.dtype.name == 'uint8' and frame.ndim == 3, frame\n"
    check += "assert evaluate(agent, env, episodes=200).summary['success'].mean > 0.8\n"
    (tmp_path / "script.py").write_text(script + check, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, tmp_path / "script.py"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=_environment(),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "success" in done.stdout


def test_the_script_with_pendulums_puts_them_upright():
    (script,) = _scripts("What plans through gradients")
    found = {}
    exec(script, found)
    plan = found["plan"]
    assert plan.solved.all()
    assert (plan.x[:, -1, 0].cos() > 0.99).all(), "one of them by way of the bottom"
    assert found["params"]["length"].grad.isfinite().all()


def _scripts(section):
    """Those in a section."""
    (text,) = re.findall(rf"^## {section}\n(.*?)(?=^## |\Z)", README, re.DOTALL | re.MULTILINE)
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


def _environment():
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT)}


def test_pictures_and_files_it_names_exist():
    for name in re.findall(r"\]\(([\w./-]+)\)", README):
        assert (ROOT / name).is_file(), name


def test_commands_it_tells_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make ([a-z-]+)", README, re.MULTILINE):
        assert f"\n{target}:" in makefile, target
    from experiments.cli import DOORS

    for door in re.findall(r"^crossroads ([a-z]+)", README, re.MULTILINE):
        assert door in DOORS, door
