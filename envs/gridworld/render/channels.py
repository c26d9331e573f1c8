"""What the learner sees: every channel of an occupancy as a small picture."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Shaped, UInt8

from envs.core.drawing.channel_sheet import channel_sheet
from envs.gridworld.render import palette

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
    colours = {**palette.TERRAIN, **_COLOURS}
    return channel_sheet(occupancy, names, colours=colours, empty=palette.FLOOR, columns=columns)
