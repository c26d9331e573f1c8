"""Every colour of the grid family, in one place: red, green, blue in 0..255."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8

Colour = tuple[int, int, int]

PAPER: Colour = (236, 239, 243)
FLOOR: Colour = (252, 252, 250)
OBSTACLE: Colour = (58, 70, 90)
OBSTACLE_SIDE: Colour = (40, 49, 66)
OBSTACLE_RIM: Colour = (84, 98, 120)
FOG: Colour = (150, 160, 176)
FRAME: Colour = (196, 204, 214)
WHITE: Colour = (255, 255, 255)
INK: Colour = (30, 38, 54)
MUTED: Colour = (104, 116, 136)

AGENT: Colour = (37, 99, 235)
GOAL: Colour = (5, 150, 105)
INTENT: Colour = (219, 39, 119)
"""What the agent means to do: its plan and its action probabilities."""
CANDIDATE: Colour = (124, 58, 237)
PREDICTED: Colour = (225, 45, 45)

STATUS: dict[str, Colour] = {"success": (5, 150, 105), "collision": (214, 48, 49), "timeout": (202, 124, 8)}

OTHERS: tuple[Colour, ...] = (
    (217, 116, 86),
    (126, 105, 184),
    (47, 143, 146),
    (201, 145, 48),
    (176, 94, 134),
    (112, 138, 74),
    (92, 126, 160),
    (151, 112, 84),
)

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


def other_colour(index: int) -> Colour:
    """Colour of the index-th actor that is not the judged agent; repeats when they run out."""
    return OTHERS[index % len(OTHERS)]


def terrain_colours(names: Sequence[str]) -> UInt8[np.ndarray, "class 3"]:
    """Colour of each terrain class: by name where the name is known, else a calm one by index."""
    colours = [TERRAIN.get(name, _UNNAMED[index % len(_UNNAMED)]) for index, name in enumerate(names)]
    return np.array(colours, dtype=np.uint8).reshape(-1, 3)
