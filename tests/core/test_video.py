import imageio.v3 as imageio
import numpy as np
import pytest

from envs.core.video import write_video


def _frames(count, *, height=48, width=64):
    """A bright square that walks to the right on dark ground."""
    for index in range(count):
        frame = np.full((height, width, 3), (30, 40, 60), dtype=np.uint8)
        frame[8:24, 4 * index : 4 * index + 16] = (240, 200, 80)
        yield frame


def test_an_mp4_gives_back_its_frames_size_and_pace(tmp_path):
    path = write_video(tmp_path / "episode.mp4", _frames(9), fps=7)
    read, written = imageio.imread(path), np.stack(list(_frames(9)))
    assert read.shape == written.shape
    assert np.abs(read.astype(int) - written).mean() < 4
    facts = imageio.immeta(path)
    assert facts["fps"] == pytest.approx(7)
    assert facts["codec"] == "h264"
    assert facts["pix_fmt"].startswith("yuv420p")


def test_an_mp4_of_odd_size_is_padded_by_its_last_row_and_column(tmp_path):
    path = write_video(tmp_path / "odd.mp4", _frames(3, height=47, width=65))
    assert imageio.imread(path).shape == (3, 48, 66, 3)


def test_a_gif_loops_and_gives_back_its_frames_and_pace(tmp_path):
    path = write_video(tmp_path / "episode.gif", _frames(6), fps=5)
    read = imageio.imread(path)[..., :3]
    assert np.array_equal(read, np.stack(list(_frames(6))))
    facts = imageio.immeta(path)
    assert (facts["duration"], facts["loop"]) == (200, 0)


def test_a_png_is_the_frame_itself(tmp_path):
    (frame,) = _frames(1)
    assert np.array_equal(imageio.imread(write_video(tmp_path / "frame.png", [frame])), frame)


def test_capital_suffixes_and_missing_folders_are_fine(tmp_path):
    path = write_video(tmp_path / "new" / "folder" / "EPISODE.GIF", _frames(2))
    assert path.exists()


def test_a_png_of_several_frames_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"single frame, got several\. Write a \.gif or \.mp4"):
        write_video(tmp_path / "frame.png", _frames(2))


def test_an_unknown_suffix_is_named_with_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match=r"Unknown video suffix '.mp5'. Did you mean '.mp4'\? .*'.gif', '.png'"):
        write_video(tmp_path / "episode.mp5", _frames(2))


def test_no_frames_are_refused(tmp_path):
    with pytest.raises(ValueError, match="No frames to write"):
        write_video(tmp_path / "episode.mp4", [])


def test_a_pace_that_is_not_positive_is_refused(tmp_path):
    with pytest.raises(ValueError, match="fps must be positive, got 0"):
        write_video(tmp_path / "episode.mp4", _frames(2), fps=0)


@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_a_frame_of_another_size_is_named_by_its_index(tmp_path, suffix):
    frames = [*_frames(3), *_frames(1, height=50)]
    with pytest.raises(ValueError, match=r"height, width\) = \(48, 64\), but frame 3 is \(50, 64\)"):
        write_video(tmp_path / f"episode{suffix}", frames)
    assert list(tmp_path.iterdir()) == []


def test_a_frame_of_floats_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"Frame 0 must be uint8 .* got float64 \(48, 64, 3\)"):
        write_video(tmp_path / "episode.mp4", [next(_frames(1)) / 255])


@pytest.mark.parametrize("suffix", [".mp4", ".gif", ".png"])
def test_a_failure_on_the_way_leaves_the_old_file_and_nothing_else(tmp_path, suffix):
    path = tmp_path / f"episode{suffix}"
    path.write_bytes(b"old")

    def failing():
        yield from _frames(1)
        raise RuntimeError("the world ended")

    with pytest.raises(RuntimeError, match="the world ended"):
        write_video(path, failing())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
