"""Arguments held against the types that are written beside them."""

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from types import NoneType, UnionType
from typing import Any, Self, Union, get_args, get_origin, get_type_hints

import numpy as np

from envs.core.naming import unknown_name


class Arguments:
    """Base of the frozen dataclasses that hold an environment's arguments."""

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, Any]) -> Self:
        """Config from keyword arguments.

        Raises:
            TypeError: an argument that does not exist, with the nearest that does.
            ValueError: a value out of range.
        """
        known = [field.name for field in fields(cls)]  # type: ignore[arg-type]  # subclasses are dataclasses
        for name in arguments:
            if name not in known:
                raise TypeError(unknown_name("argument", name, known))
        return cls(**{name: _plain(value) for name, value in arguments.items()})


def check_argument(name: str, value: object, holds: bool, expected: str) -> None:
    """Raise ``ValueError`` with what was expected unless the condition `holds`."""
    if not holds:
        raise ValueError(f"Argument {name!r}: expected {expected}, got {value!r}.")


def _plain(value: Any) -> Any:
    """Lists (from JSON and command lines) as tuples, numpy scalars as Python's."""
    if isinstance(value, list | tuple):
        return tuple(_plain(item) for item in value)
    return value.item() if isinstance(value, np.generic) else value


def check_types(config: Any) -> None:
    """Raise ``ValueError`` for the first field of a dataclass whose value is not of its annotated type.

    Whole numbers serve as floats; a bool is no number.
    """
    for name, hint in _hints(type(config)).items():
        if not fits(value := getattr(config, name), hint):
            expected = hint.__name__ if isinstance(hint, type) and not get_args(hint) else hint
            raise ValueError(f"Argument {name!r}: expected {expected}, got {value!r}.")


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)


def fits(value: Any, hint: Any) -> bool:
    """Whether a value is of a type made of int, float, bool, str, None, other classes, tuples and unions."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return any(fits(value, part) for part in inner)
    if origin is tuple:
        types = inner[:1] * len(value) if isinstance(value, tuple) and inner[1:] == (...,) else inner
        return isinstance(value, tuple) and len(value) == len(types) and all(map(fits, value, types))
    if hint in (int, float):
        return isinstance(value, (int, hint)) and not isinstance(value, bool)
    if hint in (None, NoneType):
        return value is None
    return isinstance(value, origin or hint) if isinstance(origin or hint, type) else True


def check_count(name: str, value: Any) -> None:
    """Raise ``ValueError`` unless `value` is a whole number of at least 1."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 1:
        raise ValueError(f"Argument {name!r}: expected a whole number >= 1, got {value!r}.")
