"""Text as opacity, in the font that comes with pygame."""

import os
from functools import lru_cache

import numpy as np
from jaxtyping import Float32, UInt8

from envs.core.drawing.palette import Colour


@lru_cache(maxsize=1024)
def letters(text: str, size: int) -> Float32[np.ndarray, "y x 1"]:
    """Opacity of one line of text; `size` is pygame's font size (capitals are about half as high)."""
    # pygame greets on standard output, where the results of a program belong
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    import pygame.font
    import pygame.surfarray

    if not text:
        return np.zeros((1, 0, 1), dtype=np.float32)
    # no font is kept: any pygame.quit() elsewhere in the program would leave it dangling
    pygame.font.init()
    surface = pygame.font.Font(None, size).render(text, True, (255, 255, 255))
    opacity = pygame.surfarray.array_alpha(surface).T.astype(np.float32)[..., None] / 255
    opacity.flags.writeable = False
    return opacity


def text_width(text: str, size: int) -> int:
    """Width of one line of text [px]."""
    return letters(text, size).shape[1]


def write(
    image: UInt8[np.ndarray, "height width 3"], text: str, *, size: int, left: int, middle: float, colour: Colour
) -> None:
    """Write one line whose vertical middle is at `middle` [px]; what sticks out of the image is cut off."""
    opacity = letters(text, size)
    # one line of capitals sets the height: deep letters would lift the others
    top = max(round(middle - letters("X", size).shape[0] / 2), 0)
    left = max(left, 0)
    target = image[top : top + opacity.shape[0], left : left + opacity.shape[1]]
    opacity = opacity[: target.shape[0], : target.shape[1]]
    target[:] = (target * (1 - opacity) + np.array(colour, dtype=np.float32) * opacity + 0.5).astype(np.uint8)


def shorten(text: str, *, size: int, room: int) -> str:
    """The text, or as much of its beginning as fits into `room` pixels with an ellipsis."""
    if text_width(text, size) <= room:
        return text
    for length in range(len(text) - 1, 0, -1):
        if text_width(text[:length].rstrip() + "...", size) <= room:
            return text[:length].rstrip() + "..."
    return ""
