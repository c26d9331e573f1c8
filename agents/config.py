"""Configs: frozen dataclasses made from keyword arguments, with the checks that they share."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from envs.core.naming import unknown_name


def read_config(kind: type, config: Mapping[str, Any]) -> Any:
    """A frozen config from keyword arguments.

    Raises:
        TypeError: a field that does not exist, with the nearest that does.
    """
    known = [field.name for field in fields(kind)]
    for name in config:
        if name not in known:
            raise TypeError(unknown_name(f"field of {kind.__name__}", name, known))
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in config.items()})


def check_at_least_one(config: Any, *names: str) -> None:
    """Raise ``ValueError`` for the first of these fields that is below 1; None is not looked at."""
    for name in names:
        value = getattr(config, name)
        if value is not None and value < 1:
            raise ValueError(f"{type(config).__name__}.{name}: expected >= 1, got {value}.")
