"""`crossroads models` on what a small comparison has left."""

import json
from dataclasses import replace

import pytest

from experiments import models
from experiments.comparison import running
from experiments.comparison.entrants import parse_entrants
from experiments.comparison.study import Place, Study
from experiments.foresight import effort


def small_study():
    entrants = parse_entrants(("oracle model: oracle-mpc", "latent: latent-mpc model=latent", "oracle"))
    place = Place(name="GridNav-v0", env="GridNav-v0", arguments={"size": 6}, levels=3, entrants=entrants)
    config = {"candidates": 16, "iterations": 1, "experience": 150, "updates": 3}
    return Study(name="models", title="small", places=(place,), seeds=(0,), config=config)


@pytest.fixture(autouse=True)
def _untimed(monkeypatch):
    monkeypatch.setitem(models.STUDIES, "models", small_study)
    monkeypatch.setattr(running, "time_runs", lambda runs, progress: None)
    monkeypatch.setattr(
        effort, "time_alone", lambda agent, env: dict.fromkeys(("p50", "p95", "cpu_p50"), agent.config.candidates)
    )
    monkeypatch.setattr(effort, "EFFORTS", ((16, 1), (32, 2), (1024, 1)))


def test_the_door_measures_everybody_who_has_a_model_as_long_as_decisions_take_no_second(tmp_path, capsys):
    assert running.run_study(small_study(), tmp_path, workers=0, progress=False) == []
    written, picture, efforts = (tmp_path / name for name in ("models.json", "models.png", "efforts.png"))
    sizes = {"situations": 6, "branches": 3, "horizon": 3, "levels": 2}
    models.main(models.Args(out=tmp_path, **sizes, json=written, picture=picture, effort_picture=efforts))
    place = json.loads(written.read_text())["places"]["GridNav-v0"]
    assert list(place["foresight"]) == ["constant velocity", "latent"]
    assert list(place["closed"]) == ["oracle model", "latent", "oracle"]
    assert list(place["gaps"]) == ["planner", "latent"]
    assert [[found["milliseconds"]["p50"] for found in some] for some in place["efforts"].values()] == [[16, 32]] * 2
    assert picture.stat().st_size > 0
    assert efforts.stat().st_size > 0
    assert "oracle model" in capsys.readouterr().out


def test_what_two_looks_have_found_comes_together_in_the_order_of_the_study(tmp_path):
    assert running.run_study(small_study(), tmp_path / "whole", workers=0, progress=False) == []
    without = replace(small_study(), places=(replace(small_study().places[0], entrants=parse_entrants(("oracle",))),))
    assert running.run_study(without, tmp_path / "part", workers=0, progress=False) == []
    sizes = {"situations": 4, "branches": 2, "horizon": 2}
    first, second, both = (tmp_path / f"{name}.json" for name in ("first", "second", "both"))
    models.main(models.Args(out=tmp_path / "whole", **sizes, levels=2, json=first))
    models.main(models.Args(out=tmp_path / "part", **sizes, json=second))
    models.main(models.Args(out=tmp_path / "part", **sizes, join=(first,), json=both))
    whole, part, found = (json.loads(file.read_text())["places"]["GridNav-v0"] for file in (first, second, both))
    assert list(part["closed"]) == ["oracle"]
    assert found == {**whole, "closed": {**whole["closed"], **part["closed"]}}
    assert list(found["closed"]) == ["oracle model", "latent", "oracle"]
    with pytest.raises(ValueError, match="--branches is 3 in one and 2 in the other"):
        models.main(models.Args(out=tmp_path / "part", **{**sizes, "branches": 3}, join=(first,)))


def test_nothing_trained_says_how_to_begin(tmp_path, capsys):
    models.main(models.Args(out=tmp_path))
    assert "crossroads compare --study models" in capsys.readouterr().out
