"""Settings of what a config names: `name=value` words, so that a config stays flat, and fits on a command line."""

import ast
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from envs.core.naming import load_entry, unknown_name
from world_models.planners import PLANNERS

Words = str | tuple[str, ...]
CONSTANTS = {"true": True, "false": False, "none": None}


def read_words(words: Words, owner: str) -> dict[str, Any]:
    """``("width=64", "kind=prefix")`` as ``{"width": 64, "kind": "prefix"}``; one word may stand alone.

    Raises:
        ValueError: a word that is no name with a value; `owner` is named.
    """
    found: dict[str, Any] = {}
    for word in [words] if isinstance(words, str) else words:
        name, equals, text = word.partition("=")
        if not equals or not name.strip().isidentifier():
            raise ValueError(f"{owner}: expected name=value, such as horizon=8, got {word!r}.")
        found[name.strip()] = _value(text.strip())
    return found


def _value(text: str) -> Any:
    if text.lower() in CONSTANTS:
        return CONSTANTS[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def check_fields(kind: type, names: Iterable[str], owner: str) -> None:
    """Raise ``TypeError`` for the first name that is no field of a dataclass, with the nearest that is."""
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    for name in names:
        if name not in known:
            raise TypeError(unknown_name(f"{owner} of {kind.__name__}", name, known))


def make_planner(name: str, words: Words, **asked: Any) -> Any:
    """A planner with these settings; where few candidates are asked for, elites that are not are no more than those.

    Args:
        name: Of `PLANNERS`.
        words: Its own settings.
        asked: Settings that are the config's own fields; None: the planner's.

    Raises:
        TypeError: a setting that this planner has not.
    """
    kind = load_entry(PLANNERS[name])
    settings = {key: value for key, value in asked.items() if value is not None} | read_words(words, "planner_config")
    check_fields(kind, settings, "setting")
    if "candidates" in settings and "elites" not in settings:
        settings["elites"] = min(kind.elites, settings["candidates"])
    if "elites" in settings and "kept" not in settings:
        settings["kept"] = min(kind.kept, settings["elites"], settings.get("candidates", kind.candidates) - 1)
    return kind(**settings)
