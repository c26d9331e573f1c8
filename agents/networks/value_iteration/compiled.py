"""How the loops of this folder are compiled: numba, cached on disk, without the GIL, sums in the order written."""

from collections.abc import Callable
from inspect import unwrap
from typing import Any

import numba

import envs.kernels  # noqa: F401 - chooses the folder that compiled code is cached in


def compiled(function: Callable[..., Any]) -> Any:
    """Decorator of loops; runtime checkers of annotations may have wrapped them, which numba cannot compile."""
    return numba.njit(cache=True, nogil=True, error_model="numpy")(unwrap(function))
