"""What a learner sees: every channel of an occupancy as a small picture with its name."""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Float, Shaped, UInt8

from envs.core.drawing import palette
from envs.core.drawing.palette import Colour
from envs.core.drawing.sheet import contact_sheet

TILE = 150
"""Longer side of one channel's picture [px], unless its cells are more."""
LINE = 0.055
"""How much darker the lines between large cells are."""


def channel_sheet(
    occupancy: Shaped[np.ndarray, "channel row col"],
    names: Sequence[str],
    *,
    colours: Mapping[str, Colour],
    empty: Colour,
    columns: int,
) -> UInt8[np.ndarray, "height width 3"]:
    """Small multiples of all channels.

    Args:
        occupancy: bool, 0/1 or 0..255 integers, or floats in [0, 1]; more is more colour.
        names: one per channel.
        colours: of the channels; the others get one by their place.
        empty: colour of cells where there is nothing.

    Raises:
        ValueError: another number of names than channels.
    """
    if occupancy.ndim != 3 or len(names) != len(occupancy):
        raise ValueError(
            f"channel_view needs axes (channel, row, col) and one name per channel, got shape "
            f"{occupancy.shape} and {len(names)} names {tuple(names)}."
        )
    share = _share(occupancy)
    inks = [colours.get(name) or palette.other_colour(index) for index, name in enumerate(names)]
    tiles = [_tile(channel, colour, empty) for channel, colour in zip(share, inks, strict=True)]
    return contact_sheet(tiles, columns=columns, titles=list(names))


def _share(occupancy: Shaped[np.ndarray, "channel row col"]) -> Float[np.ndarray, "channel row col"]:
    full = 255.0 if occupancy.dtype.kind in "iu" and occupancy.max(initial=0) > 1 else 1.0
    return np.clip(occupancy.astype(np.float64) / full, 0, 1)


def _tile(channel: Float[np.ndarray, "row col"], colour: Colour, empty: Colour) -> UInt8[np.ndarray, "y x 3"]:
    cell = max(1, TILE // max(channel.shape))
    share = channel[..., None]
    colours = np.rint(np.array(empty) * (1 - share) + np.array(colour) * share).astype(np.uint8)
    pixels = np.repeat(np.repeat(colours, cell, axis=0), cell, axis=1)
    if cell >= 6:
        for lines in (pixels[cell::cell], pixels[:, cell::cell]):
            lines[:] = lines * (1 - LINE)
    framed = np.empty((pixels.shape[0] + 2, pixels.shape[1] + 2, 3), dtype=np.uint8)
    framed[:] = palette.FRAME
    framed[1:-1, 1:-1] = pixels
    return framed
