"""Jobs in processes of their own: one that fails costs itself alone, and Ctrl-C stops them all."""

import os
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Sequence
from multiprocessing import connection, get_context, parent_process
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Protocol

from envs.core.atomic import write_atomically
from experiments.progress import progress_bar

FAILURE = "failure.txt"
"""What went wrong in a job's folder, for who wants to know."""


class Job(Protocol):
    """Something to do in a process of its own."""

    @property
    def title(self) -> str:
        """For people."""
        ...

    @property
    def folder(self) -> Path:
        """Where it writes."""
        ...

    def do(self) -> None:
        """All of it."""
        ...


def run_jobs(jobs: Sequence[Job], *, workers: int, minutes: float | None = None) -> list[tuple[Job, str]]:
    """Do the jobs, `workers` at a time (0: in this process); returns those that failed, and why.

    Processes are stopped on Ctrl-C: all they write is atomic, and trainings resume. After `minutes`, none begins.
    """
    deadline = None if minutes is None else time.monotonic() + 60 * minutes
    with progress_bar(len(jobs), "comparing", unit="trainings") as bar:
        pool = _Pool(jobs, deadline)
        if workers == 0:
            while (job := pool.next()) is not None:
                bar.set_postfix_str(job.title)
                pool.end(job, 0 if _attempt(job) else 1)
                bar.update()
            return pool.failed
        try:
            while pool.is_busy(workers):
                for job in pool.wait():
                    bar.update()
                    bar.write(f"  {job.title}{'  FAILED' if any(job is it for it, _ in pool.failed) else ''}")
                bar.set_postfix_str("; ".join(job.title for job in pool.running.values()), refresh=False)
                bar.update(0)  # shows itself when it is time to
        finally:
            pool.stop()
    return pool.failed


class _Pool:
    """Jobs that wait, run and have failed."""

    def __init__(self, jobs: Sequence[Job], deadline: float | None) -> None:
        self._waiting, self._deadline = deque(jobs), deadline
        self.running: dict[BaseProcess, Job] = {}
        self.failed: list[tuple[Job, str]] = []

    def next(self) -> Job | None:
        """The next job to begin, if there is one and still time for it."""
        is_late = self._deadline is not None and time.monotonic() > self._deadline
        return None if is_late or not self._waiting else self._waiting.popleft()

    def is_busy(self, workers: int) -> bool:
        """Begin what there is room for; whether anything runs."""
        while len(self.running) < workers and (job := self.next()) is not None:
            process = get_context("spawn").Process(target=_work, args=(job,), daemon=True)
            process.start()
            self.running[process] = job
        return bool(self.running)

    def wait(self) -> list[Job]:
        """The jobs that ended within half a second."""
        ready = connection.wait([process.sentinel for process in self.running], timeout=0.5)
        ended = [process for process in self.running if process.sentinel in ready]
        for process in ended:
            process.join()
        return [self.end(self.running.pop(process), process.exitcode or 0) for process in ended]

    def end(self, job: Job, code: int) -> Job:
        """Note whether it failed."""
        if code:
            file = failure_file(job)
            said = file.read_text(encoding="utf-8") if file.is_file() else f"its process ended with code {code}"
            self.failed.append((job, said.strip().splitlines()[-1]))
        return job

    def stop(self) -> None:
        """End what still runs."""
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.join()


def failure_file(job: Job) -> Path:
    """Where a job that fails says why."""
    return job.folder / FAILURE


def _work(job: Job) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started us decides what Ctrl-C means
    threading.Thread(target=_die_with_parent, daemon=True).start()
    sys.exit(0 if _attempt(job) else 1)


def _attempt(job: Job) -> bool:
    try:
        job.do()
    except Exception:
        failure_file(job).parent.mkdir(parents=True, exist_ok=True)
        write_atomically(failure_file(job), traceback.format_exc().encode())
        return False
    failure_file(job).unlink(missing_ok=True)
    return True


def _die_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
