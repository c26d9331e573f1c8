"""README and the pages beside it tell the truth: scripts run, tables are the committed results', pictures are there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from experiments import report
from experiments.reported import leaderboard

ROOT = Path(__file__).parents[1]
TEXTS = {page: (ROOT / page).read_text(encoding="utf-8") for page in report.PAGES}
README = TEXTS["README.md"]


def test_tables_are_what_the_committed_results_say():
    found = report.tables()
    for page, text in TEXTS.items():
        assert report.filled(text, found) == text, page


def test_every_table_has_one_place_and_every_place_a_table():
    places = [name for text in TEXTS.values() for name in re.findall(r"<!-- ([a-z-]+) -->", text)]
    assert sorted(places) == sorted(report.tables())


def test_a_place_that_does_not_end_is_refused():
    with pytest.raises(ValueError, match="Expected <!-- /bench -->"):
        report.filled("<!-- bench -->\nand no end", {"bench": "| new |"})


def test_the_leaderboard_has_everybody_of_each_study_with_the_best_first():
    results = report.committed()
    found = leaderboard.entries(results)
    planners = {label for place in results["compare_planners"]["places"][:1] for label in place["agents"]}
    assert planners == {entry.label for entry in found if entry.acts == leaderboard.PLANS}
    for acts in (leaderboard.TENTHS, leaderboard.PLANS, leaderboard.HALVES):
        scores = [entry.score["mean"] for entry in found if entry.acts == acts]
        assert scores == sorted(scores, reverse=True)
    kinds = {(entry.acts, entry.label): entry.kind for entry in found}
    assert kinds[leaderboard.TENTHS, "constant-velocity"] == kinds[leaderboard.PLANS, "idm"] == "scripted"
    assert kinds[leaderboard.TENTHS, "dagger"] == kinds[leaderboard.HALVES, "inverse dynamics"] == "imitates"
    assert kinds[leaderboard.PLANS, "differentiable mpc"] == "plans by learned costs"
    assert kinds[leaderboard.HALVES, "joint trajectories"] == "plans in a learned model"
    assert kinds[leaderboard.HALVES, "constant velocity"] == "plans in a given model"
    assert kinds[leaderboard.HALVES, "oracle model, judged"] == "plans in a given model"


def test_the_ten_line_script_runs_and_reaches_most_goals(tmp_path):
    (script,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
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
    (script,) = re.findall(r"```python\n(.*?)```", TEXTS["docs/control.md"], re.DOTALL)
    found = {}
    exec(script, found)
    plan = found["plan"]
    assert plan.solved.all()
    assert (plan.x[:, -1, 0].cos() > 0.99).all(), "one of them by way of the bottom"
    assert found["params"]["length"].grad.isfinite().all()


def _environment():
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT)}


@pytest.mark.parametrize("page", report.PAGES)
def test_pictures_and_pages_it_names_exist(page):
    for name in re.findall(r"\]\(([\w./-]+)\)", TEXTS[page]):
        assert ((ROOT / page).parent / name).is_file(), name


@pytest.mark.parametrize("page", report.PAGES)
def test_commands_it_tells_exist(page):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make ([a-z-]+)", TEXTS[page], re.MULTILINE):
        assert f"\n{target}:" in makefile, target
    from experiments.cli import DOORS

    for door in re.findall(r"(?:^|`)crossroads ([a-z]+)", TEXTS[page], re.MULTILINE):
        assert door in DOORS, door
