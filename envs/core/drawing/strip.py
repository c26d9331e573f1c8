"""The caption strip of a frame: facts from the left, the verdict at the right."""

import numpy as np
from jaxtyping import UInt8

from envs.core.drawing import brush, lettering, palette

Image = UInt8[np.ndarray, "height width 3"]
LEAST_SIZE = 14
"""Font size below which text is cut rather than set smaller."""


def write_facts(image: Image, caption: str, *, size: int, left: int, right: int, middle: float) -> int:
    """Write facts separated by two spaces, the first in bold ink, all in the largest size up to `size` that fits.

    Returns:
        Where the last one ends [px]; what does not fit between `left` and `right` is cut with an ellipsis.
    """
    facts = [fact.strip() for fact in caption.split("  ") if fact.strip()]
    size = _fitting_size(facts, size, room=right - left)
    for index, fact in enumerate(facts):
        shown = lettering.shorten(fact, size=size, room=right - left)
        colour = palette.MUTED if index else palette.INK
        lettering.write(image, shown, size=size, left=left, middle=middle, colour=colour)
        left += lettering.text_width(shown, size) + _gap(size)
        if shown != fact:
            break
    return left - _gap(size)


def _gap(size: int) -> int:
    return round(0.6 * size)


def _fitting_size(facts: list[str], size: int, *, room: int) -> int:
    for smaller in range(size, LEAST_SIZE, -1):
        width = sum(lettering.text_width(fact, smaller) + _gap(smaller) for fact in facts)
        if width <= room:
            return smaller
    return min(size, LEAST_SIZE)


def write_pill(
    image: Image, text: str, *, size: int, right: int, middle: float, half: float, colour: palette.Colour
) -> int:
    """Write white text on a pill of `colour` and height 2 * `half` that ends at `right`.

    Returns:
        Where text before it has to end [px].
    """
    width = lettering.text_width(text, size)
    at = brush.canvas(width / 2 + 2 * half)
    pill = brush.capsule(at, (0.0, -width / 2), (0.0, width / 2), width=2 * half)
    centre = right - width / 2 - half
    brush.stamp(image, brush.stack((brush.coverage(pill), colour)), (round(middle), round(centre)))
    left = round(centre - width / 2)
    lettering.write(image, text, size=size, left=left, middle=middle, colour=palette.WHITE)
    return int(centre - width / 2 - 2 * half)
