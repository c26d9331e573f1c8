"""Rows become the dicts that `dict(zip(...))` would make of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.core.named_rows import name_rows

NAMES = st.lists(st.text(), min_size=1, max_size=6, unique=True)


@given(NAMES, st.data())
def test_rows_become_what_zip_makes_of_them_whatever_the_names(names, data):
    rows = data.draw(st.lists(st.tuples(*(st.integers() for _ in names))))
    found = name_rows(tuple(names))(rows)
    assert found == [dict(zip(names, row, strict=True)) for row in rows]
    assert [list(row) for row in found] == [names for _ in rows], "in the order of the names"


def test_every_call_makes_dicts_of_its_own():
    name, rows = name_rows(("a", "b")), [[1, 2], [3, 4]]
    first, second = name(rows), name(rows)
    first[0]["a"] = 9
    assert second == name(rows) == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]


def test_a_row_of_another_length_is_refused():
    for row in ([1], [1, 2, 3]):
        with pytest.raises(ValueError, match="values to unpack"):
            name_rows(("a", "b"))([row])
