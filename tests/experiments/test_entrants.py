"""The line that says who takes part: what it may leave out, and what it is told when it is wrong."""

import re

import pytest
from comparisons_for_tests import small_study

from experiments.comparison.entrants import Entrant, full_config, learns, parse_entrant, parse_entrants
from experiments.comparison.study import part_of


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("random", Entrant("random", "random")),
        ("dagger seed=3", Entrant("dagger seed=3", "dagger", {"seed": 3})),
        ("mine:   dagger  rounds=2", Entrant("mine", "dagger", {"rounds": 2})),
        ("two words, a comma: dagger", Entrant("two words, a comma", "dagger")),
        (
            "ddpm: behavior-cloning learning-rate=1e-3 @ ddpm steps=100",
            Entrant("ddpm", "behavior-cloning", {"learning_rate": 1e-3}, "ddpm", {"steps": 100}),
        ),
        ("dagger @ ddim", Entrant("dagger @ ddim", "dagger", {}, "ddim")),
        ('x: dagger width="8"', Entrant("x", "dagger", {"width": 8})),
    ],
)
def test_a_line_names_agent_config_and_sampler(line, expected):
    assert parse_entrant(line) == expected


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "--agents: expected 'label: agent name=value"),
        ("label:", "--agents: expected 'label: agent name=value"),
        (": dagger", "--agents: expected 'label: agent name=value"),
        ("dagger @", "--agents: expected 'label: agent name=value"),
        ("dager", "Unknown agent 'dager'. Did you mean 'dagger'?"),
        ("mine: dager", "Unknown agent 'dager'. Did you mean 'dagger'?"),
        ("dagger rounds", "'dagger rounds': expected name=value, such as size=8, got 'rounds'"),
        ("dagger @ ddim steps", "expected name=value, such as size=8, got 'steps'"),
        ("dagger rounds='2", "No closing quotation in"),
    ],
)
def test_a_line_that_is_none_is_told_why(line, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        parse_entrant(line)


def test_nobody_takes_part_twice():
    with pytest.raises(ValueError, match="would take part twice"):
        parse_entrants(["dagger", "dagger"])
    assert len(parse_entrants(["dagger", "other: dagger"])) == 2


def test_a_shared_budget_reaches_those_who_have_such_a_field_and_their_own_word_stands():
    shared = {"updates": 7, "rounds": 3}
    assert full_config(parse_entrant("behavior-cloning"), shared) == {"updates": 7}
    assert full_config(parse_entrant("dagger rounds=2"), shared) == {"updates": 7, "rounds": 2}
    assert full_config(parse_entrant("oracle"), shared) == {}


def test_a_wrong_config_is_told_before_any_work():
    with pytest.raises(TypeError, match=r"mine: Unknown field of dagger 'round'\. Did you mean 'rounds'\?"):
        full_config(parse_entrant("mine: dagger round=2"), {})
    with pytest.raises(ValueError, match="updates: expected >= 1"):
        full_config(parse_entrant("dagger"), {"updates": 0})


def test_only_some_learn():
    assert [name for name in ("random", "oracle", "behavior-cloning", "dagger") if learns(name)] == [
        "behavior-cloning",
        "dagger",
    ]


def test_a_study_in_part_keeps_whole_what_is_not_named():
    study = small_study(places=2)
    names = lambda part: [(place.name, [e.label for e in part.entrants_of(place)]) for place in part.places]  # noqa: E731
    assert names(part_of(study, [])) == names(study)
    assert names(part_of(study, ["place 1"])) == [("place 1", ["narrow", "random", "oracle"])]
    assert names(part_of(study, ["oracle"])) == [("place 0", ["oracle"]), ("place 1", ["oracle"])]
    assert names(part_of(study, ["place 0", "random", "oracle"])) == [("place 0", ["random", "oracle"])]
    with pytest.raises(ValueError, match=r"Unknown place or agent 'narow'\. Did you mean 'narrow'\?"):
        part_of(study, ["narow"])
