"""Results of one study from two folders say together what those of one folder would."""

import copy
import json
import os

import pytest
from comparisons_for_tests import small_study

from experiments.cli import main
from experiments.comparison.joining import joined
from experiments.comparison.results import results_of
from experiments.comparison.running import run_study

STUDY = ("narrow: behavior-cloning width=4 updates=8", "random", "oracle")


@pytest.fixture(scope="module")
def halves(tmp_path_factory):
    """A study, the results of its first agent, and those of the others."""
    out = tmp_path_factory.mktemp("joined")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("experiments.comparison.timings.DECISIONS", 5)
        patch.setattr("experiments.comparison.timings.BATCH", 4)
        patch.setattr(os, "fsync", lambda descriptor: None)
        for folder, agents in (("here", STUDY[:1]), ("there", STUDY[1:])):
            assert run_study(small_study(*agents, seeds=(0,)), out / folder, workers=0, progress=False) == []
    study = small_study(*STUDY, seeds=(0,))
    return study, results_of(study, out / "here"), results_of(study, out / "there")


def test_agents_come_together_in_the_order_of_the_study_and_are_compared_with_its_first(halves):
    study, here, there = halves
    for results, stale in (joined(study, here, there), joined(study, there, here)):
        assert stale == []
        agents = results["places"][0]["agents"]
        assert list(agents) == ["narrow", "random", "oracle"]
        means = {label: found["summary"]["success"]["mean"] for label, found in agents.items()}
        more = {label: found["against_first"]["success"]["mean"] for label, found in agents.items()}
        assert more == pytest.approx({label: mean - means["narrow"] for label, mean in means.items()}, abs=1e-5)
        assert results["places"][0]["demonstrations"] == here["places"][0]["demonstrations"]


def test_joining_changes_nothing_that_is_here_already(halves):
    study, here, there = halves
    both, _ = joined(study, here, there)
    assert joined(study, both, there) == (both, [])
    assert joined(study, both, json.loads(json.dumps(both))) == (both, [])


def test_what_was_done_with_another_default_is_left_out(halves):
    study, here, there = halves
    old = copy.deepcopy(here)
    old["places"][0]["agents"]["narrow"]["whole_config"]["gradient_clip"] = 123.0
    results, stale = joined(study, there, old)
    assert stale == ["place 0, narrow"]
    assert list(results["places"][0]["agents"]) == ["random", "oracle"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda other: other.update(study="another"), "study"),
        (lambda other: other.update(seeds=[0, 1]), "seeds"),
        (lambda other: other["places"][0]["levels"].update(count=8), "levels, count"),
        (lambda other: other["places"][0]["arguments"].update(size=7), "arguments, size"),
    ],
)
def test_what_was_measured_otherwise_is_refused(halves, change, named):
    study, here, there = halves
    other = copy.deepcopy(there)
    change(other)
    with pytest.raises(ValueError, match=f"{named} is .* in one and .* in the other"):
        joined(study, here, other)


def test_the_command_takes_the_rest_from_a_file(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("experiments.comparison.timings.DECISIONS", 5)
    monkeypatch.setattr("experiments.comparison.timings.BATCH", 4)
    words = ["compare", "--study", "two-ways", "--episodes", "3", "--seeds", "1", "--workers", "0", "--only"]
    words += ["GridFork-v0"]
    monkeypatch.setattr("experiments.studies.families", lambda first: _scripted())
    assert main([*words, "random", "--out", str(tmp_path / "there")]) == 0
    there = tmp_path / "there" / "results.json"
    assert main([*words, "oracle", "--out", str(tmp_path / "here"), "--join", str(there)]) == 0
    found = json.loads((tmp_path / "here" / "results.json").read_text())
    assert list(found["places"][0]["agents"]) == ["random", "oracle"]
    assert "random" in capsys.readouterr().out


def _scripted():
    from experiments.comparison.entrants import parse_entrants

    return parse_entrants(("random", "oracle"))
