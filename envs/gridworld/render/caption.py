"""The strip below the map: what is going on, a legend of the values, and how the episode ended."""

import numpy as np
from jaxtyping import UInt8

from envs.core.drawing import lettering
from envs.core.drawing.heat import ramp
from envs.core.drawing.strip import write_facts, write_pill
from envs.gridworld.render import palette
from envs.gridworld.render.ground import value_range
from envs.gridworld.render.layout import Layout
from envs.gridworld.render.scene import Scene

Image = UInt8[np.ndarray, "height width 3"]


def draw_caption(image: Image, layout: Layout, scene: Scene) -> None:
    """Fill the strip; from the right: verdict, legend; then the caption in what room is left."""
    right = layout.width - max(layout.top, 6)
    size, middle = _font_size(layout), _middle(layout)
    if scene.status != "running":
        pill = {"half": 0.32 * layout.strip, "colour": palette.STATUS[scene.status]}
        right = write_pill(image, scene.status, size=size, right=right, middle=middle, **pill)
    if "value_map" in scene.overlay:
        right = _draw_legend(image, layout, scene, right)
    write_facts(image, scene.caption, size=size, left=max(layout.top, 6), right=right, middle=middle)


def _font_size(layout: Layout) -> int:
    return max(14, round(0.58 * layout.strip))


def _middle(layout: Layout) -> float:
    return layout.height - layout.strip / 2


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
