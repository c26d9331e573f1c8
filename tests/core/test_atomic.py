import os
import stat

import pytest

from envs.core.atomic import write_atomically


def test_bytes_arrive_and_replace_what_was_there(tmp_path):
    file = tmp_path / "results.json"
    write_atomically(file, b"old")
    write_atomically(str(file), b"new")
    assert file.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["results.json"]


def test_a_function_writes_into_the_file(tmp_path):
    write_atomically(tmp_path / "weights", lambda file: file.write(b"abc"))
    assert (tmp_path / "weights").read_bytes() == b"abc"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_half_way_leaves_the_old_file_and_nothing_else(tmp_path, error):
    def write_half(file):
        file.write(b"ne")
        raise error

    write_atomically(tmp_path / "weights", b"old")
    with pytest.raises(error):
        write_atomically(tmp_path / "weights", write_half)
    assert (tmp_path / "weights").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["weights"]


def test_the_file_and_then_its_folder_reach_the_disk(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda number: synced.append(stat.S_ISDIR(os.fstat(number).st_mode)))
    write_atomically(tmp_path / "weights", b"new")
    assert synced == [False, True]


def test_permissions_follow_the_umask_as_for_any_new_file(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    write_atomically(tmp_path / "atomic", b"")
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_symbolic_link_is_written_through(tmp_path):
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_atomically(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"
