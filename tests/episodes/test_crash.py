"""kill -9 at any moment leaves the last committed store, and the next writer goes on from there."""

import os
import random
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
from episodes.synthetic import assert_holds, random_episode, write_store

from envs.episodes import EpisodeStore

TESTS = Path(__file__).parents[1]
PROGRAM = [sys.executable, str(Path(__file__).with_name("killed.py"))]
ENVIRONMENT = os.environ | {"PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])}

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="kills forked processes")


def episodes(*numbers):
    return [random_episode(number) for number in numbers]


def killed_stores(folder, mode):
    subprocess.run([*PROGRAM, "points", str(folder), mode], env=ENVIRONMENT, check=True, timeout=120)
    stores = sorted((path for path in folder.iterdir() if path.name.isdigit()), key=lambda path: int(path.name))
    assert len(stores) > 15, "the hook saw too few changes to mean anything"
    return stores


@needs_fork
@pytest.mark.parametrize(("mode", "after"), [("append", (0, 1, 2, 3)), ("replace", (2, 3))])
def test_a_writer_killed_before_any_change_of_files_leaves_the_old_store_or_the_new(tmp_path, mode, after):
    found = []
    for path in killed_stores(tmp_path, mode):
        store = EpisodeStore.open(path)
        is_new = store.manifest.generation != "generation-000001"
        assert_holds(store, episodes(*(after if is_new else (0, 1))))
        found.append(is_new)
        if len(found) % 4 == 0:
            append_after_the_kill(path)
    assert found == sorted(found)  # once new, always new
    assert not found[0]
    assert found[-1]


def append_after_the_kill(path):
    """Appending goes on where the store is, and clears what the killed writer left."""
    there = EpisodeStore.open(path).episodes["level"].tolist()
    store = write_store(path, episodes(9), resume=True)
    assert_holds(store, episodes(*there, 9))
    assert {file.name for file in path.iterdir()} == {"manifest.json", ".lock", store.manifest.generation}


@needs_fork
def test_a_first_writer_killed_leaves_no_manifest_or_a_whole_store(tmp_path):
    is_there = []
    for path in killed_stores(tmp_path, "create"):
        is_there.append((path / "manifest.json").exists())
        if is_there[-1]:
            assert_holds(EpisodeStore.open(path), episodes(2, 3))
    assert is_there == sorted(is_there)
    assert set(is_there) == {False, True}


@needs_fork
def test_a_writer_killed_at_a_random_time_leaves_a_whole_store(tmp_path):
    rng = random.Random(0)
    write_store(tmp_path, episodes(0))
    for _ in range(4):
        with subprocess.Popen([*PROGRAM, "forever", str(tmp_path)], env=ENVIRONMENT, stdout=subprocess.PIPE) as program:
            program.stdout.readline()  # the first commit is done; the next ones are under way
            time.sleep(rng.uniform(0, 0.05))
            program.kill()
        store = EpisodeStore.open(tmp_path)
        _assert_runs_of_whole_episodes(store)


def _assert_runs_of_whole_episodes(store):
    """Each program counted its episodes from 0; whatever is there is one of them, and they count up."""
    levels = store.episodes["level"].tolist()
    assert_holds(store, episodes(*levels))
    for level, after in pairwise(levels):
        assert after in (level + 1, 0)
