"""Small figures: people on foot, on bicycles, and what lies about."""

import numpy as np

from envs.core.drawing.palette import WHITE
from envs.core.drawing.pen import Pen
from envs.driving.render import palette, shapes
from envs.driving.render.camera import Camera

CYCLE = 1.3
"""Length from which somebody on foot is on a bicycle [m]."""
STRIDE = 1.4
"""[m]"""
LEAST_SIZE = 6.5
"""Pixels to a metre with which figures are drawn at least, to be seen at all."""


def draw_person(pen: Pen, camera: Camera, actor: np.void, index: int) -> None:
    """Head and shoulders, feet that walk; on wheels where the body is long."""
    place = _place(actor)
    scale = 1.7 * max(camera.scale, LEAST_SIZE)
    clothes = palette.CLOTHES[index % len(palette.CLOTHES)]
    centre = camera.pixels(np.array([place[:2]]))[0]

    def shown(shape: np.ndarray) -> np.ndarray:
        return shapes.placed(shape, 0.0, 0.0, place[2]) * (scale, -scale) + centre

    x, y = centre.tolist()
    pen.disc(x + 0.15 * scale, y + 0.15 * scale, radius=0.34 * scale, colour=palette.SHADE, opacity=0.25, sides=16)
    if actor["length"] >= CYCLE:
        wheels = np.array([[-0.75, 0.0], [0.75, 0.0]])
        pen.stroke(shown(wheels), palette.TYRE, width=0.12 * scale)
        pen.stroke(shown(np.array([[0.42, -0.28], [0.42, 0.28]])), palette.TYRE, width=0.08 * scale)
    elif actor["speed"] > 0.1:
        swing = 0.22 * np.sin(2 * np.pi * _way(place) / STRIDE)
        for side in (-1, 1):
            foot = shown(np.array([[side * swing + 0.04, 0.11 * side]]))[0].tolist()
            pen.disc(foot[0], foot[1], radius=0.11 * scale, colour=palette.TYRE, sides=10)
    shoulders = shapes.rounded(0.30, 0.60, front=0.14, back=0.14)
    pen.stroke(shown(shoulders), palette.TYRE, width=0.12 * scale, opacity=0.85, closed=True)
    pen.fill(shown(shoulders), clothes)
    head = shown(np.array([[0.04, 0.0]]))[0].tolist()
    pen.disc(head[0], head[1], radius=0.145 * scale, colour=palette.SKIN, sides=14)


def draw_obstacle(pen: Pen, camera: Camera, actor: np.void) -> None:
    """A barrier with hazard stripes."""
    length, width = float(actor["length"]), float(actor["width"])
    place = _place(actor)

    def shown(shape: np.ndarray) -> np.ndarray:
        return camera.pixels(shapes.placed(shape, *place))

    outline = shapes.rounded(length, width, front=0.1 * min(length, width), back=0.1 * min(length, width))
    pen.fill(shown(outline) + 0.2 * camera.scale, palette.SHADE, opacity=0.25)
    pen.fill(shown(outline), palette.WARNING)
    count = max(1, round(max(length, width) / 0.8))
    for k in range(count):
        low, high = (k + 0.25) / count - 0.5, (k + 0.75) / count - 0.5
        stripe = (
            shapes.box(low * length, high * length, -width / 2, width / 2)
            if length >= width
            else shapes.box(-length / 2, length / 2, low * width, high * width)
        )
        pen.fill(shown(stripe), WHITE)
    pen.stroke(shown(outline), palette.SHADE, width=0.8, opacity=0.6, closed=True)


def _place(actor: np.void) -> tuple[float, float, float]:
    return float(actor["x"]), float(actor["y"]), float(actor["heading"])


def _way(place: tuple[float, float, float]) -> float:
    """How far along its own heading somebody stands: steps follow the ground, and need no memory."""
    return place[0] * np.cos(place[2]) + place[1] * np.sin(place[2])
