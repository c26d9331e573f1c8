import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.arguments import parse_assignments, parse_value

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()


@given(SCALARS | st.lists(SCALARS).map(tuple) | st.lists(SCALARS))
def test_every_python_literal_is_read_back(value):
    assert parse_value(repr(value)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8", 8),
        ("8,16", (8, 16)),
        ("(8, 16)", (8, 16)),
        ("1e-3", 1e-3),
        ("true", True),
        ("False", False),
        ("none", None),
        ("rooms", "rooms"),
        ("maps/city.map", "maps/city.map"),
        ("occupancy,ego", ("occupancy", "ego")),
        ("occupancy,", ("occupancy",)),
        ("1,two", (1, "two")),
        ("'8'", "8"),
        ("", ""),
        ("a=b", "a=b"),
    ],
)
def test_what_is_no_literal_is_a_string_or_a_tuple(text, value):
    found = parse_value(text)
    assert found == value
    assert type(found) is type(value)


def test_words_become_arguments_in_their_order():
    words = ["size=8,16", "view=egocentric", "map=a=b.map", "max-steps=3"]
    assert parse_assignments(words, "--env-args") == {
        "size": (8, 16),
        "view": "egocentric",
        "map": "a=b.map",
        "max_steps": 3,
    }


@pytest.mark.parametrize("word", ["size", "=8", "si ze=8", "8=size"])
def test_a_word_that_assigns_nothing_is_named(word):
    with pytest.raises(ValueError, match="--config: expected name=value") as found:
        parse_assignments([word], "--config")
    assert repr(word) in str(found.value)


def test_a_name_given_twice_is_refused():
    with pytest.raises(ValueError, match="'size' is given twice"):
        parse_assignments(["size=8", "size=9"], "--env-args")
