"""Every colour of the grid family, in one place: red, green, blue in 0..255."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8

from envs.core.drawing.palette import (
    AGENT,
    CANDIDATE,
    FRAME,
    GOAL,
    INK,
    INTENT,
    MUTED,
    OTHERS,
    PAPER,
    PREDICTED,
    STATUS,
    WHITE,
    Colour,
    other_colour,
)

__all__ = [
    "AGENT",
    "CANDIDATE",
    "FLOOR",
    "FOG",
    "FRAME",
    "GOAL",
    "INK",
    "INTENT",
    "MUTED",
    "OBSTACLE",
    "OBSTACLE_RIM",
    "OBSTACLE_SIDE",
    "OTHERS",
    "PAPER",
    "PREDICTED",
    "STATUS",
    "TERRAIN",
    "WHITE",
    "Colour",
    "other_colour",
    "terrain_colours",
]

FLOOR: Colour = (252, 252, 250)
OBSTACLE: Colour = (58, 70, 90)
OBSTACLE_SIDE: Colour = (40, 49, 66)
OBSTACLE_RIM: Colour = (84, 98, 120)
FOG: Colour = (150, 160, 176)

TERRAIN: dict[str, Colour] = {
    "road": (205, 205, 208),
    "grass": (176, 208, 146),
    "sand": (238, 217, 164),
    "swamp": (120, 150, 128),
    "mud": (172, 143, 114),
    "water": (142, 190, 222),
    "forest": (118, 166, 112),
    "gravel": (216, 207, 194),
    "snow": (240, 245, 250),
    "ice": (208, 230, 242),
    "rock": (166, 164, 166),
    "floor": FLOOR,
}
_UNNAMED: tuple[Colour, ...] = ((226, 214, 232), (206, 224, 226), (238, 220, 206), (214, 222, 202))


def terrain_colours(names: Sequence[str]) -> UInt8[np.ndarray, "class 3"]:
    """Colour of each terrain class: by name where the name is known, else a calm one by index."""
    colours = [TERRAIN.get(name, _UNNAMED[index % len(_UNNAMED)]) for index, name in enumerate(names)]
    return np.array(colours, dtype=np.uint8).reshape(-1, 3)
