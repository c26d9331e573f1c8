"""What does not change in an episode: shadows, grid lines, textures and the solid obstacles."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, UInt8, UInt16

from envs.core.drawing.texture import TILE, tile
from envs.gridworld.render.palette import OBSTACLE, OBSTACLE_RIM, OBSTACLE_SIDE

LINE = 0.055
"""How much darker grid lines are than the floor."""
SHADOW = 0.16


@dataclass(frozen=True, eq=False)
class Relief:
    """A floor of any colours becomes ``floor * shade / 256 + solid``."""

    shade: UInt16[np.ndarray, "y x 3"]
    solid: UInt8[np.ndarray, "y x 3"]


@dataclass(frozen=True)
class Plan:
    """Contents of a grid as bytes, so that equal grids share one relief."""

    shape: tuple[int, int]
    obstacle: bytes
    terrain: bytes | None
    names: tuple[str, ...]


def relief(
    obstacle: Bool[np.ndarray, "row col"],
    *,
    cell: int,
    terrain: UInt8[np.ndarray, "row col"] | None,
    names: tuple[str, ...],
) -> Relief:
    """The relief of a grid with cells of `cell` pixels; drawn once per content."""
    classes = None if terrain is None else np.ascontiguousarray(terrain, dtype=np.uint8).tobytes()
    return _relief(Plan(obstacle.shape, obstacle.tobytes(), classes, names), cell)


@lru_cache(maxsize=16)
def _relief(plan: Plan, cell: int) -> Relief:
    obstacle = np.frombuffer(plan.obstacle, dtype=bool).reshape(plan.shape)
    solid = _solid(obstacle, cell)
    light = (1 - _shadow(solid, cell)) * (1 - _lines(obstacle, cell))
    if plan.terrain is not None:
        classes = np.frombuffer(plan.terrain, dtype=np.uint8).reshape(plan.shape)
        light *= 1 - _grain(classes, plan.names, cell)
    shade = np.rint(256 * light * (1 - solid)).astype(np.uint16)
    colours = np.rint(_shaded(solid, cell) * solid[..., None]).astype(np.uint8)
    return Relief(np.repeat(shade[..., None], 3, axis=2), colours)


def enlarge(cells: np.ndarray, cell: int) -> np.ndarray:
    """Every cell as a square of `cell` pixels."""
    return np.repeat(np.repeat(cells, cell, axis=0), cell, axis=1)


def _solid(obstacle: Bool[np.ndarray, "row col"], cell: int) -> Float[np.ndarray, "y x"]:
    """Opacity of the obstacles: their outward corners are rounded."""
    opacity = enlarge(obstacle.astype(np.float64), cell)
    size = cell // 6
    if size < 2:
        return opacity
    axis = np.arange(size)[::-1] + 0.5
    corner = np.clip(size + 0.5 - np.hypot(axis[:, None], axis), 0, 1)
    # the map ends in a straight edge
    padded = np.pad(obstacle, 1, constant_values=True)
    for down in (-1, 1):
        for right in (-1, 1):
            free = ~np.roll(padded, (-down, 0), (0, 1)) & ~np.roll(padded, (0, -right), (0, 1))
            rows, cols = np.nonzero((padded & free)[1:-1, 1:-1])
            patch = corner[::-1] if down > 0 else corner
            patch = patch[:, ::-1] if right > 0 else patch
            y = rows[:, None] * cell + np.arange(size) + (cell - size if down > 0 else 0)
            x = cols[:, None] * cell + np.arange(size) + (cell - size if right > 0 else 0)
            opacity[y[:, :, None], x[:, None, :]] = patch
    return opacity


def _lower(field: Float[np.ndarray, "y x"], pixels: int) -> Float[np.ndarray, "y x"]:
    """The field moved down; its first line is repeated above."""
    return np.pad(field, ((pixels, 0), (0, 0)), mode="edge")[: len(field)]


def _shadow(solid: Float[np.ndarray, "y x"], cell: int) -> Float[np.ndarray, "y x"]:
    """Soft shade below obstacles, fading over a fifth of a cell."""
    reach = cell // 5 if cell >= 8 else 0
    shade = np.zeros_like(solid)
    for step in range(1, reach + 1):
        shade = np.maximum(shade, _lower(solid, step) * SHADOW * (1 - (step - 1) / reach))
    return shade


def _lines(obstacle: Bool[np.ndarray, "row col"], cell: int) -> Float[np.ndarray, "y x"]:
    lines = np.zeros((obstacle.shape[0] * cell, obstacle.shape[1] * cell))
    if cell >= 10:
        lines[cell::cell] = LINE
        lines[:, cell::cell] = LINE
    return lines


def _grain(classes: UInt8[np.ndarray, "row col"], names: tuple[str, ...], cell: int) -> Float[np.ndarray, "y x"]:
    if cell < 6:
        return np.zeros(())
    tiles = np.stack([tile(name) for name in names])
    y, x = np.ogrid[: classes.shape[0] * cell, : classes.shape[1] * cell]
    return tiles[classes[y // cell, x // cell], y % TILE, x % TILE]


def _shaded(solid: Float[np.ndarray, "y x"], cell: int) -> Float[np.ndarray, "y x 3"]:
    """Obstacle colour with a dark side facing down and a light rim facing up."""
    colours = np.broadcast_to(np.array(OBSTACLE, dtype=np.float64), (*solid.shape, 3))
    if cell < 8:
        return colours
    side = np.clip(solid - _lower(solid[::-1], max(1, cell // 9))[::-1], 0, 1)[..., None]
    rim = np.clip(solid - _lower(solid, max(1, cell // 24)), 0, 1)[..., None]
    colours = colours * (1 - side) + side * np.array(OBSTACLE_SIDE)
    return colours * (1 - rim) + rim * np.array(OBSTACLE_RIM)
