"""A comparison is fair, resumes run by run, and says in JSON, Markdown and a figure what it found."""

import json
import os
from dataclasses import replace

import numpy as np
import pytest
from comparisons_for_tests import small_study

from agents.rollouts import play_levels
from agents.training_state import TrainingState
from envs.episodes import EpisodeStore
from experiments.cli import main
from experiments.comparison import training
from experiments.comparison.results import results_of
from experiments.comparison.running import run_study
from experiments.comparison.runs import runs_of
from experiments.environments import make_env, split_levels

WORDS = ["compare", "--env", "GridNav-v0", "--env-args", "size=6", "max_steps=12", "--demonstrations", "6"]
WORDS += ["--episodes", "7", "--seeds", "2", "--workers", "0", "--config", "updates=8"]


@pytest.fixture(scope="module", autouse=True)
def hurry():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("experiments.comparison.timings.DECISIONS", 5)
        patch.setattr("experiments.comparison.timings.BATCH", 4)
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out, study = tmp_path_factory.mktemp("compared"), small_study()
    assert run_study(study, out, workers=0, progress=False) == []
    return study, out


def stamps(out):
    return {path: path.stat().st_mtime_ns for path in out.rglob("*") if path.is_file() and path.name != ".lock"}


def test_everybody_plays_the_same_held_out_levels(finished):
    study, out = finished
    levels = split_levels(make_env("GridNav-v0", study.places[0].arguments), "test", 7)
    played = [json.loads(run.played.read_text()) for run in runs_of(study, out)]
    assert [found["levels"] for found in played] == [levels] * 5  # the oracle has no seeds, the others have two


def test_everybody_learns_from_one_store_of_training_levels(finished):
    study, out = finished
    (folder,) = (out / "stores").iterdir()
    store = EpisodeStore.open(folder)
    assert store.num_episodes == 6
    assert store.agent == "oracle"
    assert set(store.episodes["level"]).isdisjoint(split_levels(make_env("GridNav-v0"), "test", 100))
    (place,) = results_of(study, out)["places"]
    assert place["demonstrations"] == {"episodes": 6, "steps": store.num_steps}


def test_results_are_what_the_agents_do_when_played_again(finished):
    study, out = finished
    run = runs_of(study, out)[0]
    env = make_env("GridNav-v0", run.place.arguments)
    again = play_levels(training.trained(run), env, split_levels(env, "test", 7))
    found = results_of(study, out)["places"][0]["agents"]["narrow"]
    assert found["episodes"]["success"][0] == "".join(str(int(episode.metrics["success"])) for episode in again)
    assert found["summary"]["score"]["seeds"][0] == pytest.approx(
        np.mean([e.metrics["score"] for e in again]), abs=1e-5
    )
    assert found["seeds"] == [0, 1]
    assert found["training_cpu_seconds"][0] > 0
    assert found["parameters"] > 100


def test_the_first_agent_differs_from_itself_by_nothing_and_chance_from_the_oracle(finished):
    study, out = finished
    agents = results_of(study, out)["places"][0]["agents"]
    assert list(agents) == ["narrow", "random", "oracle"]
    assert agents["narrow"]["against_first"]["success"]["mean"] == 0.0
    means = {label: found["summary"]["success"]["mean"] for label, found in agents.items()}
    assert agents["oracle"]["against_first"]["success"]["mean"] == pytest.approx(means["oracle"] - means["narrow"])


def test_what_is_finished_is_not_done_again(finished):
    study, out = finished
    before = stamps(out)
    run_study(study, out, workers=0, progress=False)
    assert stamps(out) == before


def test_another_seed_or_agent_adds_its_runs_alone(tmp_path):
    run_study(small_study("random", seeds=(0,)), tmp_path, workers=0, progress=False)
    before = stamps(tmp_path)
    run_study(small_study("random", "oracle"), tmp_path, workers=0, progress=False)
    after = stamps(tmp_path)
    assert {path: after[path] for path in before} == before
    assert {path.relative_to(tmp_path).parts[0] for path in after.keys() - before.keys()} == {"played", "timed"}


@pytest.mark.parametrize(("name", "is_stale"), [("gradient_clip", True), ("a_field_that_was", False)])
def test_a_changed_default_makes_a_run_stale_and_a_new_or_lost_field_does_not(finished, tmp_path, name, is_stale):
    study, out = finished
    run = replace(runs_of(study, out)[0], played=tmp_path / "played.json")
    found = json.loads(runs_of(study, out)[0].played.read_text())
    found["whole_config"][name] = 123.0
    run.played.write_text(json.dumps(found))
    assert run.is_finished != is_stale


def test_an_interrupted_training_goes_on_where_it_was(tmp_path, monkeypatch):
    study, written = small_study("mine: behavior-cloning width=4 updates=40", seeds=(0,)), []
    write = TrainingState.write

    def stop_at_the_eleventh(*state):
        written.append(state)
        if len(written) == 11:
            raise KeyboardInterrupt
        write(*state)

    monkeypatch.setattr(TrainingState, "write", stop_at_the_eleventh)
    with pytest.raises(KeyboardInterrupt):
        run_study(study, tmp_path / "stopped", workers=0, progress=False)
    (run,) = runs_of(study, tmp_path / "stopped")
    assert not run.is_finished
    run_study(study, tmp_path / "stopped", workers=0, progress=False)
    assert len(written) == 11 + 10  # of twenty, ten had been written
    run_study(study, tmp_path / "whole", workers=0, progress=False)
    stopped, whole = (
        results_of(study, tmp_path / name)["places"][0]["agents"]["mine"] for name in ("stopped", "whole")
    )
    assert stopped["summary"] == whole["summary"]


def test_one_that_fails_costs_itself_alone_and_says_why(tmp_path):
    study = small_study("x: behavior-cloning width=4 updates=4 @ ddim", "random", seeds=(0,))
    ((job, reason),) = run_study(study, tmp_path, workers=0, progress=False)
    assert "samples nothing, so it takes no sampler" in reason
    assert job.title == "place 0: x, seed 0"
    assert list(results_of(study, tmp_path)["places"][0]["agents"]) == ["random"]


def test_entrants_that_differ_in_their_sampler_share_a_training(tmp_path):
    lines = ("a: behavior-cloning width=4", "b: behavior-cloning width=4 @ ddim", "c: behavior-cloning width=5")
    jobs = training.jobs_of(runs_of(small_study(*lines), tmp_path))
    assert [job.title for job in jobs] == [f"place 0: {who}, seed {seed}" for seed in (0, 1) for who in ("a, b", "c")]


def test_who_learns_by_asking_needs_no_recorded_demonstrations(tmp_path):
    study = small_study("dagger labels=40 rounds=2 updates=4 validation_levels=2 num_envs=2", seeds=(0,))
    assert run_study(study, tmp_path, workers=0, progress=False) == []
    assert not (tmp_path / "stores").exists()
    (place,) = results_of(study, tmp_path)["places"]
    (agent,) = place["agents"].values()
    assert agent["training_cpu_seconds"][0] > 0
    assert place["demonstrations"] == {"episodes": None, "steps": None}


def test_no_training_begins_after_its_minutes(tmp_path):
    study = small_study("random")
    assert run_study(study, tmp_path, workers=0, minutes=0.0, progress=False) == []
    assert not any(run.is_finished for run in runs_of(study, tmp_path))
    assert results_of(study, tmp_path)["places"][0]["agents"] == {}


def test_the_command_writes_json_markdown_and_a_figure_and_goes_on(tmp_path, capsys):
    out, other = tmp_path / "out", tmp_path / "more" / "results.json"
    words = [*WORDS, "--agents", "narrow: behavior-cloning width=4", "random", "--out", str(out), "--json", str(other)]
    assert main(words) == 0
    assert "| narrow |" in capsys.readouterr().out
    results = json.loads((out / "results.json").read_text())
    assert json.loads(other.read_text()) == results
    assert results["places"][0]["agents"]["narrow"]["config"] == {"updates": 8, "width": 4}
    assert results["hardware"]["cores"] >= 1
    assert (out / "results.png").read_bytes().startswith(b"\x89PNG")
    timings = results["places"][0]["agents"]["narrow"]["timings"]
    assert 0 < timings["encoder"] <= timings["p50"] <= timings["p95"]
    assert "encoder" not in results["places"][0]["agents"]["random"]["timings"]
    before = stamps(out / "played")
    assert main(words) == 0
    assert stamps(out / "played") == before


def test_a_store_that_is_there_is_learnt_from(tmp_path, capsys):
    store = tmp_path / "store"
    words = ["collect", "--env", "GridNav-v0", "--env-args", "size=6", "--out", str(store), "--episodes", "5"]
    assert main(words) == 0
    words = ["compare", "--store", str(store), "--agents", "behavior-cloning width=4 updates=4", "--seeds", "1"]
    assert main([*words, "--episodes", "4", "--workers", "0", "--out", str(tmp_path / "out")]) == 0
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert results["places"][0]["demonstrations"]["episodes"] == 5
    assert not (tmp_path / "out" / "stores").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--agents", "random"], "Compared where? Expected --env or --store, or --study."),
        (["--env", "GridNav-v0"], "Who is compared? Expected --agents with at least one line."),
        (["--env", "GridNaw-v0", "--agents", "random"], "Did you mean 'GridNav-v0'?"),
        (["--env", "GridNav-v0", "--agents", "randm"], "Unknown agent 'randm'. Did you mean 'random'?"),
        (["--env", "GridNav-v0", "--agents", "a: random", "a: oracle"], "['a'] would take part twice"),
        (["--env", "GridNav-v0", "--agents", "dagger round=3"], "Did you mean 'rounds'?"),
        (["--study", "particel"], "Unknown study 'particel'. Did you mean 'particle'?"),
        (["--study", "particle", "--env", "GridNav-v0"], "A study has its own places and agents: leave out --env."),
        (["--env", "GridNav-v0", "--agents", "random", "--seeds", "0"], "--seeds: expected at least 1, got 0"),
        (["--env", "GridNav-v0", "--agents", "random", "--episodes", "0"], "at least 1 demonstration and 1 level"),
        (["--env", "GridNav-v0", "--agents", "random", "--workers", "-1"], "--workers: expected >= 0, got -1"),
        (["--env", "GridNav-v0", "--agents", "random", "--only", "oracle"], "Unknown place or agent 'oracle'"),
        (["--store", "nostore", "--agents", "random"], "No episode store at nostore"),
    ],
)
def test_a_mistake_costs_one_line(words, message, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["compare", *words]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not list(tmp_path.rglob("*.json"))


def test_a_second_comparison_keeps_out_of_the_folder(tmp_path, capsys):
    from envs.episodes.lock import FolderLock

    lock = FolderLock(tmp_path)
    assert main([*WORDS, "--agents", "random", "--out", str(tmp_path)]) == 2
    assert f"Another comparison is at work in {tmp_path}" in capsys.readouterr().err
    lock.release()


def test_places_of_a_study_may_share_everything_but_their_levels(tmp_path):
    study = small_study("behavior-cloning width=4 updates=2", seeds=(0,), places=2)
    run_study(study, tmp_path, workers=0, progress=False)
    places = results_of(study, tmp_path)["places"]
    assert [place["levels"]["count"] for place in places] == [7, 8]
    assert len(list((tmp_path / "stores").iterdir())) == 1
    bigger = replace(study, places=tuple(replace(place, demonstrations=9) for place in study.places))
    assert not any(run.is_finished for run in runs_of(bigger, tmp_path))
