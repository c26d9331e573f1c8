"""Copying and checking states: NamedTuples of arrays."""

from typing import TypeVar

import numpy as np

State = TypeVar("State", bound=tuple)


def copy_state(state: State) -> State:
    """The same values in arrays of their own."""
    return type(state)(*(np.copy(array) for array in state))


def check_state(target: tuple, source: object) -> None:
    """Raise ``ValueError`` unless `source` is a state of the same type, shapes and dtypes as `target`."""
    if type(source) is not type(target):
        raise ValueError(f"Expected a {type(target).__name__}, got {type(source).__name__}.")
    for name, own, other in zip(target._fields, target, source, strict=True):  # type: ignore[attr-defined]
        if np.shape(other) != own.shape or np.asarray(other).dtype != own.dtype:
            found = f"{np.asarray(other).dtype}{list(np.shape(other))}"
            raise ValueError(f"State field {name!r}: expected {own.dtype}{list(own.shape)}, got {found}.")


def overwrite_state(target: State, source: State) -> None:
    """Copy every array of a checked `source` into `target`."""
    for own, other in zip(target, source, strict=True):
        np.copyto(own, other)
