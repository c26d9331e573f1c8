import importlib
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from dataclasses import is_dataclass
from pathlib import Path

import pytest
import tyro

from envs.episodes import EpisodeStore
from experiments.cli import DOORS, main
from experiments.mistakes import is_mistake
from experiments.statistics import bootstrap, wilson

ROOT = Path(__file__).parents[2]
SMALL = ["--env", "GridNav-v0", "--env-args", "size=8"]


def crossroads(*words, **options):
    command = [sys.executable, "-m", "experiments", *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, **options)


def examples(name):
    module = importlib.import_module(DOORS[name])
    lines = [line.strip() for line in module.__doc__.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("crossroads ")]


@pytest.mark.parametrize("name", DOORS)
def test_every_door_teaches_by_examples_that_are_valid(name):
    found = examples(name)
    assert any(words[0] == name for words in found)
    for words in found:
        kind = importlib.import_module(DOORS[words[0]]).Args
        assert is_dataclass(kind)
        assert kind.__dataclass_params__.frozen
        tyro.cli(kind, args=words[1:])


@pytest.mark.parametrize("name", DOORS)
def test_help_shows_the_examples(name, capsys):
    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])
    assert stop.value.code == 0
    assert " ".join(["crossroads", name]) in capsys.readouterr().out


def test_without_a_command_all_are_shown(capsys):
    assert main([]) == 2
    text = capsys.readouterr().out
    assert all(f"\n  {name} " in text for name in DOORS)
    assert main(["--help"]) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["evalute"], "Unknown command 'evalute'. Did you mean 'evaluate'?"),
        (["list", "GridNaw-v0"], "Unknown name 'GridNaw-v0'. Did you mean 'GridNav-v0'?"),
        (["evaluate", "--env", "GridNaw-v0"], "Unknown environment 'GridNaw-v0'. Did you mean 'GridNav-v0'?"),
        (["evaluate", *SMALL], "Who plays?"),
        (["evaluate", *SMALL, "--agent", "orcale"], "Unknown agent 'orcale'. Did you mean 'oracle'?"),
        (["evaluate", *SMALL, "sise=9", "--agent", "oracle"], "Unknown argument 'sise'. Did you mean 'size'?"),
        (["evaluate", *SMALL, "--agent", "random", "--config", "sed=1"], "Did you mean 'seed'?"),
        (["evaluate", *SMALL, "--agent", "random", "oracle", "--config", "seed=1"], "exactly one --agent"),
        (["evaluate", *SMALL, "--agent", "random", "random"], "would play twice"),
        (["evaluate", *SMALL, "--checkpoint", "nowhere"], "No checkpoint at nowhere."),
        (["evaluate", *SMALL, "--agent", "oracle", "--split", "tset"], "Unknown split 'tset'. Did you mean 'test'?"),
        (["evaluate", *SMALL, "size", "--agent", "oracle"], "expected name=value, such as size=8, got 'size'"),
        (["evaluate", "--env", "GridMap-v0", "--agent", "oracle"], "GridMap-v0 needs exactly one source"),
        (["render", *SMALL, "--agent", "oracle", "--out", "x.mp5"], "Unknown file suffix '.mp5'. Did you mean '.mp4'?"),
        (["train", "--out", "nowhere", "--resume"], "No run to resume at nowhere"),
        (["train", "--out", "nowhere"], "What is there to learn from?"),
        (["train", "--out", "nowhere", "--store", "nostore"], "No episode store at nostore"),
    ],
)
def test_a_mistake_costs_one_clear_line_and_exit_code_2(words, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(words) == 2
    error = capsys.readouterr().err
    assert error.startswith("crossroads: ")
    assert error.count("\n") == 1
    assert message in error
    assert not list(tmp_path.iterdir())


def test_traceback_shows_where_a_mistake_was_found():
    with pytest.raises(ValueError, match="Unknown command"):
        main(["evalute", "--traceback"])


@pytest.mark.parametrize(
    "broken",
    [lambda: bootstrap(["a"]), lambda: json.loads("{"), lambda: next(iter(())), lambda: wilson(None, None)],
    ids=["in numpy, called by us", "in the standard library", "of another kind", "in an expression of ours"],
)
def test_a_bug_is_not_taken_for_a_mistake(broken):
    with pytest.raises(Exception) as found:  # noqa: PT011 - whatever it is
        broken()
    assert not is_mistake(found.value)


def test_a_refusal_of_ours_is_a_mistake():
    with pytest.raises(ValueError, match="got 3 of 2") as found:
        wilson(3, 2)
    assert is_mistake(found.value)


def test_list_evaluate_collect_and_render_work_from_a_shell(tmp_path):
    listed = crossroads("list", "GridNav-v0")
    assert "size = 16" in listed.stdout
    words = [*SMALL, "--agent", "random", "oracle", "--episodes", 20, "--json", tmp_path / "out.json"]
    scored = crossroads("evaluate", *words)
    assert "100.0 [83.9, 100.0]" in scored.stdout
    assert json.loads((tmp_path / "out-oracle.json").read_text())["summary"]["success"]["mean"] == 1.0
    collected = crossroads("collect", *SMALL, "--out", tmp_path / "store", "--episodes", 5)
    assert "5 episodes" in collected.stdout
    again = crossroads("collect", *SMALL, "--out", tmp_path / "store", "--episodes", 5)
    assert "--overwrite replaces it" in again.stderr
    rendered = crossroads("render", *SMALL, "--agent", "oracle", "--episodes", 1, "--out", tmp_path / "nav.png")
    assert (tmp_path / "nav.png").is_file()
    assert [done.returncode for done in (listed, scored, collected, again, rendered)] == [0, 0, 0, 2, 0]
    assert "Traceback" not in "".join(done.stderr for done in (listed, scored, collected, again, rendered))


@pytest.mark.skipif(os.name == "nt", reason="Windows has another Ctrl-C")
def test_ctrl_c_leaves_a_valid_store_and_says_how_to_go_on(tmp_path):
    words = ["collect", *SMALL, "--out", str(tmp_path), "--episodes", "500000"]
    # A shell that starts a job in the background makes it deaf to Ctrl-C.
    listen = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    script = listen + "from experiments.cli import main; sys.exit(main(sys.argv[1:]))"
    running = subprocess.Popen([sys.executable, "-c", script, *words], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not any(file.stat().st_size > 5000 for file in tmp_path.glob("generation-*/observation.*")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "the same command with --resume goes on" in errors
    assert 0 < EpisodeStore.open(tmp_path).num_episodes < 500_000
