"""Run as a program, by test_crash.py: writers that are killed.

killed.py points FOLDER MODE    kill one writer before each change of files, in FOLDER/0, FOLDER/1, ...
killed.py forever FOLDER        commit episode after episode until somebody kills us
"""

import os
import shutil
import signal
import sys
from itertools import count
from pathlib import Path

from episodes.synthetic import ORIGIN, random_episode, write_store

from envs.episodes import EpisodeWriter

CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate"}


def die_at(point: int) -> None:
    """Kill this process just before it changes the file system for the time number `point`."""
    numbers = count()

    def hook(event, arguments):
        opens_to_write = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if (opens_to_write or event in CHANGES) and next(numbers) == point:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def add_episodes(folder: Path, mode: str) -> None:
    with EpisodeWriter(folder, **ORIGIN, resume=mode == "append") as writer:
        writer.add_episode(**random_episode(2))
        writer.add_episode(**random_episode(3))


def is_killed(folder: Path, mode: str, point: int) -> bool:
    """Whether a writer in a forked process was killed, rather than finished, at `point`."""
    child = os.fork()
    if child == 0:
        die_at(point)
        add_episodes(folder, mode)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


def kill_everywhere(folder: Path, mode: str) -> None:
    write_store(folder / "template", map(random_episode, range(2)))
    for point in count():
        store = folder / str(point)
        if mode == "create":
            store.mkdir()
        else:
            shutil.copytree(folder / "template", store)
        if not is_killed(store, mode, point):
            return


def commit_forever(folder: Path) -> None:
    for number in count():
        write_store(folder, [random_episode(number)], resume=True)
        print(number, flush=True)


if __name__ == "__main__":
    os.fsync = lambda descriptor: None  # a kill, unlike a power cut, loses nothing that was written
    if sys.argv[1] == "points":
        kill_everywhere(Path(sys.argv[2]), sys.argv[3])
    else:
        commit_forever(Path(sys.argv[2]))
