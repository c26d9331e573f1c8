"""The study as runs: what comes first, what is never done again, and what the results say."""

import json
from dataclasses import replace

import pytest
from vin_for_tests import write_training

from experiments.cli import main
from experiments.vin.joining import join, read_records
from experiments.vin.results import results_of
from experiments.vin.runs import KINDS, Plan, runs_of
from experiments.vin.tables import places_table, study_table

SMALL = ["--levels", "20", "--seeds", "1", "--workers", "0", "--config", "updates=3"]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write_training(folder)
    return folder


def test_the_first_seed_of_what_plans_comes_first_and_what_reacts_last(tmp_path):
    runs = runs_of(Plan(tmp_path, tmp_path))
    assert len(runs) == len({run.folder for run in runs}) == 36
    assert [(run.kind, run.seed) for run in runs[:9:3]] == [("ours", 0), ("tied", 0), ("untied", 0)]
    assert [(run.kind, run.seed) for run in runs[9:27:3]] == [
        (k, s) for s in (1, 2) for k in ("ours", "tied", "untied")
    ]
    assert {run.kind for run in runs[27:]} == {"reactive"}
    assert [run.share for run in runs[:3]] == [1.0, 0.5, 0.2]


def test_parts_are_asked_for_by_kind_and_share(tmp_path):
    plan = Plan(tmp_path, tmp_path, seeds=(0, 1))
    runs = runs_of(plan, ("tied", "20"))
    assert [(run.kind, run.share, run.seed) for run in runs] == [("tied", 0.2, 0), ("tied", 0.2, 1)]
    assert {run.kind for run in runs_of(plan, ("50",))} == set(KINDS)
    with pytest.raises(ValueError, match=r"'tyed'.*Did you mean 'tied'"):
        runs_of(plan, ("tyed",))


def test_another_config_lies_elsewhere_and_another_seed_beside(tmp_path):
    plan, other = Plan(tmp_path, tmp_path), Plan(tmp_path, tmp_path, config={"updates": 7})
    first, changed = runs_of(plan)[0], runs_of(other)[0]
    assert first.folder.parent != changed.folder.parent
    assert first.whole_config != changed.whole_config
    assert first.folder.parent == runs_of(plan)[9].folder.parent


def test_a_study_is_done_once_and_says_what_it_found(data, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("experiments.vin.zero_shot.SIZES", {28: 0.2})
    words = ["vin", "--data", str(data), "--out", str(tmp_path), "--only", "ours", "100", "20", *SMALL]
    assert main([*words, "--json", str(tmp_path / "deep" / "vin.json")]) == 0
    results = json.loads((tmp_path / "deep" / "vin.json").read_text())
    assert [(row["kind"], row["share"], row["maps"]) for row in results["rows"]] == [
        ("ours", 0.2, 3),
        ("ours", 1.0, 18),
    ]
    for row in results["rows"]:
        tasks = row["tasks"]["generated"]
        assert tasks["tasks"] == 20
        low, high = tasks["success"]["interval"]
        assert low <= tasks["success"]["mean"] <= high
        assert 0 < row["tasks"]["held out"]["tasks"] <= 4
    (place,) = results["zero_shot"]
    assert (place["name"], place["tasks"]) == ("GridNav 28x28", 4)
    assert (tmp_path / "results.png").is_file()
    assert study_table(results) in capsys.readouterr().out
    assert places_table(results) in (tmp_path / "results.md").read_text()
    monkeypatch.setattr("experiments.vin.training.trained", None)  # nothing is left to train
    assert main(words) == 0
    assert results_of(Plan(data, tmp_path, seeds=(0,), levels=20, config={"updates": 3}))["rows"] == results["rows"]


def test_what_was_done_elsewhere_is_not_done_again(data, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("experiments.vin.zero_shot.SIZES", {28: 0.2})
    words = ["vin", "--data", str(data), "--only", "ours", "100", "20", *SMALL]
    there, here = tmp_path / "there" / "results.json", tmp_path / "here" / "results.json"
    assert main([*words, "--out", str(there.parent)]) == 0
    monkeypatch.setattr("experiments.vin.training.trained", None)  # nothing is trained any more
    assert main([*words, "--out", str(here.parent), "--join", str(there)]) == 0
    first, second = (json.loads(path.read_text()) for path in (there, here))
    assert first.pop("hardware")
    assert second.pop("hardware")
    assert first == second
    other = Plan(data, tmp_path / "other", seeds=(0,), levels=20, config={"updates": 4})
    assert len(join(other, read_records(there))) == 2
    assert len(join(replace(other, levels=21, config={"updates": 3}), read_records(there))) == 2
    assert not other.out.exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--seeds", "0"], "--seeds: expected at least 1, got 0"),
        (["--levels", "0"], "--levels: expected at least 1, got 0"),
        (["--config", "update=3"], "update"),
        (["--data", "nowhere"], "gridworld_16.mat"),
        (["--only", "our"], "Did you mean 'ours'"),
        (["--join", "nowhere.json"], "--join nowhere.json: expected results"),
    ],
)
def test_mistakes_cost_one_line_and_no_time(data, tmp_path, capsys, words, message):
    given = [] if "--data" in words else ["--data", str(data)]
    assert main(["vin", "--out", str(tmp_path / "out"), *given, *words]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
