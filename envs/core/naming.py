"""One error for every unknown name: what was asked, what is nearest, what exists."""

from collections.abc import Iterable
from difflib import get_close_matches
from importlib import import_module
from typing import Any


def unknown_name(kind: str, name: object, known: Iterable[object]) -> str:
    """Sentence for a name that is not in a table.

    >>> unknown_name("agent", "randm", ["oracle", "random"])
    "Unknown agent 'randm'. Did you mean 'random'? Known agents: ['oracle', 'random']."
    """
    names = [str(item) for item in known]
    nearest = get_close_matches(str(name), names, n=1, cutoff=0.5)
    hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
    noun = kind.partition(" of ")[0]
    ends_like_city = noun.endswith("y") and noun[-2] not in "aeiou"
    kinds = f"{noun[:-1]}ies" if ends_like_city else f"{noun}s"
    return f"Unknown {kind} {name!r}.{hint} Known {kinds}: {names}."


def check_known(kind: str, name: object, known: Iterable[object]) -> None:
    """Raise ``ValueError`` unless `name` is one of `known`."""
    names = list(known)
    if name not in names:
        raise ValueError(unknown_name(kind, name, names))


def load_entry(entry: str) -> Any:
    """The object behind a table's ``"module:name"`` string; nothing is imported before this call."""
    module, _, attribute = entry.partition(":")
    return getattr(import_module(module), attribute)
