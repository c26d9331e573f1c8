"""What the learner sees: every channel of a view as a small picture, side by side."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Shaped, UInt8

from envs.core.drawing.channel_sheet import channel_sheet
from envs.driving.render import palette
from envs.driving.render.inset import channel_colour


def channel_view(
    occupancy: Shaped[np.ndarray, "channel row col"], names: Sequence[str], *, columns: int = 4
) -> UInt8[np.ndarray, "height width 3"]:
    """Small multiples of all channels with their names.

    Args:
        occupancy: bytes of 0 or 255, bool, 0/1, or floats in [0, 1]; more is more colour.
        names: one per channel.

    Raises:
        ValueError: another number of names than channels.
    """
    colours = {name: channel_colour(name) for name in names}
    return channel_sheet(occupancy, names, colours=colours, empty=palette.VIEW_GROUND, columns=columns)
