"""How annotations are checked while testing: pyproject.toml names `checked` to jaxtyping's import hook."""

import warnings
from collections.abc import Callable
from typing import Any, Self

from beartype import BeartypeConf, FrozenDict, beartype
from beartype.roar import BeartypeDecorHintPep585DeprecationWarning

# The hook decorates methods one by one, where beartype cannot know whose `Self` is meant. An int is a float here.
_check = beartype(conf=BeartypeConf(is_pep484_tower=True, hint_overrides=FrozenDict({Self: Any})))


def checked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse arguments and results that are not what the annotations of `function` say."""
    with warnings.catch_warnings():
        # gymnasium's spaces derive from the old `typing.Mapping`
        warnings.simplefilter("ignore", BeartypeDecorHintPep585DeprecationWarning)
        return _check(function)
