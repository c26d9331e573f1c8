"""Where things lie in the picture: a square plate with a strip below it."""

from typing import TypeVar

import numpy as np
from jaxtyping import Float, UInt8

from envs.core.drawing import palette
from envs.core.drawing.pen import Pen

SIDE, MARGIN, STRIP = 512, 16, 40
"""Of the plate, around it, and below it [px]."""
REACH = 0.05
"""How far beyond the unit interval the plate shows: particles swing out a little."""
GRID = (224, 229, 236)
SCALE = SIDE / (1.0 + 2.0 * REACH)
Numbers = TypeVar("Numbers", float, Float[np.ndarray, "..."])


def blank(status: str) -> UInt8[np.ndarray, "height width 3"]:
    """Paper and an empty plate, framed in the colour of how the episode ended."""
    image = np.empty((SIDE + 2 * MARGIN + STRIP, SIDE + 2 * MARGIN, 3), np.uint8)
    image[:] = palette.PAPER
    width = 1 if status == "running" else 4
    low, high = MARGIN - width, MARGIN + SIDE + width
    image[low:high, low:high] = palette.STATUS.get(status, palette.FRAME)
    image[MARGIN : MARGIN + SIDE, MARGIN : MARGIN + SIDE] = palette.WHITE
    return image


def right(numbers: Numbers) -> Numbers:
    """Pixels from the left of numbers in [0, 1] that grow to the right."""
    return MARGIN + (numbers + REACH) * SCALE


def up(numbers: Numbers) -> Numbers:
    """Pixels from the top of numbers in [0, 1] that grow upwards."""
    return MARGIN + SIDE - (numbers + REACH) * SCALE


def line(pen: Pen, start: tuple[float, float], end: tuple[float, float], *, width: float = 1.0) -> None:
    """A line of the plate's grid."""
    pen.stroke(np.array([start, end], np.float64), GRID, width=width, cap="butt")
