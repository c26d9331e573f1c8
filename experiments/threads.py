"""Cores, claimed on purpose: PyTorch's own guess is the whole machine, whatever share of it a process was given."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def available_cores() -> int:
    """Cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def claim_cores() -> None:
    """Let OpenMP, and so PyTorch, use the available cores, unless OMP_NUM_THREADS says otherwise already."""
    os.environ.setdefault("OMP_NUM_THREADS", str(available_cores()))


@contextmanager
def single_threaded() -> Iterator[None]:
    """PyTorch on one thread inside; where it was never imported, there is nothing to do."""
    torch = sys.modules.get("torch")
    if torch is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
