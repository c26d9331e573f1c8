"""Settings of what a config names: `name=value` words, so that a config stays flat, and fits on a command line."""

import ast
from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, get_type_hints

from envs.core.arguments import fits
from envs.core.naming import load_entry, unknown_name
from world_models.planners import PLANNERS

Words = str | tuple[str, ...]
NOTHING: Mapping[str, Any] = MappingProxyType({})
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


def check_fields(kind: type, settings: Mapping[str, Any], owner: str) -> None:
    """Whether a dataclass has fields of these names and types.

    Raises:
        TypeError: a name that is no field, with the nearest that is.
        ValueError: a value of another type.
    """
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    hints = get_type_hints(kind)
    for name, value in settings.items():
        if name not in known:
            raise TypeError(unknown_name(f"{owner} of {kind.__name__}", name, known))
        if not fits(value, hint := hints[name]):
            expected = hint.__name__ if isinstance(hint, type) else hint
            raise ValueError(f"{kind.__name__}.{name}: expected {expected}, got {value!r}.")


def make_planner(name: str, words: Words, usual: Mapping[str, Any] = NOTHING, **asked: Any) -> Any:
    """A planner with these settings; where few candidates are asked for, elites that are not are no more than those.

    Args:
        name: Of `PLANNERS`.
        words: Its own settings.
        usual: Settings that stand where nothing is asked for.
        asked: Settings that are the config's own fields; None: the planner's.

    Raises:
        TypeError: a setting that this planner has not.
        ValueError: a value that is none.
    """
    kind = load_entry(PLANNERS[name])
    settings = {key: value for key, value in asked.items() if value is not None} | read_words(words, "planner_config")
    check_fields(kind, settings, "setting")
    found = {**usual, **settings}
    candidates = found.get("candidates", getattr(kind, "candidates", 0))  # descent has none
    if "candidates" in found and "elites" not in settings:
        found["elites"] = min(found.get("elites", kind.elites), candidates)
    if "elites" in found and "kept" not in settings:
        found["kept"] = min(found.get("kept", kind.kept), found["elites"], candidates - 1)
    return kind(**found)
