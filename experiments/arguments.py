"""`name=value` words of a command line."""

import ast
from collections.abc import Iterable
from typing import Annotated, Any

import tyro

Assignments = Annotated[tuple[str, ...], tyro.conf.arg(metavar="NAME=VALUE ...")]
"""Type of options that take them."""

WORDS = {"true": True, "false": False, "none": None}
"""As people write them."""


def parse_assignments(words: Iterable[str], option: str) -> dict[str, Any]:
    """``["size=8,16", "view=egocentric"]`` as ``{"size": (8, 16), "view": "egocentric"}``.

    Raises:
        ValueError: a word without name or ``=``, or a name given twice; `option` is named.
    """
    found: dict[str, Any] = {}
    for word in words:
        name, equals, text = word.partition("=")
        name = name.strip().replace("-", "_")
        if not equals or not name.isidentifier():
            raise ValueError(f"{option}: expected name=value, such as size=8, got {word!r}.")
        if name in found:
            raise ValueError(f"{option}: {name!r} is given twice, as {found[name]!r} and {text!r}.")
        found[name] = parse_value(text)
    return found


def parse_value(text: str) -> Any:
    """A Python literal; else, what has commas as a tuple and everything else as a string.

    >>> [parse_value(text) for text in ("8", "8,16", "0.5", "true", "rooms", "occupancy,ego", "occupancy,")]
    [8, (8, 16), 0.5, True, 'rooms', ('occupancy', 'ego'), ('occupancy',)]
    """
    text = text.strip()
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        pass
    if "," in text:
        return tuple(parse_value(part) for part in text.removesuffix(",").split(","))
    return text
