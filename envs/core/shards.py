"""Worlds shared out over threads. Kernels release the GIL, so shards really run side by side.

No numba threading layer: forked workers stay safe, and the threads start when first used in a process.
"""

from collections.abc import Callable
from itertools import pairwise
from os import getpid
from queue import SimpleQueue
from threading import Thread
from typing import Any

Job = Callable[[int, int, int], Any]


class Shards:
    """Runs ``job(low, high, shard)`` over contiguous ranges of worlds, the first on the calling thread."""

    def __init__(self, num_worlds: int, num_threads: int) -> None:
        count = max(1, min(num_threads, num_worlds))
        edges = [num_worlds * k // count for k in range(count + 1)]
        self.ranges = list(pairwise(edges))
        self._inboxes: list[SimpleQueue] = []
        self._outbox: SimpleQueue = SimpleQueue()
        self._owner = -1

    def __len__(self) -> int:
        return len(self.ranges)

    def run(self, job: Job) -> list[Any]:
        """Results of the job on every range, in order; the first exception is raised after all have ended."""
        if len(self.ranges) == 1:
            return [job(*self.ranges[0], 0)]
        if self._owner != getpid():
            self._start_threads()
        for inbox in self._inboxes:
            inbox.put(job)
        results: list[Any] = [_attempt(job, *self.ranges[0], 0)]
        results += [result for _, result in sorted((self._outbox.get() for _ in self._inboxes), key=lambda r: r[0])]
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return results

    def _start_threads(self) -> None:
        self._owner = getpid()
        self._outbox = SimpleQueue()
        self._inboxes = []
        for shard in range(1, len(self.ranges)):
            inbox: SimpleQueue = SimpleQueue()
            Thread(target=_serve, args=(inbox, self._outbox, *self.ranges[shard], shard), daemon=True).start()
            self._inboxes.append(inbox)

    def close(self) -> None:
        """Let the threads end."""
        for inbox in self._inboxes:
            inbox.put(None)
        self._inboxes, self._owner = [], -1

    def __del__(self) -> None:
        self.close()


def _serve(inbox: SimpleQueue, outbox: SimpleQueue, low: int, high: int, shard: int) -> None:
    while (job := inbox.get()) is not None:
        outbox.put((shard, _attempt(job, low, high, shard)))
        del job


def _attempt(job: Job, low: int, high: int, shard: int) -> Any:
    try:
        return job(low, high, shard)
    except BaseException as error:
        return error
