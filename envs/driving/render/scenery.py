"""Trees and houses beside the roads: where each stands follows from its place in the world alone."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from envs.core.drawing.pen import Pen
from envs.driving.render import palette, shapes
from envs.driving.render.camera import Camera

TREE_SPACING, HOUSE_SPACING = 9.0, 21.0
"""Side of the squares in which at most one stands [m]."""
TREE_CLEARANCE, HOUSE_CLEARANCE = 5.0, 11.0
"""Of their middles from the road [m]."""
TREE_SHARE, HOUSE_SHARE = 0.45, 0.8
"""Of squares in which one stands, if there is room."""
SIGHT = HOUSE_CLEARANCE + 10.0
"""How far beyond a window roads matter to what is seen in it [m]."""
_TREE, _HOUSE = 2.6, 9.0
"""Largest radii [m]."""
_COARSE = 4.0
"""Pixels to one of the pictures in which clearances are looked up."""

Place = Float[np.ndarray, "2"]
Outlines = list[Float[np.ndarray, "_ 2"]]


class Spot(NamedTuple):
    """Where something may stand."""

    place: Place
    draws: Float[np.ndarray, " draw"]
    """In [0, 1): whether, how large, which, how turned."""


def plant(pen: Pen, camera: Camera, outlines: Outlines, *, has_houses: bool) -> None:
    """Houses, and trees where there is room for them; `outlines` of the roads in pixels."""
    houses = []
    if has_houses:
        is_taken = _clearance(camera, outlines, HOUSE_CLEARANCE)
        spots = _spots(camera, HOUSE_SPACING, salt=1)
        houses = [spot for spot in spots if spot.draws[0] < HOUSE_SHARE and not is_taken(spot.place)]
    is_taken = _clearance(camera, outlines, TREE_CLEARANCE)
    for spot in _spots(camera, TREE_SPACING, salt=0):
        is_free = all(np.hypot(*(spot.place - house.place)) > _HOUSE + 0.5 for house in houses)
        if spot.draws[0] < TREE_SHARE and is_free and not is_taken(spot.place):
            _draw_tree(pen, camera, spot)
    for house in houses:
        _draw_house(pen, camera, house)


def _spots(camera: Camera, spacing: float, *, salt: int) -> list[Spot]:
    """One in each square from which something may reach into the window."""
    corners = camera.metres(np.array([[0.0, camera.height], [camera.width, 0.0]]))
    reach = _HOUSE + _TREE + 1
    low = np.floor((corners[0] - reach) / spacing).astype(int).tolist()
    high = np.ceil((corners[1] + reach) / spacing).astype(int).tolist()
    spots = []
    for row in range(low[1], high[1]):
        for col in range(low[0], high[0]):
            x, y, *draws = np.random.default_rng((row & 0xFFFF, col & 0xFFFF, salt)).random(6).tolist()
            place = np.array([(col + 0.2 + 0.6 * x) * spacing, (row + 0.2 + 0.6 * y) * spacing])
            spots.append(Spot(place, np.array(draws)))
    return spots


def _clearance(camera: Camera, outlines: Outlines, clearance: float) -> Callable[[Place], bool]:
    """A question: is this place too close to the roads?  Answered from a coarse picture of them."""
    rim = np.ceil((_HOUSE + _TREE + 1) * camera.scale / _COARSE) * _COARSE
    height, width = (int((side + 2 * rim) / _COARSE) + 1 for side in (camera.height, camera.width))
    mask = Pen(np.zeros((height, width, 3), np.uint8))
    for outline in outlines:
        points = (outline + rim) / _COARSE
        mask.fill(points, (255, 255, 255))
        mask.stroke(points, (255, 255, 255), width=2 * clearance * camera.scale / _COARSE, closed=True)

    def is_taken(place: Place) -> bool:
        x, y = ((camera.pixels(place) + rim) / _COARSE).astype(int).tolist()
        inside = 0 <= y < height and 0 <= x < width
        return bool(inside and mask.canvas[y, x, 0] > 100)

    return is_taken


def _draw_tree(pen: Pen, camera: Camera, spot: Spot) -> None:
    x, y = camera.pixels(spot.place).tolist()
    _, share, kind, turn = spot.draws.tolist()
    size = (1.3 + (_TREE - 1.3) * share) * camera.scale
    colour = palette.TREES[int(kind * len(palette.TREES))]
    light = palette.mixed(colour, (255, 255, 220), 0.22)
    pen.disc(x + 0.28 * size, y + 0.28 * size, radius=size, colour=palette.SHADE, opacity=0.16)
    for angle in (2 * np.pi * (turn + np.arange(6) / 6)).tolist():
        lobe_x, lobe_y = x + 0.42 * size * np.cos(angle), y + 0.42 * size * np.sin(angle)
        pen.disc(lobe_x, lobe_y, radius=0.58 * size, colour=colour, sides=18)
    pen.disc(x - 0.22 * size, y - 0.24 * size, radius=0.42 * size, colour=light, opacity=0.75, sides=18)
    pen.disc(x - 0.34 * size, y - 0.38 * size, radius=0.18 * size, colour=light, opacity=0.8, sides=12)


def _draw_house(pen: Pen, camera: Camera, spot: Spot) -> None:
    """A gabled roof, its southern side in the shade."""
    _, share, kind, turn = spot.draws.tolist()
    length, depth = 10.0 + 4.0 * share, 7.5 + 2.5 * turn
    heading = (np.pi / 2 if turn < 0.4 else 0.0) + 0.16 * (share - 0.5)
    colour = palette.ROOFS[int(kind * len(palette.ROOFS))]

    def shown(shape: np.ndarray) -> np.ndarray:
        return camera.pixels(shapes.placed(shape, float(spot.place[0]), float(spot.place[1]), heading))

    outline = shown(shapes.box(-length / 2, length / 2, -depth / 2, depth / 2))
    for drift in (0.5, 1.0):
        pen.fill(outline + drift * camera.scale, palette.SHADE, opacity=0.12)
    pen.fill(outline, palette.mixed(colour, (255, 255, 255), 0.12))
    pen.fill(shown(shapes.box(-length / 2, length / 2, -depth / 2, 0.0)), palette.mixed(colour, palette.SHADE, 0.14))
    ridge = np.array([[-length / 2, 0.0], [length / 2, 0.0]])
    pen.stroke(shown(ridge), palette.mixed(colour, (255, 255, 255), 0.45), width=max(0.16 * camera.scale, 1.0))
    chimney = shapes.box(0.2 * length, 0.2 * length + 0.9, 0.12 * depth, 0.12 * depth + 0.9)
    pen.fill(shown(chimney) + 0.25 * camera.scale, palette.SHADE, opacity=0.3)
    pen.fill(shown(chimney), palette.mixed(colour, palette.SHADE, 0.45))
    pen.stroke(outline, palette.SHADE, width=0.9, opacity=0.35, closed=True)
