"""Telling a user's mistake, which deserves one clear line, from a bug, which deserves a traceback."""

import linecache
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType

KINDS = (ValueError, TypeError, ImportError)
"""What our checks raise."""
PACKAGES = ("envs", "world_models", "agents", "experiments")


def is_mistake(error: Exception) -> bool:
    """Whether a file is missing, in the way or in use, or a check of ours refused what was asked for.

    A check is a ``raise`` of ours. The same kinds of error out of numpy's or PyTorch's depths are bugs of ours.
    """
    from envs.episodes import BusyStoreError

    if isinstance(error, OSError | BusyStoreError):
        return True
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return isinstance(error, KINDS) and trace is not None and _is_raised(trace) and _is_ours(trace)


def _is_raised(trace: TracebackType) -> bool:
    line = linecache.getline(trace.tb_frame.f_code.co_filename, trace.tb_lineno)
    return line.lstrip().startswith("raise")


def _is_ours(trace: TracebackType) -> bool:
    file = Path(trace.tb_frame.f_code.co_filename).resolve()
    specs = (find_spec(package) for package in PACKAGES)
    folders = (folder for spec in specs if spec is not None for folder in spec.submodule_search_locations or ())
    return any(Path(folder).resolve() in file.parents for folder in folders)
