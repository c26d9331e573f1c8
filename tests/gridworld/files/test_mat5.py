"""MAT-files of level 5: read as scipy reads them, and refused where scipy would follow damage."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.io import loadmat, savemat

from envs.gridworld.files.errors import MapFormatError
from envs.gridworld.files.mat5 import read_arrays

DTYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"]
matrices = st.sampled_from(DTYPES).flatmap(
    lambda dtype: arrays(dtype, array_shapes(min_dims=2, max_dims=3, max_side=9))
)


def cell_array(items):
    cells = np.empty((len(items), 1), object)
    cells[:, 0] = [None] * len(items)
    for index, item in enumerate(items):
        cells[index, 0] = item
    return cells


@settings(deadline=None)
@given(matrices, st.booleans())
def test_numbers_of_every_type_are_read_as_scipy_reads_them(tmp_path_factory, matrix, is_compressed):
    path = tmp_path_factory.mktemp("mat") / "some.mat"
    savemat(path, {"a": matrix, "other": np.ones((2, 2))}, do_compression=is_compressed)
    found, names = read_arrays(path, ["a", "absent"])
    expected = loadmat(path)["a"]
    assert names == ["a", "other"]
    assert list(found) == ["a"]
    assert found["a"].dtype == expected.dtype
    np.testing.assert_array_equal(found["a"], expected)


@settings(deadline=None)
@given(st.lists(matrices, min_size=1, max_size=4))
def test_cells_hold_their_arrays_one_by_one(tmp_path_factory, items):
    path = tmp_path_factory.mktemp("mat") / "some.mat"
    savemat(path, {"a": cell_array(items)}, do_compression=True)
    found = read_arrays(path, ["a"])[0]["a"]
    assert found.shape == (len(items), 1)
    for cell, item in zip(found[:, 0], items, strict=True):
        np.testing.assert_array_equal(cell, item)


def test_cells_of_one_shape_are_not_stacked(tmp_path):
    items = [np.zeros((4, 2)), np.ones((4, 2))]
    savemat(tmp_path / "some.mat", {"a": cell_array(items)})
    assert read_arrays(tmp_path / "some.mat", ["a"])[0]["a"].shape == (2, 1)


@pytest.mark.parametrize(
    "array", [np.array([[1j]]), np.array(["text"]), cell_array([cell_array([1.0])]), np.array([[{}]], object)]
)
def test_what_is_not_numbers_or_cells_of_numbers_is_refused_by_name(tmp_path, array):
    savemat(tmp_path / "some.mat", {"a": array, "b": np.ones((2, 2))})
    assert list(read_arrays(tmp_path / "some.mat", ["b"])[0]) == ["b"]
    with pytest.raises(MapFormatError, match="'a' must hold real numbers, found class"):
        read_arrays(tmp_path / "some.mat", ["a"])


def header(version=b"\x00\x01", order=b"IM"):
    return b"MATLAB".ljust(124) + version + order


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (header(b"\x00\x02") + bytes(400), "it is of version 7.3; save it with '-v7'"),
        (header(b"\x01\x00", b"MI"), "expected a little-endian header of version 1, found b'\\x01\\x00MI'"),
        (b"", "expected a little-endian header of version 1, found b''"),
        (header() + b"\x0e\x00\x00\x00\xff\x00\x00\x00", "an element of 255 bytes does not fit at byte 128 of 136"),
        (header() + b"\x09\x00\x00\x00\x00\x00\x00\x00", "expected an array, found an element of type 9"),
        (header() + b"\x0f\x00\x00", "not a readable .mat file"),
    ],
)
def test_damage_and_other_formats_are_refused(tmp_path, data, said):
    (tmp_path / "some.mat").write_bytes(data)
    with pytest.raises(MapFormatError) as caught:
        read_arrays(tmp_path / "some.mat", ["a"])
    assert said in str(caught.value)


def test_a_shape_that_does_not_fit_the_values_is_refused(tmp_path):
    path = tmp_path / "some.mat"
    savemat(path, {"a": np.ones((3, 5), np.uint8)})
    data = path.read_bytes()
    shape = np.array([3, 5], "<i4").tobytes()
    path.write_bytes(data.replace(shape, np.array([5, 5], "<i4").tobytes()))
    with pytest.raises(MapFormatError, match=r"'a' of shape \(5, 5\) has 15 values"):
        read_arrays(path, ["a"])
    path.write_bytes(data.replace(shape, np.array([-3, -5], "<i4").tobytes()))
    with pytest.raises(MapFormatError, match=r"cannot have the shape \(-3, -5\)"):
        read_arrays(path, ["a"])


@pytest.mark.parametrize("name", ["gridworld_8.mat", "gridworld_8_test.mat"])
def test_real_files_are_read_as_scipy_reads_them(data_folder, name):
    path = data_folder / "vin" / name
    expected = {key: array for key, array in loadmat(path).items() if not key.startswith("__")}
    found, names = read_arrays(path, list(expected))
    assert names == list(expected)
    for key, array in expected.items():
        assert found[key].dtype == array.dtype
        assert found[key].shape == array.shape
        pairs = zip(found[key].ravel(), array.ravel(), strict=True) if array.dtype == object else [(found[key], array)]
        for mine, theirs in pairs:
            np.testing.assert_array_equal(mine, theirs)
