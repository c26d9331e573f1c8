"""What sources say about themselves, read without importing them: listing agents must not load PyTorch."""

import ast
import inspect
import textwrap
from dataclasses import MISSING, Field, fields
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple


class Argument(NamedTuple):
    """One field of a config."""

    name: str
    default: str
    meaning: str


def summary(entry: str) -> str:
    """First line of the docstring of ``"module"`` or ``"module:Class"``; empty where there is none."""
    module, _, name = entry.partition(":")
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        return ""
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"))
    for node in [tree, *tree.body]:
        if isinstance(node, ast.Module | ast.ClassDef) and getattr(node, "name", "") == name:
            return (ast.get_docstring(node) or "").partition("\n")[0]
    return ""


def config_arguments(config: type) -> list[Argument]:
    """Fields of a config dataclass with their defaults and the docstrings below them, inherited ones included."""
    meanings: dict[str, str] = {}
    for kind in reversed(config.__mro__):
        if kind is not object:
            meanings |= _field_docstrings(kind)
    return [Argument(field.name, _default(field), meanings.get(field.name, "")) for field in fields(config)]


def _default(field: Field) -> str:
    if field.default is not MISSING:
        return _short(field.default)
    return "required" if field.default_factory is MISSING else _short(field.default_factory())


def _short(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else repr(value)


def _field_docstrings(kind: type) -> dict[str, str]:
    """Field -> the string that follows it in the class body."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    body = next(node.body for node in tree.body if isinstance(node, ast.ClassDef))
    found = {}
    for node, after in pairwise(body):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and _is_text(after):
            found[node.target.id] = " ".join(str(after.value.value).split())  # type: ignore[attr-defined]
    return found


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
