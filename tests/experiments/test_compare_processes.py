"""Comparisons in processes of their own: the same results, and Ctrl-C that leaves what is finished."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from comparisons_for_tests import small_study

from experiments.comparison.results import results_of
from experiments.comparison.running import run_study

ROOT = Path(__file__).parents[2]
NONE = "'behavior-cloning' samples nothing, so it takes no sampler."
pytestmark = pytest.mark.slow  # each process starts with an import of PyTorch


def test_two_workers_find_what_one_process_finds(tmp_path):
    study = small_study("mine: behavior-cloning width=4 updates=20", "x: behavior-cloning @ ddim", "random")
    found = {}
    for workers in (0, 2):
        failed = run_study(study, tmp_path / f"{workers}", workers=workers, progress=False)
        assert len(failed) == len(study.seeds)
        assert {reason for _, reason in failed} == {f"ValueError: x: {NONE}"}
        agents = results_of(study, tmp_path / f"{workers}")["places"][0]["agents"]
        found[workers] = {label: agent["episodes"] for label, agent in agents.items()}
    assert found[0] == found[2]


@pytest.mark.skipif(os.name == "nt", reason="Windows has another Ctrl-C")
def test_ctrl_c_stops_all_keeps_what_is_finished_and_says_how_to_go_on(tmp_path):
    words = ["compare", "--env", "GridNav-v0", "--env-args", "size=6", "--demonstrations", "6", "--episodes", "4"]
    words += ["--agents", "random", "long: behavior-cloning width=4 updates=1000000", "--out", str(tmp_path)]
    # A shell that starts a job in the background makes it deaf to Ctrl-C.
    listen = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    script = listen + "from experiments.cli import main; sys.exit(main(sys.argv[1:]))"
    running = subprocess.Popen([sys.executable, "-c", script, *words], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not (any(tmp_path.glob("played/*/random-*/*.json")) and any(tmp_path.glob("trained/*/*/*/config.json"))):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "the same command goes on" in errors
    assert "Traceback" not in errors
    (place,) = json.loads((tmp_path / "results.json").read_text())["places"]
    assert list(place["agents"]) == ["random"]
