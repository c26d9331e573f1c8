"""MovingAI scenarios: x is the column, y the row, and damage is named with its line."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from envs.gridworld.files.compass import moves_of
from envs.gridworld.files.errors import MapFormatError
from envs.gridworld.files.movingai import GridFile, check_scenario, read_map, read_scenario

# A map of 2 rows and 4 columns; (x, y) = (3, 1) is row 1, col 3.
ROW = "0\tsome.map\t4\t2\t3\t1\t0\t0\t3.41421356"


def write(folder: Path, *lines: str, version="version 1") -> Path:
    path = folder / "some.scen"
    path.write_text("\n".join([version, *lines]) + "\n")
    return path


def grid_of(*rows: str) -> GridFile:
    glyphs = np.array([[ord(glyph) for glyph in row] for row in rows], np.uint8)
    return GridFile(Path("some.map"), glyphs == ord("@"), glyphs)


def octile_distances(blocked, source):
    """Distances from `source` [cell index] with diagonals of sqrt(2) that never cut a corner."""
    free = np.pad(~blocked, 1)
    rows, cols = np.nonzero(free)
    heads, tails, costs = [], [], []
    for d_row, d_col in moves_of().tolist():
        is_open = free[rows + d_row, cols + d_col] & free[rows + d_row, cols] & free[rows, cols + d_col]
        heads.append(np.ravel_multi_index((rows[is_open], cols[is_open]), free.shape))
        tails.append(np.ravel_multi_index((rows[is_open] + d_row, cols[is_open] + d_col), free.shape))
        costs.append(np.full(is_open.sum(), np.hypot(d_row, d_col)))
    edges = (np.concatenate(heads), np.concatenate(tails))
    graph = coo_array((np.concatenate(costs), edges), shape=(free.size, free.size)).tocsr()
    start = np.ravel_multi_index(tuple(np.asarray(source) + 1), free.shape)
    return dijkstra(graph, indices=start).reshape(free.shape)[1:-1, 1:-1]


def test_x_is_the_column_and_y_the_row(tmp_path):
    scenario = read_scenario(write(tmp_path, ROW))
    assert scenario.map_name == "some.map"
    assert scenario.size == (2, 4)
    assert scenario.start.tolist() == [[1, 3]]
    assert scenario.goal.tolist() == [[0, 0]]
    assert scenario.optimal_length.tolist() == [3.41421356]
    assert scenario.bucket.tolist() == [0]


@pytest.mark.parametrize("version", ["version 1", "version 1.0", "version 1 \r"])
@pytest.mark.parametrize("row", [ROW, ROW.replace("\t", " "), ROW.replace("\t", "  ") + " \t"])
def test_both_headers_tabs_and_spaces_read_the_same(tmp_path, version, row):
    scenario = read_scenario(write(tmp_path, row, "", row, version=version))
    assert scenario.start.tolist() == [[1, 3], [1, 3]]
    assert scenario.size == (2, 4)


def test_tabs_allow_spaces_in_the_name_of_the_map(tmp_path):
    assert read_scenario(write(tmp_path, ROW.replace("some", "old town"))).map_name == "old town.map"


def changed(field: int, value: str) -> str:
    fields: list[str] = ROW.split("\t")
    fields[field] = value
    return "\t".join(fields)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (ROW + "\t7", "expected 9 fields (bucket, map, map width, "),
        (ROW.rsplit("\t", 1)[0], "found 8"),
        (changed(0, "first"), "bucket must be an integer, found 'first'"),
        (changed(4, "3.5"), "start x must be an integer, found '3.5'"),
        (changed(4, "99999999999999999999"), "start x must be an integer"),
        (changed(8, "long"), "optimal length must be a number of at least 0, found 'long'"),
        (changed(8, "-1"), "optimal length must be a number of at least 0, found '-1'"),
        (changed(8, "nan"), "found 'nan'"),
        (changed(8, "inf"), "found 'inf'"),
        (changed(4, "4"), "the start x 4, y 1 is outside the map of width 4, height 2"),
        (changed(5, "2"), "the start x 3, y 2 is outside"),
        (changed(6, "-1"), "the goal x -1, y 0 is outside"),
        (changed(1, "other.map"), "expected the map of the first row, 'some.map' of (2, 4) (rows, cols)"),
        (changed(2, "8"), "found 'some.map' of (2, 8)"),
    ],
)
def test_damage_is_named_with_its_line(tmp_path, row, said):
    path = write(tmp_path, ROW, "", row)
    with pytest.raises(MapFormatError) as caught:
        read_scenario(path)
    assert str(caught.value).startswith(f"{path}, line 4: ")
    assert said in str(caught.value)


@pytest.mark.parametrize("version", ["version 2", "version", "1", ROW])
def test_an_unknown_version_is_refused(tmp_path, version):
    with pytest.raises(MapFormatError, match=r"line 1: expected 'version 1' or 'version 1\.0', found"):
        read_scenario(write(tmp_path, ROW, version=version))


def test_a_scenario_without_rows_is_refused(tmp_path):
    with pytest.raises(MapFormatError, match="has no rows"):
        read_scenario(write(tmp_path))


def test_empty_binary_and_missing_files_are_refused(tmp_path):
    path = tmp_path / "some.scen"
    path.write_bytes(b"")
    with pytest.raises(MapFormatError, match="the file is empty"):
        read_scenario(path)
    path.write_bytes(b"version 1\n\0\0")
    with pytest.raises(MapFormatError, match="not a text file"):
        read_scenario(path)
    with pytest.raises(FileNotFoundError, match=r"Did you mean 'some\.scen'\?"):
        read_scenario(tmp_path / "same.scen")


def test_a_scenario_fits_its_map(tmp_path):
    check_scenario(read_scenario(write(tmp_path, ROW)), grid_of("..@.", "...."))


def test_a_scenario_that_scales_its_map_is_refused(tmp_path):
    scenario = read_scenario(write(tmp_path, ROW))
    with pytest.raises(MapFormatError, match=r"row 0 is for a map of \(2, 4\).*is \(1, 2\).*scale"):
        check_scenario(scenario, grid_of(".."))


@pytest.mark.parametrize(("rows", "said"), [(("....", "...@"), "start (row 1, col 3)"), (("@...", "...."), "goal")])
def test_a_start_or_goal_on_an_obstacle_is_refused_with_its_row(tmp_path, rows, said):
    scenario = read_scenario(write(tmp_path, changed(4, "2").replace("0\t0", "1\t0"), ROW))
    with pytest.raises(MapFormatError) as caught:
        check_scenario(scenario, grid_of(*rows))
    assert "row 1 (counted from 0)" in str(caught.value)
    assert said in str(caught.value)
    assert "lies on '@'" in str(caught.value)


def real_pairs(data_folder):
    for path in sorted((data_folder / "movingai" / "scenarios").glob("*.scen")):
        scenario = read_scenario(path)
        yield scenario, read_map(data_folder / "movingai" / "maps" / scenario.map_name)


def test_real_scenarios_fit_their_maps(data_folder):
    pairs = list(real_pairs(data_folder))
    assert pairs
    for scenario, grid in pairs:
        check_scenario(scenario, grid)


def test_real_optimal_lengths_are_octile_distances_without_cutting_corners(data_folder):
    for scenario, grid in real_pairs(data_folder):
        for task in range(0, len(scenario.start), 1 + len(scenario.start) // 8):
            distance = octile_distances(grid.blocked, scenario.start[task])[tuple(scenario.goal[task])]
            assert distance == pytest.approx(scenario.optimal_length[task], abs=1e-3)
