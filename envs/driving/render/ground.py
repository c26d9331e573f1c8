"""Standing ground: grass and trees, pavement, kerbs, asphalt, and everything painted on it."""

from functools import lru_cache

import numpy as np
from jaxtyping import Float, UInt8

from envs.core.drawing.pen import Pen
from envs.core.drawing.texture import tile as grain
from envs.driving.render import palette
from envs.driving.render.camera import Camera
from envs.driving.render.plan import Part
from envs.driving.render.scenery import SIGHT, plant

KERB_WIDTH = 0.22
PAVEMENT_WIDTH = 2.0
LINE_WIDTH = {"edge": 0.13, "solid": 0.14, "dashed": 0.14, "double": 0.13}
"""[m]"""
LEAST_LINE = 1.1
"""Of any painted line [px]."""


def paint_ground(parts: list[Part], camera: Camera, *, has_pavement: bool) -> UInt8[np.ndarray, "height width 3"]:
    """The ground in a window, without anybody on it."""
    rim = int(np.ceil((PAVEMENT_WIDTH + 0.5) * camera.scale))
    # Agg forgets the width of a line whose middle lies outside: the window is painted larger, and cut out
    camera = Camera(camera.left - rim, camera.top - rim, camera.scale, camera.height + 2 * rim, camera.width + 2 * rim)
    parts = _within(parts, camera)
    outlines = [camera.pixels(part.points) for part in parts if part.layer == "ground"]
    pen = Pen(_meadow(camera))
    plant(pen, camera, outlines, has_houses=has_pavement)
    _border(pen, outlines, camera, has_pavement)
    pen.fill_union(outlines, palette.ASPHALT)
    for part in parts:
        if part.layer != "ground":
            _paint(pen, camera.pixels(part.points), part.layer, camera.scale)
    return pen.picture()[rim:-rim, rim:-rim]


def _within(parts: list[Part], camera: Camera) -> list[Part]:
    corners = camera.metres(np.array([[0.0, camera.height], [camera.width, 0.0]]))
    low, high = corners[0] - SIGHT, corners[1] + SIGHT
    return [part for part in parts if np.all(part.high > low) and np.all(part.low < high)]


def _border(pen: Pen, outlines: list[Float[np.ndarray, "_ 2"]], camera: Camera, has_pavement: bool) -> None:
    """Rings of growing width under the asphalt: what shows of them lies outside all of it."""
    outer = palette.PAVEMENT if has_pavement else palette.VERGE
    rings = (
        (PAVEMENT_WIDTH + 0.25, palette.mixed(palette.GRASS, palette.SHADE, 0.12)),
        (PAVEMENT_WIDTH, outer),
        (KERB_WIDTH + 0.12, palette.mixed(outer, palette.SHADE, 0.30)),
        (KERB_WIDTH, palette.KERB),
    )
    for reach, colour in rings:
        for outline in outlines:
            pen.stroke(outline, colour, width=2 * reach * camera.scale, closed=True)


def _paint(pen: Pen, points: Float[np.ndarray, "point 2"], layer: str, scale: float) -> None:
    if layer in ("stripe", "bar"):
        pen.fill(points, palette.PAINT, opacity=0.9)
        return
    width = max(LINE_WIDTH.get(layer, 0.14) * scale, LEAST_LINE)
    colour = palette.PAINT_DOUBLE if layer == "double" else palette.PAINT
    pen.stroke(points, colour, width=width, opacity=0.6 if layer == "edge" else 0.9, cap="butt")


def _meadow(camera: Camera) -> UInt8[np.ndarray, "height width 3"]:
    """Grass with blades in it, which stand still in the world."""
    shaded = np.roll(_grass(), (-camera.top, -camera.left), axis=(0, 1))
    across = (-(-camera.height // len(shaded)), -(-camera.width // len(shaded)), 1)
    return np.tile(shaded, across)[: camera.height, : camera.width]


@lru_cache(maxsize=1)
def _grass() -> UInt8[np.ndarray, "y x 3"]:
    """A square of grass that continues seamlessly on every side."""
    return np.rint((1 - 0.6 * grain("grass"))[..., None] * np.array(palette.GRASS)).astype(np.uint8)
