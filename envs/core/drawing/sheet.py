"""Several images on one sheet, each with its title."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8

from envs.core.drawing import lettering, palette

Image = UInt8[np.ndarray, "height width 3"]
Frames = Sequence[UInt8[np.ndarray, "_ _ 3"]]


def contact_sheet(
    frames: Frames, *, columns: int = 4, gap: int = 12, titles: Sequence[str] | None = None
) -> UInt8[np.ndarray, "y x 3"]:
    """Frames from left to right, top to bottom, centred in tiles as large as the largest frame.

    Width and height of the sheet are even.

    Raises:
        ValueError: no frames, columns below one, or another number of titles than frames.
    """
    _check(frames, columns, titles)
    title_size = _title_size(frames)
    band = round(1.2 * title_size) if titles else 0
    tile_height = band + max(frame.shape[0] for frame in frames)
    tile_width = max(frame.shape[1] for frame in frames)
    columns = min(columns, len(frames))
    rows = -(-len(frames) // columns)
    sheet = _blank(gap + rows * (tile_height + gap), gap + columns * (tile_width + gap))
    for index, frame in enumerate(frames):
        top = gap + index // columns * (tile_height + gap)
        left = gap + index % columns * (tile_width + gap)
        tile = sheet[top : top + tile_height, left : left + tile_width]
        _place(tile[band:], frame)
        if titles:
            _title(tile[:band], titles[index], title_size)
    return sheet


def _check(frames: Frames, columns: int, titles: Sequence[str] | None) -> None:
    if not len(frames):
        raise ValueError("A contact sheet needs at least one frame, got none.")
    if columns < 1:
        raise ValueError(f"columns must be at least 1, got {columns}.")
    if titles is not None and len(titles) != len(frames):
        raise ValueError(f"A contact sheet needs one title per frame: {len(frames)} frames, {len(titles)} titles.")


def _title_size(frames: Frames) -> int:
    return int(np.clip(max(frame.shape[1] for frame in frames) // 20, 16, 30))


def _blank(height: int, width: int) -> Image:
    sheet = np.empty((height + height % 2, width + width % 2, 3), dtype=np.uint8)
    sheet[:] = palette.PAPER
    return sheet


def _place(tile: Image, frame: UInt8[np.ndarray, "y x 3"]) -> None:
    top, left = (tile.shape[0] - frame.shape[0]) // 2, (tile.shape[1] - frame.shape[1]) // 2
    tile[top : top + frame.shape[0], left : left + frame.shape[1]] = frame


def _title(band: Image, title: str, size: int) -> None:
    shown = lettering.shorten(title, size=size, room=band.shape[1])
    left = (band.shape[1] - lettering.text_width(shown, size)) // 2
    lettering.write(band, shown, size=size, left=left, middle=band.shape[0] / 2 - 2, colour=palette.INK)
