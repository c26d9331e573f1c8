"""The strip below the map: what is going on, a legend of the values, and how the episode ended."""

import numpy as np
from jaxtyping import UInt8

from envs.gridworld.render import brush, lettering, palette
from envs.gridworld.render.ground import value_range
from envs.gridworld.render.heat import ramp
from envs.gridworld.render.layout import Layout
from envs.gridworld.render.scene import Scene

Image = UInt8[np.ndarray, "height width 3"]


def draw_caption(image: Image, layout: Layout, scene: Scene) -> None:
    """Fill the strip; from the right: verdict, legend; then the caption in what room is left."""
    right = layout.width - max(layout.top, 6)
    if scene.status != "running":
        right = _draw_verdict(image, layout, scene.status, right)
    if "value_map" in scene.overlay:
        right = _draw_legend(image, layout, scene, right)
    _draw_facts(image, layout, scene.caption, right)


def _font_size(layout: Layout) -> int:
    return max(14, round(0.58 * layout.strip))


def _middle(layout: Layout) -> float:
    return layout.height - layout.strip / 2


def _draw_facts(image: Image, layout: Layout, caption: str, right: int) -> None:
    facts = [fact for fact in caption.split("  ") if fact.strip()]
    left = max(layout.top, 6)
    size = _fitting_size(facts, _font_size(layout), room=right - left)
    for index, fact in enumerate(facts):
        shown = lettering.shorten(fact.strip(), size=size, room=right - left)
        colour = palette.MUTED if index else palette.INK
        lettering.write(image, shown, size=size, left=left, middle=_middle(layout), colour=colour)
        left += lettering.text_width(shown, size) + _gap(size)
        if shown != fact.strip():
            return


def _gap(size: int) -> int:
    return round(0.6 * size)


def _fitting_size(facts: list[str], size: int, *, room: int) -> int:
    """The largest size, from `size` down to 14, in which all facts fit."""
    for smaller in range(size, 14, -1):
        width = sum(lettering.text_width(fact.strip(), smaller) + _gap(smaller) for fact in facts)
        if width <= room:
            return smaller
    return min(size, 14)


def _draw_verdict(image: Image, layout: Layout, status: str, right: int) -> int:
    size = _font_size(layout)
    width = lettering.text_width(status, size)
    half = 0.32 * layout.strip
    at = brush.canvas(width / 2 + 2 * half)
    pill = brush.capsule(at, (0.0, -width / 2), (0.0, width / 2), width=2 * half)
    middle = right - width / 2 - half
    sprite = brush.stack((brush.coverage(pill), palette.STATUS[status]))
    brush.stamp(image, sprite, (round(_middle(layout)), round(middle)))
    left = round(middle - width / 2)
    lettering.write(image, status, size=size, left=left, middle=_middle(layout), colour=palette.WHITE)
    return int(middle - width / 2 - 2 * half)


def _draw_legend(image: Image, layout: Layout, scene: Scene, right: int) -> int:
    """Least value, ramp, greatest value; nothing where there is no room for them."""
    values = np.asarray(scene.overlay["value_map"], dtype=np.float64)
    # + 0.0 turns the negative zero of a cost-to-go at its goal into a plain one
    low, high = (f"{value + 0.0:.3g}" for value in value_range(values, ~scene.obstacle.astype(bool)))
    size, bar = max(14, round(0.46 * layout.strip)), max(24, layout.width // 9)
    gap = size // 3
    low_width, high_width = lettering.text_width(low, size), lettering.text_width(high, size)
    left = right - low_width - gap - bar - gap - high_width
    if left < 0:
        return right
    for text, start in ((low, left), (high, right - high_width)):
        lettering.write(image, text, size=size, left=start, middle=_middle(layout), colour=palette.MUTED)
    _draw_bar(image, layout, left + low_width + gap, bar)
    return left - 2 * gap


def _draw_bar(image: Image, layout: Layout, left: int, width: int) -> None:
    half = max(3, layout.strip // 8)
    middle = round(_middle(layout))
    colours = ramp()[np.linspace(0, 255, width).astype(np.int64)]
    image[middle - half : middle + half, left : left + width] = colours
