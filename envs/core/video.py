"""Frames become a file: mp4, gif, or a png of a single frame."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from uuid import uuid4

import numpy as np
from jaxtyping import Shaped, UInt8

from envs.core.naming import check_known

Frame = UInt8[np.ndarray, "height width 3"]
Unchecked = Shaped[np.ndarray, "..."]


def write_video(path: str | Path, frames: Iterable[Unchecked], fps: float | int = 10) -> Path:
    """Write frames to `path`; the suffix says how: ``.mp4`` (H.264), ``.gif`` (looping) or ``.png`` (one frame).

    The file appears whole or not at all: if anything fails, what was there before stays.  Missing folders are
    made.  An mp4 streams and pads odd sizes by repeating the last row or column; a gif merges equal neighbours
    into one longer frame and rounds each frame's time to 10 ms.

    Args:
        frames: uint8 images, axes (height, width, 3).
        fps: frames per second [1/s].

    Returns:
        The path written.

    Raises:
        ValueError: an unknown suffix, no frames, a frame that is not uint8 of shape (height, width, 3) or whose
            size differs from the first one's, a png of several frames, or an fps that is not positive.
    """
    path = Path(path)
    check_known("video suffix", path.suffix.lower(), WRITERS)
    if not fps > 0:
        raise ValueError(f"fps must be positive, got {fps}.")
    checked = _checked(frames)
    first = next(checked, None)
    if first is None:
        raise ValueError(f"No frames to write to {path}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.stem}-{uuid4().hex[:8]}{path.suffix.lower()}")
    try:
        WRITERS[path.suffix.lower()](unfinished, chain([first], checked), fps)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def _checked(frames: Iterable[Unchecked]) -> Iterator[Frame]:
    size = None
    for index, frame in enumerate(frames):
        if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
            raise ValueError(
                f"Frame {index} must be uint8 of shape (height, width, 3), got {frame.dtype} {frame.shape}."
            )
        size = size or frame.shape
        if frame.shape != size:
            raise ValueError(
                f"All frames must be as large as the first, (height, width) = {size[:2]}, "
                f"but frame {index} is {frame.shape[:2]}."
            )
        yield frame


def _write_mp4(path: Path, frames: Iterator[Frame], fps: float | int) -> None:
    import imageio.v2 as imageio

    writer = imageio.get_writer(
        path,
        format="FFMPEG",
        fps=fps,
        codec="libx264",
        pixelformat="yuv420p",
        quality=None,
        macro_block_size=1,
        ffmpeg_log_level="error",
        output_params=["-crf", "18", "-movflags", "+faststart"],
    )
    num_frames = 0
    try:  # as a context manager it would not close, and ffmpeg would go on writing, after an error
        for frame in frames:
            writer.append_data(_even(frame))
            num_frames += 1
    finally:
        writer.close()
    _check_whole(path, num_frames)


def _check_whole(path: Path, num_frames: int) -> None:
    """The writer does not tell when ffmpeg fails at the very end, on a full disk for instance."""
    from imageio_ffmpeg import count_frames_and_secs

    found = count_frames_and_secs(str(path))[0]
    if found != num_frames:
        raise OSError(f"ffmpeg wrote {found} of {num_frames} frames to {path}.")


def _even(frame: Frame) -> UInt8[np.ndarray, "even_height even_width 3"]:
    height, width = frame.shape[:2]
    return np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")


def _write_gif(path: Path, frames: Iterator[Frame], fps: float | int) -> None:
    import imageio.v3 as imageio

    imageio.imwrite(path, list(frames), plugin="pillow", duration=1000 / fps, loop=0)


def _write_png(path: Path, frames: Iterator[Frame], fps: float | int) -> None:
    import imageio.v3 as imageio

    frame = next(frames)
    if next(frames, None) is not None:
        raise ValueError("A png holds a single frame, got several. Write a .gif or .mp4 instead.")
    imageio.imwrite(path, frame)


WRITERS: dict[str, Callable[[Path, Iterator[Frame], float | int], None]] = {
    ".mp4": _write_mp4,
    ".gif": _write_gif,
    ".png": _write_png,
}
