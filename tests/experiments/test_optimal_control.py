"""`crossroads control`: what it writes, draws and shows, and its mistakes."""

import json
from importlib import import_module

import pytest

from experiments.cli import main
from experiments.control import EXPERIMENTS
from experiments.control.cells import markdown, middle


def test_cells_tell_medians_and_ranges():
    assert middle([3.0, 1.0, None, 2.0]) == "2 [1, 3]"
    assert middle([3.0]) == "3"
    assert middle([None]) == "-"
    assert markdown(["", "x"], [["a", "1"]], "Note.").splitlines() == [
        "|  | x |",
        "| --- | ---: |",
        "| a | 1 |",
        "",
        "Note.",
    ]


@pytest.mark.parametrize("name", ["recover", pytest.param("wheelbase", marks=pytest.mark.slow)])
def test_results_are_written_drawn_and_shown(name, tmp_path, capsys):
    out, picture = tmp_path / "found.json", tmp_path / "found.png"
    assert main(["control", name, "--quick", "--seeds", "1", "--json", str(out), "--picture", str(picture)]) == 0
    found = json.loads(out.read_text())
    assert found["experiment"] == name
    assert found["arguments"] == {"seeds": [0], "quick": True}
    assert picture.stat().st_size > 10_000
    assert import_module(EXPERIMENTS[name]).table(found) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [(["recovr"], "Did you mean 'recover'?"), (["recover", "--seeds", "0"], "--seeds: expected at least 1, got 0")],
)
def test_mistakes_cost_a_line(words, told, capsys):
    assert main(["control", *words]) == 2
    assert told in capsys.readouterr().err.strip().splitlines()[-1]
