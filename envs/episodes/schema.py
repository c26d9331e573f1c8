"""What an episode must look like before a single byte of it is written."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from envs.core.naming import unknown_name
from envs.episodes.layout import RowSpec, expected_rows, is_array_name

REQUIRED = (
    "step/action",
    "step/reward",
    "step/terminated",
    "step/truncated",
    "episode/level",
    "episode/seed",
)


def episode_rows(
    observations: Mapping[str, Any], steps: Mapping[str, Any], episode: Mapping[str, Any]
) -> dict[str, np.ndarray]:
    """The rows that one episode adds to each array, by name; each value of `episode` becomes one row.

    Raises ``ValueError`` for names, dtypes or numbers of rows that no store can hold.
    """
    rows = {f"observation/{key}": np.asarray(value) for key, value in observations.items()}
    rows |= {f"step/{key}": np.asarray(value) for key, value in steps.items()}
    rows |= {f"episode/{key}": np.asarray(value)[None] for key, value in episode.items()}
    for name in REQUIRED:
        if name not in rows:
            raise ValueError(f"An episode needs {name!r}; found {sorted(rows)}.")
    for name, array in rows.items():
        _check_array(name, array)
    _check_lengths(rows)
    _check_flags(rows)
    return rows


def specs_of(rows: Mapping[str, np.ndarray]) -> dict[str, RowSpec]:
    """The dtype and row shape of each array."""
    return {name: RowSpec(array.dtype, array.shape[1:]) for name, array in rows.items()}


def check_specs(rows: Mapping[str, np.ndarray], specs: Mapping[str, RowSpec]) -> None:
    """Raise ``ValueError`` unless an episode has exactly the arrays, dtypes and row shapes `specs`."""
    for name, spec in specs_of(rows).items():
        if name not in specs:
            raise ValueError(unknown_name("array", name, specs) + " The first episode of a store fixes them.")
        if spec != specs[name]:
            expected = f"{specs[name].dtype} rows of shape {specs[name].shape}"
            raise ValueError(f"{name!r}: expected {expected}, found {spec.dtype} rows of shape {spec.shape}.")
    if missing := sorted(specs.keys() - rows.keys()):
        raise ValueError(f"The episode lacks {missing}, which the episodes before it have.")


def _check_array(name: str, array: np.ndarray) -> None:
    if not is_array_name(name):
        raise ValueError(f"Array names hold letters, digits, '_' and '-' only, found {name!r}.")
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name!r}: expected booleans, integers or floats, found dtype {array.dtype}.")
    if array.ndim == 0 or 0 in array.shape[1:]:
        raise ValueError(f"{name!r}: expected rows with at least one element, found shape {array.shape}.")


def _check_lengths(rows: Mapping[str, np.ndarray]) -> None:
    length = len(rows["step/action"])
    if length == 0:
        raise ValueError("An episode has at least one step, found an empty 'step/action'.")
    for name, array in rows.items():
        expected = expected_rows(name, num_steps=length, num_episodes=1)
        if len(array) != expected:
            found = f"expected {expected} rows for {length} steps, found {len(array)}"
            raise ValueError(f"{name!r}: {found} (an episode of L steps has L + 1 observations).")


def _check_flags(rows: Mapping[str, np.ndarray]) -> None:
    """Refuse steps after the end, as an autoreset cut one step too late would add."""
    for name in ("step/terminated", "step/truncated"):
        early = np.flatnonzero(rows[name][:-1]) if rows[name].ndim == 1 else []
        if len(early):
            raise ValueError(f"{name!r}: an episode ends at its first True, found steps after step {early[0]}.")
