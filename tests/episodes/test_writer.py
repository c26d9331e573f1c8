import tracemalloc

import numpy as np
import pytest
from episodes.synthetic import ORIGIN, assert_holds, clock_episode, random_episode, write_store

from envs.episodes import BusyStoreError, EpisodeStore, EpisodeWriter
from envs.episodes import writer as module
from envs.episodes.growing import GrowingArray


def test_an_error_in_the_block_commits_nothing(tmp_path):
    write_store(tmp_path, [random_episode(0)])

    def fail_in_the_block():
        with EpisodeWriter(tmp_path, **ORIGIN) as writer:
            writer.add_episode(**random_episode(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_in_the_block()
    assert_holds(EpisodeStore.open(tmp_path), [random_episode(0)])
    assert len(list(tmp_path.glob("generation-*"))) == 1


def test_ctrl_c_caught_in_the_block_keeps_the_finished_episodes(tmp_path):
    with EpisodeWriter(tmp_path, **ORIGIN) as writer:
        try:
            writer.add_episode(**random_episode(0))
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            pass
    assert_holds(EpisodeStore.open(tmp_path), [random_episode(0)])


@pytest.mark.parametrize("array", ["step.action", "episode.seed", "observation.ego", "episode_ends"])
@pytest.mark.parametrize("half", [False, True])
def test_an_episode_interrupted_while_it_is_written_is_dropped_whole(tmp_path, monkeypatch, array, half):
    append = GrowingArray.append

    def interrupted(self, rows):
        if self.file.stem == array:
            if half:
                self._handle.write(b"xyz")
            raise KeyboardInterrupt
        append(self, rows)

    with EpisodeWriter(tmp_path, **ORIGIN) as writer:
        writer.add_episode(**random_episode(0))
        with monkeypatch.context() as patch:
            patch.setattr(GrowingArray, "append", interrupted)
            with pytest.raises(KeyboardInterrupt):
                writer.add_episode(**random_episode(1))
        assert writer.num_episodes == 1
        writer.add_episode(**random_episode(2))
    assert_holds(EpisodeStore.open(tmp_path), [random_episode(0), random_episode(2)])


def test_an_episode_that_can_neither_be_written_nor_undone_is_never_committed(tmp_path, monkeypatch):
    def full_disk(self, argument):
        raise OSError(28, "No space left on device")

    write_store(tmp_path, [random_episode(0)])
    writer = EpisodeWriter(tmp_path, **ORIGIN, resume=True)
    writer.add_episode(**random_episode(1))
    with monkeypatch.context() as patch:
        patch.setattr(GrowingArray, "append", full_disk)
        patch.setattr(GrowingArray, "rewind", full_disk)
        with pytest.raises(OSError, match="No space"):
            writer.add_episode(**random_episode(2))
    with pytest.raises(RuntimeError, match="written in part"):
        writer.close()
    assert_holds(EpisodeStore.open(tmp_path), [random_episode(0)])


def test_a_commit_interrupted_anywhere_can_be_repeated(tmp_path, monkeypatch):
    for number, name in enumerate(("sync_folder", "write_atomically", "remove_leftovers")):
        real = getattr(module, name)

        def interrupted(*arguments, real=real, **options):
            real(*arguments, **options)
            raise KeyboardInterrupt

        with EpisodeWriter(tmp_path, **ORIGIN, resume=True) as writer:
            writer.add_episode(**random_episode(number))
            with monkeypatch.context() as patch:
                patch.setattr(module, name, interrupted)
                with pytest.raises(KeyboardInterrupt):
                    writer.commit()
        assert_holds(EpisodeStore.open(tmp_path), [random_episode(index) for index in range(number + 1)])


def test_leaving_a_commit_by_an_error_never_deletes_what_the_manifest_names(tmp_path, monkeypatch):
    real = module.write_atomically

    def interrupted(*arguments):
        real(*arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "write_atomically", interrupted)
    writer = EpisodeWriter(tmp_path, **ORIGIN)
    writer.add_episode(**random_episode(0))
    with pytest.raises(KeyboardInterrupt), writer:
        writer.commit()
    assert_holds(EpisodeStore.open(tmp_path), [random_episode(0)])


def test_resuming_twice_equals_writing_once(tmp_path):
    for begin, end in ((0, 2), (2, 2), (2, 5)):
        write_store(tmp_path / "parts", map(random_episode, range(begin, end)), resume=True)
    parts, whole = (
        EpisodeStore.open(tmp_path / "parts"),
        write_store(tmp_path / "whole", map(random_episode, range(5))),
    )
    assert parts.manifest.arrays == whole.manifest.arrays
    assert_holds(parts, [random_episode(number) for number in range(5)])


def test_a_resumed_writer_counts_what_is_there(tmp_path):
    store = write_store(tmp_path, [random_episode(0), random_episode(1)])
    with EpisodeWriter(tmp_path, **ORIGIN, resume=True) as writer:
        assert (writer.num_episodes, writer.num_steps) == (2, store.num_steps)
        writer.add_episode(**random_episode(2))
        assert writer.num_episodes == 3


def test_episodes_may_be_added_after_a_commit(tmp_path):
    with EpisodeWriter(tmp_path, **ORIGIN) as writer:
        for number in range(3):
            writer.add_episode(**random_episode(number))
            writer.commit()
            assert_holds(EpisodeStore.open(tmp_path), [random_episode(index) for index in range(number + 1)])
    assert len(list(tmp_path.glob("generation-*"))) == 1


def test_an_open_store_outlives_the_commit_that_replaces_it(tmp_path):
    store = write_store(tmp_path, [random_episode(0)])
    write_store(tmp_path, [random_episode(1)])
    assert_holds(store, [random_episode(0)])


def test_without_resume_the_old_store_is_replaced_even_a_damaged_one(tmp_path):
    write_store(tmp_path, [random_episode(0)])
    (tmp_path / "manifest.json").write_text("{")
    assert_holds(write_store(tmp_path, [random_episode(1)]), [random_episode(1)])


def test_a_writer_without_episodes_changes_nothing(tmp_path):
    with EpisodeWriter(tmp_path / "new", **ORIGIN):
        pass
    assert not (tmp_path / "new" / "manifest.json").exists()
    write_store(tmp_path / "old", [random_episode(0)])
    assert_holds(write_store(tmp_path / "old", []), [random_episode(0)])


@pytest.mark.parametrize(
    ("name", "value"), [("env_id", "crossroads/Merge-v0"), ("env_arguments", {"size": 8}), ("agent", "idm")]
)
def test_resuming_with_another_origin_is_refused(tmp_path, name, value):
    write_store(tmp_path, [random_episode(0)])
    with pytest.raises(
        ValueError, match=f"Cannot resume .*: its {name} is {ORIGIN[name]!r}, the writer's is {value!r}"
    ):
        EpisodeWriter(tmp_path, **{**ORIGIN, name: value}, resume=True)
    write_store(tmp_path, [random_episode(1)], resume=True)  # the refused writer holds no lock


def test_arguments_that_are_not_json_are_refused_before_anything_is_written(tmp_path):
    for bad in (np.int64(3), float("nan"), object()):
        with pytest.raises(ValueError, match="env_arguments must be plain JSON"):
            EpisodeWriter(tmp_path / "store", env_id="", env_arguments={"size": bad}, agent="")
    assert not (tmp_path / "store").exists()


def test_a_second_writer_is_refused_while_the_first_one_is_open(tmp_path):
    first = EpisodeWriter(tmp_path, **ORIGIN)
    with pytest.raises(BusyStoreError, match="Another writer"):
        EpisodeWriter(tmp_path, **ORIGIN)
    first.close()
    first.close()
    EpisodeWriter(tmp_path, **ORIGIN).close()


def test_a_closed_writer_takes_no_episode(tmp_path):
    writer = EpisodeWriter(tmp_path, **ORIGIN)
    writer.close()
    with pytest.raises(ValueError, match="is closed"):
        writer.add_episode(**random_episode(0))


def test_memory_stays_that_of_one_episode(tmp_path):
    episode = clock_episode(0, 3)
    episode["observations"]["occupancy"] = np.zeros((4, 64, 64, 8), np.int8)
    with EpisodeWriter(tmp_path, **ORIGIN) as writer:
        tracemalloc.start()
        for _ in range(100):
            writer.add_episode(**episode)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 10 * episode["observations"]["occupancy"].nbytes
