"""How annotations are checked while testing: pyproject.toml names `checked` to jaxtyping's import hook."""

import warnings
from collections.abc import Callable
from types import FunctionType
from typing import Any, Self, get_args

import jaxtyping
from beartype import BeartypeConf, FrozenDict, beartype
from beartype.roar import BeartypeDecorHintPep585DeprecationWarning

# The hook decorates methods one by one, where beartype cannot know whose `Self` is meant. An int is a float here.
_check = beartype(conf=BeartypeConf(is_pep484_tower=True, hint_overrides=FrozenDict({Self: Any})))
_with_shapes = jaxtyping.jaxtyped


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse arguments and results that are not what the annotations of `function` say."""
    with warnings.catch_warnings():
        # gymnasium's spaces derive from the old `typing.Mapping`
        warnings.simplefilter("ignore", BeartypeDecorHintPep585DeprecationWarning)
        return _check(function)


def only_where_shapes_are(*, typechecker: Callable[..., Any]) -> Callable[[Any], Any]:
    """What the hook puts on every function and class.

    What binds the sizes of axes to names takes twenty times as long as the other checks, and level builders call
    many small functions that have no arrays.
    """

    def decorate(target: Any) -> Any:
        if isinstance(target, FunctionType):
            known = {name: _unquoted(hint, target.__globals__) for name, hint in target.__annotations__.items()}
            if not any(map(_has_shape, known.values())):
                target.__annotations__ = known
                return typechecker(target)
        return _with_shapes(target, typechecker=typechecker)

    return decorate


def _unquoted(annotation: Any, names: dict[str, Any]) -> Any:
    """What stands in quotes, if it is known already; else anything goes."""
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, names)
    except NameError:
        return Any


def _has_shape(annotation: Any) -> bool:
    """Whether jaxtyping has to do with it."""
    if isinstance(annotation, type) and issubclass(annotation, jaxtyping.AbstractArray):
        return True
    inside = annotation if isinstance(annotation, list) else get_args(annotation)  # a Callable lists its arguments
    return any(map(_has_shape, inside))


jaxtyping.jaxtyped = only_where_shapes_are  # the hook has no other place for it
