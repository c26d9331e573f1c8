"""The comparison of gates: one row each, JSON, table and plot, and mistakes in one line."""

import json

import pytest

from experiments.cli import main
from experiments.gates import Run, curves, half_way, markdown
from experiments.gates_picture import on_one_axis


def entry(index, queries, success):
    drove = 100 if index == 1 else 10
    return {"round": index, "queries": queries, "success": success, "steps": 100, "expert_steps": drove, "takeovers": 2}


def run(gate, seed, *points, success=0.5):
    history = [entry(index, queries, share) for index, (queries, share) in enumerate(points, 1)]
    return Run(gate, seed, success, success, history)


RUNS = [
    run("mixing", 0, (100, 0.2), (200, 0.6), success=0.5),
    run("mixing", 1, (100, 0.4), (200, 0.8), success=0.9),
    run("budget", 0, (100, 0.2), (140, 0.3), success=0.4),
]


def test_half_way_is_on_the_line_between_rounds():
    assert half_way([entry(1, 100, 0.2), entry(2, 400, 0.8)]) == pytest.approx(0.4)
    assert half_way([entry(1, 100, 0.2), entry(2, 120, 0.8)]) == pytest.approx(0.2)


def test_the_table_has_a_row_for_each_gate_and_leaves_out_the_experts_round():
    header, line, mixing, budget = markdown(RUNS).splitlines()
    assert len({text.count("|") for text in (header, line, mixing, budget)}) == 1
    assert mixing == "| mixing | 200 | 70.0% | 50.0%, 90.0% | 30.0% | 10.0% | 20.0 in 1000 steps |"
    assert budget.startswith("| budget | 140 | 40.0% | 40.0%, 40.0% |")


def test_curves_are_means_of_rounds():
    found = curves(RUNS)
    assert list(found) == ["mixing", "budget"]
    queries, success = on_one_axis(found["mixing"])
    assert queries.tolist() == [100, 200]
    assert success.tolist() == [[0.2, 0.6], [0.4, 0.8]]


def test_a_small_comparison_writes_json_table_and_plot(tmp_path, capsys):
    small = ["--labels", "24", "--rounds", "2", "--updates", "4", "--levels", "4", "--seeds", "1"]
    words = ["--env", "GridNav-v0", "--env-args", "size=5", "max_steps=8", "--gate", "mixing", "budget"]
    out = tmp_path / "found"
    assert main(["gates", *words, *small, "--config", "heads=2", "patience=4", "--out", str(out)]) == 0
    found = json.loads((out / "gates.json").read_text())
    assert [run["gate"] for run in found["runs"]] == ["mixing", "budget"]
    assert all(len(run["history"]) == 2 for run in found["runs"])
    assert (out / "gates.md").read_text().count("\n") == 4
    assert (out / "gates.png").read_bytes().startswith(b"\x89PNG")
    assert "| mixing |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--gate", "saftey"], "Unknown gate 'saftey'. Did you mean 'safety'?"),
        (["--seeds", "0"], "--seeds: expected at least 1, got 0."),
    ],
)
def test_mistakes_are_told_in_one_line(words, message, capsys):
    assert main(["gates", *words]) == 2
    assert message in capsys.readouterr().err
