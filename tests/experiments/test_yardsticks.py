"""The yardsticks: a row for each driver on each kind of road, the same numbers as evaluate's, mistakes in one line."""

import json

import pytest
from worlds_for_tests import write_recording

from experiments.cli import main
from experiments.evaluate import evaluate
from experiments.yardsticks import DRIVERS


def test_rows_and_json_hold_what_evaluate_finds(tmp_path, capsys):
    out = tmp_path / "yardsticks.json"
    assert main(["yardsticks", "--episodes", "3", "--place", "Merge-v0", "--json", str(out)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[1] for line in lines[1:4]] == list(DRIVERS)
    place = json.loads(out.read_text())["places"]["Merge-v0"]
    assert place["levels"] == 3
    found = evaluate("idm", "Merge-v0", episodes=3, progress=False)
    for name in ("score", "success", "ttc"):
        assert place["drivers"]["idm"][name] == pytest.approx(found.summary[name]._asdict())


def test_recordings_are_driven_by_the_log_too(tmp_path, capsys):
    path = write_recording(tmp_path)
    assert main(["yardsticks", "--episodes", "1", "--place", "Highway-v0", "--recordings", str(path)]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    driven = [row[1] for row in rows if row[0] == "Recorded-v0"]
    assert driven == [*DRIVERS, "log-replay"]
    (log,) = (row for row in rows if row[1] == "log-replay")
    assert float(log[2]) == 1.0


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--place", "Higway-v0"], "Did you mean 'Highway-v0'?"),
        (["--episodes", "0"], "--episodes: expected at least 1, got 0"),
        (["--place", "Merge-v0", "--episodes", "1", "--recordings", "/nowhere"], "/nowhere"),
    ],
)
def test_mistakes_cost_a_line(words, told, capsys):
    assert main(["yardsticks", *words]) == 2
    found = capsys.readouterr().err.strip().splitlines()[-1]
    assert told in found
