"""A small picture of what the agent sees, and of what it would do, in a corner of the frame."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import UInt8

from envs.core.drawing import lettering
from envs.core.drawing.palette import INK, INTENT, MUTED, PAPER, WHITE, Colour
from envs.core.drawing.pen import Pen
from envs.driving.render import palette, shapes
from envs.driving.render.overlay_shapes import META_ACTIONS
from envs.driving.render.scene import Scene

SIDE = 132
"""Side of the view's picture, were it square [px]; its cells are whole pixels."""
TITLES = ("what the agent sees", "view")
"""The longest that fits is written."""
MARGIN = 12
PADDING = 6
TITLE = 18
LINE = 17
OPACITY: dict[str, float] = {"route": 0.55, "lane_boundary": 0.55, "crosswalk": 0.75}
_LOWEST_FIRST = ("drivable", "crosswalk", "lane_boundary", "route", "stop", "vehicles", "pedestrians", "ego")


def composite(view: UInt8[np.ndarray, "channel row col"], channels: Sequence[str]) -> UInt8[np.ndarray, "row col 3"]:
    """All channels in one picture, each in its colour; the past of the vehicles fades under their present."""
    picture = np.empty((*view.shape[1:], 3), np.float32)
    picture[:] = palette.VIEW_GROUND
    past = sorted((name for name in channels if _age(name)), key=_age, reverse=True)
    middle = _LOWEST_FIRST.index("vehicles")
    for name in (*_LOWEST_FIRST[:middle], *past, *_LOWEST_FIRST[middle:]):
        if name in channels:
            opacity = 0.45 / _age(name) ** 0.5 if _age(name) else OPACITY.get(name, 1.0)
            share = view[list(channels).index(name)][..., None].astype(np.float32) * np.float32(opacity / 255)
            picture = picture * (1 - share) + np.array(channel_colour(name), np.float32) * share
    return (picture + 0.5).astype(np.uint8)


def channel_colour(name: str) -> Colour:
    """The colour of a channel by its name."""
    return palette.VIEW["vehicles"] if _age(name) else palette.VIEW.get(name, WHITE)


def _age(name: str) -> int:
    number = name.removeprefix("vehicles_")
    return int(number) if number.isdigit() else 0


def draw_inset(pen: Pen, scene: Scene) -> None:
    """At the upper right: the view, and below it the likelihood of each action."""
    bottom = MARGIN
    if scene.view is not None:
        bottom = _draw_view(pen, scene.view, scene.channels)
    if "action_probabilities" in scene.overlay:
        _draw_actions(pen, np.asarray(scene.overlay["action_probabilities"], dtype=np.float64).tolist(), bottom)


def _draw_view(pen: Pen, view: UInt8[np.ndarray, "channel row col"], channels: Sequence[str]) -> int:
    picture = composite(view, channels)
    if picture.shape[0] > 1.5 * picture.shape[1]:
        # a long view lies on its side, where it hides less of the road
        picture = np.rot90(picture, -1)
    rows, cols = picture.shape[:2]
    cell = max(1, min(round(SIDE / (rows * cols) ** 0.5), 2 * SIDE // max(rows, cols)))
    if max(rows, cols) > 2 * SIDE:
        picture = picture[:: max(rows, cols) // SIDE, :: max(rows, cols) // SIDE]
    picture = np.repeat(np.repeat(picture, cell, axis=0), cell, axis=1)
    height, width = picture.shape[:2]
    left = pen.width - MARGIN - PADDING - width
    top = MARGIN + TITLE
    draw_panel(pen, left - PADDING, MARGIN, width + 2 * PADDING, height + TITLE + PADDING)
    pen.canvas[top : top + height, left : left + width] = picture
    title = next((title for title in TITLES if lettering.text_width(title, 17) <= width), "")
    lettering.write(pen.canvas, title, size=17, left=left, middle=MARGIN + TITLE / 2 + 1, colour=MUTED)
    return top + height + 2 * PADDING


def _draw_actions(pen: Pen, probabilities: list[float], top: int) -> None:
    width = SIDE
    left = pen.width - MARGIN - PADDING - width
    draw_panel(pen, left - PADDING, top, width + 2 * PADDING, LINE * len(META_ACTIONS) + PADDING)
    for row, (name, probability) in enumerate(zip(META_ACTIONS, probabilities, strict=True)):
        middle = top + PADDING / 2 + LINE * (row + 0.5)
        best = probability >= max(probabilities)
        lettering.write(pen.canvas, name, size=16, left=left, middle=middle + 1, colour=INK if best else MUTED)
        start, full = left + 60, width - 60
        pen.fill(shapes.box(start, start + full, middle - 4, middle + 4), MUTED, opacity=0.18)
        pen.fill(shapes.box(start, start + full * min(max(probability, 0.0), 1.0), middle - 4, middle + 4), INTENT)


def draw_panel(pen: Pen, left: float, top: float, width: float, height: float) -> None:
    """Paper with round corners and a shadow, on which small things are read."""
    panel = shapes.rounded(width, height, front=7, back=7)
    panel += (left + width / 2, top + height / 2)
    pen.fill(panel + 1.5, palette.SHADE, opacity=0.22)
    pen.fill(panel, PAPER, opacity=0.94)
