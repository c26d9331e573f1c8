"""Equality of nested results, to the last bit."""

from collections.abc import Mapping
from typing import Any

import numpy as np


def assert_same(first: Any, second: Any, where: str = "") -> None:
    """Fail unless both hold the same keys, shapes and bits; NaN equals NaN, numpy scalars equal Python's."""
    if isinstance(first, Mapping):
        assert isinstance(second, Mapping), f"{where}: {first!r} against {second!r}"
        assert set(first) == set(second), f"{where}: keys {sorted(first)} against {sorted(second)}"
        for key in first:
            assert_same(first[key], second[key], f"{where}[{key!r}]")
    elif isinstance(first, list | tuple):
        assert len(first) == len(second), f"{where}: {len(first)} against {len(second)} items"
        for index, (one, other) in enumerate(zip(first, second, strict=True)):
            assert_same(one, other, f"{where}[{index}]")
    else:
        _assert_same_array(np.asarray(first), np.asarray(second), where)


def _assert_same_array(first: np.ndarray, second: np.ndarray, where: str) -> None:
    assert (first.dtype, first.shape) == (second.dtype, second.shape), (
        f"{where}: {first.dtype}{first.shape} against {second.dtype}{second.shape}"
    )
    if first.dtype.names:  # padding between fields is nobody's state
        for name in first.dtype.names:
            _assert_same_array(np.asarray(first[name]), np.asarray(second[name]), f"{where}.{name}")
    elif first.dtype == object and first.shape:
        assert_same(list(first), list(second), where)
    elif first.dtype == object:
        assert first.item() == second.item(), f"{where}: {first} against {second}"
    else:
        assert first.tobytes() == second.tobytes(), f"{where}: {first} against {second}"
