"""How kernels are compiled, and how a hot caller skips the dispatcher."""

from collections.abc import Callable
from functools import cached_property
from types import FunctionType
from typing import Any

import numba
from numba.core.registry import CPUDispatcher

from envs.kernels.inner_kernels import InnerPipeline

_OPTIONS = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}

kernel = numba.njit(**_OPTIONS)
"""Decorator of every kernel: cached on disk, releases the GIL, 1/0 is inf as in numpy.

Without numba's runtime (`_nrt`), a kernel that would allocate does not compile, and arrays are not reference
counted: a step that passes forty arrays through a few calls is many times faster, and threads do not contend
for the counters.
"""


class _Inner(CPUDispatcher):
    """A kernel for kernels: without the code that unpacks Python's objects, which takes as long to compile again.

    Called from Python all the same (as tests do), it compiles a twin that has it.
    """

    def __call__(self, *arguments: object) -> Any:  # type: ignore[override]
        return self.twin(*arguments)

    @cached_property
    def twin(self) -> Callable[..., Any]:
        """The same, compiled for Python."""
        return kernel(_renamed(self.py_func))


def inner(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of large kernels inside a step."""
    return _inner(function)


def inlined(function: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator of small kernels inside a step: a call costs more than such a body."""
    return _inner(function, forceinline=True)


def _inner(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    options |= _OPTIONS | {"cache": False, "pipeline_class": InnerPipeline}
    options |= {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
    found = numba.njit(**options)(function)
    if not numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        found.__class__ = _Inner
    return found


def _renamed(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function under another name, so that both have a place in the cache."""
    copy = FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__)
    copy.__module__, copy.__doc__ = function.__module__, function.__doc__
    copy.__qualname__ = f"{function.__qualname__}_for_python"
    return copy


def bind(driver: Callable[..., Any], *arguments: object) -> Callable[..., Any]:
    """The machine code of `driver` for arguments of exactly these types, compiled now if need be.

    numba's dispatcher recomputes the types of all arguments at every call, which for a few NamedTuples of
    arrays costs more than a whole step of a grid world (2.3 against 0.6 us for 14 arrays). A world's arrays
    never change type, so its core looks the compiled code up once. Without the compiler, `driver` itself.
    """
    if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]
        return driver
    signature = tuple(numba.typeof(argument) for argument in arguments)
    driver.compile(signature)  # type: ignore[attr-defined]
    return driver.overloads[signature].entry_point  # type: ignore[attr-defined]
