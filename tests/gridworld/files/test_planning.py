"""Planning data sets: steps count up from the goal, actions come in our order, and damage is refused."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from envs.gridworld.files.compass import moves_of
from envs.gridworld.files.errors import MapFormatError
from envs.gridworld.files.planning import read_planning

# One rectangular map: '@' obstacle, 'G' goal; the cell in the corner is cut off.
ROWS = ["..@.", "G.@@"]
STEPS = [[1, 1, -1, -1], [0, 1, -1, -1]]
CHANNELS = ("N", "E", "W", "S", "NE", "NW", "SE", "SW")
BEST = [["S", "SW", "N", "N"], ["E", "W", "N", "N"]]


def split_arrays():
    """Map, goal, policy and distance arrays of one split, as the files hold them."""
    images = np.array([[[glyph != "@" for glyph in row] for row in ROWS]], np.float32)
    goals = np.array([[[[glyph == "G" for glyph in row] for row in ROWS]]], float)
    steps = np.array(STEPS, float)
    policy = np.array([[name == channel for name in row] for channel in CHANNELS for row in BEST], float)
    return [images, goals, policy.reshape(1, 8, 1, 2, 4), np.where(steps < 0, -1024, -steps)[None, None]]


def write(folder: Path, arrays, name="some.npz") -> Path:
    np.savez_compressed(folder / name, *arrays)
    return folder / name


def refusal(folder: Path, arrays) -> str:
    path = write(folder, arrays)
    with pytest.raises(MapFormatError) as caught:
        read_planning(path, "train")
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_steps_are_positive_and_nan_where_there_is_no_way(tmp_path):
    maps = read_planning(write(tmp_path, split_arrays()), "train")
    assert maps.blocked.tolist() == [[[False, False, True, False], [False, False, True, True]]]
    assert maps.goal.tolist() == [[1, 0]]
    np.testing.assert_array_equal(maps.distance, np.where(np.array(STEPS) < 0, np.nan, STEPS)[None])
    assert not np.signbit(maps.distance[0, 1, 0])


def test_actions_are_reordered_to_vin_labels(tmp_path):
    maps = read_planning(write(tmp_path, split_arrays()), "train")
    assert maps.actions.shape == (1, 8, 2, 4)
    names = np.array(["N", "S", "E", "W", "NE", "NW", "SE", "SW"])
    assert names[maps.actions[0].argmax(axis=0)].tolist() == BEST


def test_each_split_has_its_own_four_arrays(tmp_path):
    twice = [np.concatenate([array, array]) for array in split_arrays()]
    thrice = [np.concatenate([array, array, array]) for array in split_arrays()]
    path = write(tmp_path, [*split_arrays(), *twice, *thrice])
    counts = [len(read_planning(path, split).blocked) for split in ("train", "validation", "test")]
    assert counts == [1, 2, 3]


def test_an_unknown_split_names_the_nearest(tmp_path):
    with pytest.raises(ValueError, match=r"Unknown split 'valid'\. Did you mean 'validation'\?"):
        read_planning(write(tmp_path, split_arrays()), "valid")


def test_a_missing_split_lists_what_was_found(tmp_path):
    path = write(tmp_path, split_arrays())
    with pytest.raises(MapFormatError, match=r"expected the arrays \['arr_8', .*found \['arr_0', 'arr_1'"):
        read_planning(path, "test")


@pytest.mark.parametrize(
    ("array", "index", "value", "said"),
    [
        (0, (0, 0, 1), 0.5, "'arr_0' must hold 0 and 1 alone, found 0.5 at (0, 0, 1)"),
        (0, (0, 0, 1), np.nan, "'arr_0' must hold 0 and 1 alone, found nan"),
        (0, (0, 1, 0), 0, "map 0: the goal (row 1, col 0) must be a free cell at distance 0"),
        (0, (0, 0, 0), 0, "'arr_3' gives a distance on the obstacle at (0, 0, 0) (map, row, col)"),
        (1, (0, 0, 1, 0), 0, "map 0: 'arr_1' must mark one goal, found 0"),
        (1, (0, 0, 0, 0), 1, "map 0: 'arr_1' must mark one goal, found 2"),
        (1, (0, 0, 0, 0), 2, "'arr_1' must hold 0 and 1 alone"),
        (2, (0, 0, 0, 0, 0), 1, "'arr_2' must mark one action per cell, found 2 at (0, 0, 0)"),
        (2, (0, slice(None), 0, 1, 1), 0, "'arr_2' must mark one action per cell, found 0 at (0, 1, 1)"),
        (3, (0, 0, 0, 0), 1, "'arr_3' must hold minus the number of steps, or -1024; found 1.0 at (0, 0, 0)"),
        (3, (0, 0, 0, 0), -1.5, "found -1.5"),
        (3, (0, 0, 0, 0), np.nan, "found nan"),
        (3, (0, 0, 1, 0), -1, "map 0: the goal (row 1, col 0) must be a free cell at distance 0"),
    ],
)
def test_a_wrong_number_is_named(tmp_path, array, index, value, said):
    arrays = split_arrays()
    arrays[array][index] = value
    assert said in refusal(tmp_path, arrays)


@pytest.mark.parametrize(
    ("array", "shape", "said"),
    [
        (0, (1, 8), "'arr_0' must have shape (any, any, any), found (1, 8)"),
        (0, (0, 2, 4), "found (0, 2, 4)"),
        (1, (1, 2, 4), "'arr_1' must have shape (1, 1, 2, 4), found (1, 2, 4)"),
        (2, (1, 4, 1, 2, 4), "'arr_2' must have shape (1, 8, 1, 2, 4), found (1, 4, 1, 2, 4)"),
        (3, (1, 1, 4, 2), "'arr_3' must have shape (1, 1, 2, 4), found (1, 1, 4, 2)"),
    ],
)
def test_a_wrong_shape_is_named(tmp_path, array, shape, said):
    arrays = split_arrays()
    arrays[array] = np.zeros(shape)
    assert said in refusal(tmp_path, arrays)


def test_pickled_objects_are_never_loaded(tmp_path):
    assert "not a readable .npz file" in refusal(tmp_path, [np.array([{}], object), *split_arrays()[1:]])


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_no_part_of_a_file_passes_for_the_file(tmp_path, share):
    path = write(tmp_path, split_arrays())
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(MapFormatError, match=r"some\.npz: not a readable \.npz file"):
        read_planning(path, "train")


def test_a_flipped_byte_gives_maps_or_a_clear_error(tmp_path):
    path = write(tmp_path, split_arrays())
    data = path.read_bytes()
    for offset in np.random.default_rng(0).integers(0, len(data), 100):
        path.write_bytes(data[:offset] + bytes([data[offset] ^ 255]) + data[offset + 1 :])
        with suppress(MapFormatError):
            read_planning(path, "train")


def test_a_single_array_and_a_text_are_refused(tmp_path):
    np.save(tmp_path / "one.npy", np.zeros(3))
    (tmp_path / "text.npz").write_text("type octile")
    for name in ("one.npy", "text.npz"):
        with pytest.raises(MapFormatError, match=r"not a readable \.npz file"):
            read_planning(tmp_path / name, "train")


def test_a_missing_file_names_the_nearest(tmp_path):
    write(tmp_path, split_arrays(), name="mazes_032_moore_c8.npz")
    with pytest.raises(FileNotFoundError, match=r"Did you mean 'mazes_032_moore_c8\.npz'\?"):
        read_planning(tmp_path / "maze_032_moore_c8.npz", "train")


# Share of obstacles, share of free cells that reach the goal, mean steps, mean of each map's longest way.
SETS = {
    "alternating_gaps": (0.17, 1.0, 22.0, 43),
    "forest": (0.17, 1.0, 19.95, 36),
    "mazes": (0.11, 0.49, 19.53, 38),
}


@pytest.mark.parametrize("name", SETS)
def test_real_sets_hold_the_measured_numbers(data_folder, name):
    path = data_folder / "planning_datasets" / f"{name}_032_moore_c8.npz"
    counts = [len(read_planning(path, split).blocked) for split in ("train", "validation", "test")]
    assert counts == [800, 100, 100]
    maps = read_planning(path, "test")
    obstacles, reachable, mean_steps, mean_of_longest = SETS[name]
    assert maps.blocked.mean() == pytest.approx(obstacles, abs=0.005)
    assert np.isfinite(maps.distance)[~maps.blocked].mean() == pytest.approx(reachable, abs=0.005)
    assert np.nanmean(maps.distance) == pytest.approx(mean_steps, abs=0.05)
    assert np.nanmax(maps.distance, axis=(1, 2)).mean() == pytest.approx(mean_of_longest, abs=0.5)


@pytest.mark.parametrize("name", SETS)
def test_every_real_action_leads_one_step_nearer(data_folder, name):
    maps = read_planning(data_folder / "planning_datasets" / f"{name}_032_moore_c8.npz", "validation")
    index, row, col = np.nonzero(maps.distance > 0)
    move = moves_of()[maps.actions.argmax(axis=1)[index, row, col]]
    after = maps.distance[index, row + move[:, 0], col + move[:, 1]]
    np.testing.assert_array_equal(after, maps.distance[index, row, col] - 1)
