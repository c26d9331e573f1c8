"""What the learner sees: every channel of an occupancy as a small picture."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Shaped, UInt8

from envs.gridworld.render import palette
from envs.gridworld.render.relief import LINE, enlarge
from envs.gridworld.render.sheet import contact_sheet

TILE = 150
"""Longer side of one channel's picture [px]."""
_COLOURS = {
    "obstacle": palette.OBSTACLE,
    "goal": palette.GOAL,
    "agent": palette.AGENT,
    "others": palette.OTHERS[0],
    "unknown": palette.FOG,
}


def channel_view(
    occupancy: Shaped[np.ndarray, "channel row col"], names: Sequence[str], *, columns: int = 4
) -> UInt8[np.ndarray, "height width 3"]:
    """Small multiples of all channels with their names.

    Args:
        occupancy: bool, 0/1 or 0..255 integers, or floats in [0, 1]; more is more colour.
        names: one per channel.

    Raises:
        ValueError: another number of names than channels.
    """
    if occupancy.ndim != 3 or len(names) != len(occupancy):
        raise ValueError(
            f"channel_view needs axes (channel, row, col) and one name per channel, got shape "
            f"{occupancy.shape} and {len(names)} names {tuple(names)}."
        )
    share = _share(occupancy)
    colours = [_colour(name, index) for index, name in enumerate(names)]
    tiles = [_tile(channel, colour) for channel, colour in zip(share, colours, strict=True)]
    return contact_sheet(tiles, columns=columns, titles=list(names))


def _share(occupancy: Shaped[np.ndarray, "channel row col"]) -> Float[np.ndarray, "channel row col"]:
    full = 255.0 if occupancy.dtype.kind in "iu" and occupancy.max(initial=0) > 1 else 1.0
    return np.clip(occupancy.astype(np.float64) / full, 0, 1)


def _colour(name: str, index: int) -> palette.Colour:
    return _COLOURS.get(name) or palette.TERRAIN.get(name) or palette.other_colour(index)


def _tile(channel: Float[np.ndarray, "row col"], colour: palette.Colour) -> UInt8[np.ndarray, "y x 3"]:
    cell = max(1, TILE // max(channel.shape))
    share = channel[..., None]
    colours = np.rint(np.array(palette.FLOOR) * (1 - share) + np.array(colour) * share).astype(np.uint8)
    pixels = enlarge(colours, cell)
    if cell >= 6:
        for lines in (pixels[cell::cell], pixels[:, cell::cell]):
            lines[:] = lines * (1 - LINE)
    framed = np.empty((pixels.shape[0] + 2, pixels.shape[1] + 2, 3), dtype=np.uint8)
    framed[:] = palette.FRAME
    framed[1:-1, 1:-1] = pixels
    return framed
