"""A recording is read once, unless it has changed."""

from driving.files.scenarios import driving, lanelet, write

from envs.driving.files import read_recording


def test_a_file_is_read_again_only_when_it_has_changed(tmp_path):
    path = write(tmp_path, lanelet(1) + driving(7, 60))
    (first,), (again,) = read_recording(path), read_recording(path)
    assert again is first
    write(tmp_path, lanelet(1) + driving(7, 60) + driving(8, 60, x=60.0))
    (changed,) = read_recording(path)
    assert len(changed.network.tracks) == 2


def test_who_can_be_driven_is_asked_anew(tmp_path):
    path = write(tmp_path, lanelet(1) + driving(7, 60))
    assert [len(found.egos) for found in read_recording(path)] == [1]
    assert [len(found.egos) for found in read_recording(path, least_metres=1e6)] == [0]
