"""Signals: a housing with three lamps over each stop bar, and the bar in their light."""

import numpy as np

from envs.core.drawing.palette import WHITE
from envs.core.drawing.pen import Pen
from envs.driving.render import palette, shapes
from envs.driving.render.camera import Camera
from envs.driving.render.scene import Scene
from envs.kernels.road_records import GREEN, RED, YELLOW

OVERHEAD = 1.5
"""How far beyond its bar a signal hangs [m]."""
LAMP = 0.36
"""Radius [m]."""


def draw_bars(pen: Pen, camera: Camera, scene: Scene) -> None:
    """The bars in the light of their signals, under everybody."""
    for bar in _signalled(camera, scene):
        half_length, half_width = float(bar["length"]) / 2 + 0.1, float(bar["width"]) / 2
        outline = shapes.box(-half_length, half_length, -half_width, half_width)
        colour = palette.SIGNALS[int(scene.signals[bar["signal"]])]
        shown = camera.pixels(_at(outline, bar))
        pen.stroke(shown, colour, width=0.7 * camera.scale, opacity=0.25, closed=True)
        pen.fill(shown, colour)


def draw_lamps(pen: Pen, camera: Camera, scene: Scene) -> None:
    """The lamps, over everybody: they hang above the road."""
    for bar in _signalled(camera, scene):
        lit = int(scene.signals[bar["signal"]])
        middle = float(bar["length"]) / 2 + OVERHEAD
        spacing = 2.15 * LAMP
        housing = shapes.rounded(2.6 * LAMP, 2 * spacing + 2.6 * LAMP, front=LAMP, back=LAMP)
        shown = camera.pixels(_at(shapes.placed(housing, middle, 0.0, 0.0), bar))
        pen.fill(shown + 0.18 * camera.scale, palette.SHADE, opacity=0.25)
        pen.stroke(shown, WHITE, width=0.18 * camera.scale, opacity=0.75, closed=True)
        pen.fill(shown, palette.HOUSING)
        for place, colour in ((-1, RED), (0, YELLOW), (1, GREEN)):
            x, y = camera.pixels(_at(np.array([[middle, -place * spacing]]), bar))[0].tolist()
            _draw_lamp(pen, x, y, radius=LAMP * camera.scale, colour=colour, is_lit=colour == lit)


def _draw_lamp(pen: Pen, x: float, y: float, *, radius: float, colour: int, is_lit: bool) -> None:
    shown = palette.SIGNALS[colour]
    if not is_lit:
        pen.disc(x, y, radius=0.8 * radius, colour=palette.mixed(shown, palette.HOUSING, 0.78), sides=16)
        return
    for share, opacity in ((2.6, 0.12), (1.8, 0.22)):
        pen.disc(x, y, radius=share * radius, colour=shown, opacity=opacity, sides=24)
    pen.disc(x, y, radius=radius, colour=shown, sides=20)


def _signalled(camera: Camera, scene: Scene) -> list[np.void]:
    bars = [bar for bar in scene.network.bars if 0 <= bar["signal"] < len(scene.signals)]
    return [bar for bar in bars if camera.sees(np.array([[bar["x"], bar["y"]]], np.float64), 6.0)]


def _at(shape: np.ndarray, bar: np.void) -> np.ndarray:
    return shapes.placed(shape, float(bar["x"]), float(bar["y"]), float(bar["heading"]))
