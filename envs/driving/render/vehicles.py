"""Vehicles from above: a rounded body with windows, lamps that say what it does, and a shadow."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from envs.core.drawing.palette import WHITE, Colour
from envs.core.drawing.pen import Pen
from envs.driving.render import palette, shapes
from envs.driving.render.camera import Camera

Points = Float[np.ndarray, "_ 2"]
BRAKING = 0.7
"""Deceleration from which the brake lights shine [m/s^2]."""
LORRY = 7.0
"""Length from which a vehicle has a trailer [m]."""
LEFT, RIGHT, BOTH = 1, -1, 2


class Look(NamedTuple):
    """How one vehicle is drawn."""

    colour: Colour
    braking: bool = False
    blinker: int = 0
    """LEFT, RIGHT, BOTH or 0; lit now."""
    casing: Colour | None = None
    """Outline of those whom somebody steers."""


class Body(NamedTuple):
    """Outlines of one size of vehicle, around its middle, heading along x [m]."""

    outline: Points
    glass: Points
    roof: Points
    bonnet: Points
    front_lamps: tuple[Points, Points]
    rear_lamps: tuple[Points, Points]


@lru_cache(maxsize=256)
def body(length: float, width: float) -> Body:
    """The parts of a vehicle."""
    nose, side = length / 2, width / 2
    is_lorry = length >= LORRY
    cab = nose - 2.3 if is_lorry else nose - 0.30 * length
    tail = -nose + (0.25 if is_lorry else 0.15 * length)
    glass_front = nose - (0.35 if is_lorry else 0.26 * length)
    roof_front = nose - 0.9 if is_lorry else nose - 0.42 * length
    roof_back = cab if is_lorry else -nose + 0.26 * length
    radius = 0.25 if is_lorry else 0.36 * width
    lamp = 0.30 * width

    def lamps(low: float, high: float) -> tuple[Points, Points]:
        return (shapes.box(low, high, side - lamp, side - 0.06), shapes.box(low, high, 0.06 - side, lamp - side))

    return Body(
        outline=shapes.rounded(length, width, front=radius, back=0.7 * radius, taper=0.04 * width),
        glass=shapes.placed(
            shapes.rounded(glass_front - tail, 0.86 * width, front=0.2 * width, back=0.16 * width, taper=0.02 * width),
            (glass_front + tail) / 2, 0.0, 0.0,
        ),
        roof=shapes.placed(
            shapes.rounded(roof_front - roof_back, 0.70 * width, front=0.12 * width, back=0.12 * width),
            (roof_front + roof_back) / 2, 0.0, 0.0,
        ),
        bonnet=shapes.rounded(0.94 * length, 0.5 * width, front=0.2 * width, back=0.15 * width),
        front_lamps=lamps(nose - 0.30, nose - 0.08),
        rear_lamps=lamps(-nose + 0.04, -nose + 0.28),
    )  # fmt: skip


def draw_shadow(pen: Pen, camera: Camera, actor: np.void) -> None:
    """Soft shade to the south-east."""
    outline = _on_screen(camera, actor, body(float(actor["length"]), float(actor["width"])).outline)
    drift = 0.22 * camera.scale
    for share, opacity in ((1.0, 0.16), (0.5, 0.14)):
        pen.fill(outline + share * drift, palette.SHADE, opacity=opacity)
    pen.stroke(outline + drift, palette.SHADE, width=0.3 * camera.scale, opacity=0.08, closed=True)


def draw_vehicle(pen: Pen, camera: Camera, actor: np.void, look: Look) -> None:
    """One vehicle."""
    parts = body(float(actor["length"]), float(actor["width"]))
    placed = {name: _on_screen(camera, actor, getattr(parts, name)) for name in ("outline", "glass", "roof", "bonnet")}
    if look.casing:
        pen.stroke(placed["outline"], look.casing, width=0.42 * camera.scale, closed=True)
    pen.fill(placed["outline"], look.colour)
    pen.fill(placed["bonnet"], WHITE, opacity=0.13)
    if actor["length"] >= LORRY:
        _draw_trailer(pen, camera, actor, look.colour)
    else:
        pen.fill(placed["glass"], palette.GLASS, opacity=0.92)
        pen.fill(placed["roof"], palette.mixed(look.colour, WHITE, 0.10))
    pen.stroke(placed["outline"], palette.SHADE, width=max(0.09 * camera.scale, 0.8), opacity=0.45, closed=True)
    _draw_lamps(pen, camera, actor, look)


def _draw_trailer(pen: Pen, camera: Camera, actor: np.void, colour: Colour) -> None:
    """A cab with a windscreen, and a long light box behind it."""
    length, width = float(actor["length"]), float(actor["width"])
    nose = length / 2
    screen = shapes.placed(shapes.rounded(0.7, 0.84 * width, front=0.25, back=0.1), nose - 0.75, 0.0, 0.0)
    load = shapes.box(-nose + 0.12, nose - 2.4, -width / 2 + 0.08, width / 2 - 0.08)
    pen.fill(_on_screen(camera, actor, screen), palette.GLASS, opacity=0.92)
    gap = shapes.box(nose - 2.4, nose - 2.05, -width / 2 + 0.05, width / 2 - 0.05)
    pen.fill(_on_screen(camera, actor, gap), palette.SHADE, opacity=0.55)
    pen.fill(_on_screen(camera, actor, load), palette.mixed(colour, WHITE, 0.45))
    for rib in np.arange(-nose + 1.6, nose - 3.0, 1.5).tolist():
        line = np.array([[rib, -width / 2 + 0.1], [rib, width / 2 - 0.1]])
        pen.stroke(_on_screen(camera, actor, line), palette.SHADE, width=0.8, opacity=0.22, cap="butt")


def _draw_lamps(pen: Pen, camera: Camera, actor: np.void, look: Look) -> None:
    parts = body(float(actor["length"]), float(actor["width"]))
    pen.fill_union([_on_screen(camera, actor, lamp) for lamp in parts.front_lamps], palette.LAMP_FRONT)
    rear = [_on_screen(camera, actor, lamp) for lamp in parts.rear_lamps]
    pen.fill_union(rear, palette.BRAKE if look.braking else palette.LAMP_REAR)
    for lamp in rear if look.braking else []:
        pen.stroke(lamp, palette.BRAKE, width=0.22 * camera.scale, closed=True)
        x, y = lamp.mean(axis=0).tolist()
        _glow(pen, x, y, radius=0.85 * camera.scale, colour=palette.BRAKE)
    sides = (LEFT, RIGHT) if look.blinker == BOTH else (look.blinker,) if look.blinker else ()
    for side in sides:
        nose, edge = float(actor["length"]) / 2 - 0.3, side * (float(actor["width"]) / 2 - 0.1)
        for corner in ((nose, edge), (-nose, edge)):
            x, y = _on_screen(camera, actor, np.array([corner]))[0].tolist()
            _glow(pen, x, y, radius=0.8 * camera.scale, colour=palette.BLINKER)
            pen.disc(x, y, radius=0.27 * camera.scale, colour=palette.BLINKER, sides=14)


def _glow(pen: Pen, x: float, y: float, *, radius: float, colour: Colour) -> None:
    for share, opacity in ((1.0, 0.13), (0.65, 0.20), (0.38, 0.30)):
        pen.disc(x, y, radius=share * radius, colour=colour, opacity=opacity, sides=18)


def _on_screen(camera: Camera, actor: np.void, shape: Points) -> Points:
    return camera.pixels(shapes.placed(shape, float(actor["x"]), float(actor["y"]), float(actor["heading"])))
