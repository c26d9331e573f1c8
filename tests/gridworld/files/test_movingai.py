"""MovingAI maps: what is written is what is read, and every kind of damage is named with its line."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.gridworld.files.errors import MapFormatError
from envs.gridworld.files.movingai import BLOCKED_GLYPHS, FREE_GLYPHS, read_map

ROWS = [".@.", "GTS"]
GLYPHS = FREE_GLYPHS + BLOCKED_GLYPHS


def map_text(rows, *, height=None, width=None, kind="octile"):
    return f"type {kind}\nheight {height or len(rows)}\nwidth {width or len(rows[0])}\nmap\n" + "\n".join(rows) + "\n"


def write(folder: Path, text: str | bytes, name="some.map") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refusal(folder: Path, text: str | bytes) -> str:
    path = write(folder, text)
    with pytest.raises(MapFormatError) as caught:
        read_map(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_rows_are_rows_and_columns_are_columns(tmp_path):
    grid = read_map(write(tmp_path, map_text(ROWS)))
    assert grid.blocked.tolist() == [[False, True, False], [False, True, False]]
    assert [bytes(row).decode() for row in grid.glyphs] == ROWS


def test_water_and_trees_and_walls_block_while_swamp_and_ground_do_not(tmp_path):
    grid = read_map(write(tmp_path, map_text([".GS@OTW"])))
    assert grid.blocked.tolist() == [[False, False, False, True, True, True, True]]


@given(st.integers(1, 9).flatmap(lambda width: st.lists(st.text(GLYPHS, min_size=width, max_size=width), min_size=1)))
def test_any_map_comes_back_glyph_by_glyph(tmp_path_factory, rows):
    grid = read_map(write(tmp_path_factory.mktemp("maps"), map_text(rows)))
    assert [bytes(row).decode() for row in grid.glyphs] == rows
    assert grid.blocked.tolist() == [[glyph in BLOCKED_GLYPHS for glyph in row] for row in rows]


@pytest.mark.parametrize("ending", ["\r\n", "\r"])
def test_line_endings_do_not_matter(tmp_path, ending):
    expected = read_map(write(tmp_path, map_text(ROWS)))
    found = read_map(write(tmp_path, map_text(ROWS).replace("\n", ending)))
    np.testing.assert_array_equal(found.glyphs, expected.glyphs)


def test_the_last_line_needs_no_end_and_blank_lines_may_follow(tmp_path):
    expected = read_map(write(tmp_path, map_text(ROWS))).glyphs
    np.testing.assert_array_equal(read_map(write(tmp_path, map_text(ROWS).rstrip())).glyphs, expected)
    np.testing.assert_array_equal(read_map(write(tmp_path, map_text(ROWS) + "\n\n")).glyphs, expected)


def test_width_may_come_before_height_and_a_byte_order_mark_before_all(tmp_path):
    text = "\ufefftype octile\nwidth 3\nheight 2\nmap\n" + "\n".join(ROWS)
    assert read_map(write(tmp_path, text)).blocked.shape == (2, 3)


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("height 2\nwidth 3\nmap\n.@.\nGTS", "line 3", "no 'type'"),
        (map_text(ROWS, kind="octal"), "line 1", "Unknown map type 'octal'. Did you mean 'octile'?"),
        ("type octile\nwidth 3\nmap\n.@.\nGTS", "line 3", "no 'height'"),
        ("type octile\nheight 2\nmap\n.@.\nGTS", "line 3", "no 'width'"),
        (map_text(ROWS, height="two"), "line 2", "height must be a positive integer, found 'two'"),
        (map_text(ROWS, height="2.0"), "line 2", "height must be a positive integer, found '2.0'"),
        (map_text(ROWS, width="-3"), "line 3", "width must be a positive integer, found '-3'"),
        (map_text(ROWS, width="0"), "line 3", "width must be a positive integer, found '0'"),
        (
            "type octile\nheight 2\nheight 2\nwidth 3\nmap\n",
            "line 3",
            "'height' is given twice, first on line 2",
        ),
        ("type octile\nhieght 2\nwidth 3\nmap\n", "line 2", "Did you mean 'height'?"),
        ("type octile\nheight 2\nwidth 3\n", "line 3", "ends before the line 'map'"),
        (map_text(ROWS, height=3), "line 6", "truncated: expected 3 rows, the file ends after 2"),
        (map_text(ROWS)[:-3], "line 6", "expected a row of 3 cells, found 1"),
        (map_text(ROWS, height=1), "line 6", "expected 1 rows, found 2"),
        (map_text([*ROWS, "", "..."], height=2), "line 7", "expected 2 rows, found 4"),
        (map_text([".@.", "GTS."]), "line 6", "expected a row of 3 cells, found 4"),
        (map_text(["...", "", "..."]), "line 6", "expected a row of 3 cells, found 0"),
        (map_text([".@.", "G.x"]), "line 6", "row 1, col 2: Unknown map character 'x'"),
        (map_text([".@.", "G.é"]), "line 6", "row 1, col 2: Unknown map character 'é'"),
    ],
)
def test_damage_is_named_with_its_line(tmp_path, text, place, said):
    message = refusal(tmp_path, text)
    assert f"{place}: " in message
    assert said in message


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_an_empty_file_is_refused(tmp_path, text):
    assert "the file is empty" in refusal(tmp_path, text)


@pytest.mark.parametrize("data", [b"type octile\0\n", b"\x89PNG\r\n\x1a\n", bytes(range(256))])
def test_a_binary_file_is_refused(tmp_path, data):
    assert "not a text file" in refusal(tmp_path, data)


@given(st.integers(0, len(map_text(ROWS).rstrip()) - 1))
def test_no_part_of_a_map_passes_for_a_map(tmp_path_factory, length):
    refusal(tmp_path_factory.mktemp("maps"), map_text(ROWS)[:length])


@given(st.binary(max_size=80))
def test_no_bytes_break_the_reader(tmp_path_factory, data):
    path = write(tmp_path_factory.mktemp("maps"), b"type octile\nheight 1\nwidth 1\n" + data)
    with suppress(MapFormatError):
        assert read_map(path).blocked.shape == (1, 1)


def test_a_missing_map_names_the_nearest_file(tmp_path):
    write(tmp_path, map_text(ROWS), name="Berlin_0_256.map")
    write(tmp_path, map_text(ROWS), name="maze-32-32-2.map")
    with pytest.raises(FileNotFoundError, match=r"Did you mean 'Berlin_0_256\.map'\?"):
        read_map(tmp_path / "Berlin_1_256.map")


def test_a_missing_folder_an_empty_one_and_a_folder_instead_of_a_file_are_told_apart(tmp_path):
    with pytest.raises(FileNotFoundError, match="does not exist"):
        read_map(tmp_path / "nowhere" / "some.map")
    with pytest.raises(FileNotFoundError, match="holds no files"):
        read_map(tmp_path / "some.map")
    with pytest.raises(IsADirectoryError, match="expected a file"):
        read_map(tmp_path)


def test_real_maps_agree_with_a_plain_reading(data_folder):
    paths = sorted((data_folder / "movingai" / "maps").glob("*.map"))
    assert paths
    for path in paths:
        rows = path.read_text().split("map\n", 1)[1].split()
        expected = np.array([[glyph in "@T" for glyph in row] for row in rows])
        np.testing.assert_array_equal(read_map(path).blocked, expected)
