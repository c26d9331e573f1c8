"""The map without anybody on it."""

from functools import lru_cache

import numpy as np
from jaxtyping import Bool, Float, UInt8

from envs.core.drawing.heat import heat
from envs.gridworld.render import palette
from envs.gridworld.render.relief import Relief, enlarge, relief
from envs.gridworld.render.scene import Scene

Image = UInt8[np.ndarray, "y x 3"]
Colours = UInt8[np.ndarray, "row col 3"]
HEAT_OPACITY = 0.92


def ground(scene: Scene, cell: int) -> Image:
    """Floor, terrain or values, and obstacles; the caller must not write into it."""
    obstacle = np.ascontiguousarray(scene.obstacle, dtype=bool)
    drawn = relief(obstacle, cell=cell, terrain=scene.terrain, names=scene.terrain_names)
    colours = _floor(scene)
    if "value_map" in scene.overlay:
        values = np.asarray(scene.overlay["value_map"], dtype=np.float64)
        return _compose(_heated(colours, values, ~obstacle), drawn, cell)
    return _composed(colours.tobytes(), drawn, cell)


def value_range(values: Float[np.ndarray, "row col"], free: Bool[np.ndarray, "row col"]) -> tuple[float, float]:
    """Least and greatest known value of a free cell; (0, 0) where none is known."""
    known = values[free & np.isfinite(values)]
    return (float(known.min()), float(known.max())) if known.size else (0.0, 0.0)


def _floor(scene: Scene) -> Colours:
    if scene.terrain is None:
        return np.broadcast_to(np.array(palette.FLOOR, dtype=np.uint8), (*scene.obstacle.shape, 3))
    return palette.terrain_colours(scene.terrain_names)[scene.terrain]


def _heated(colours: Colours, values: Float[np.ndarray, "row col"], free: Bool[np.ndarray, "row col"]) -> Colours:
    low, high = value_range(values, free)
    values = _behind_obstacles(values, free)
    known = np.isfinite(values)
    hot = heat(np.where(known, values, low), low, high)
    mixed = np.rint(HEAT_OPACITY * hot + (1 - HEAT_OPACITY) * colours).astype(np.uint8)
    return np.where(known[..., None], mixed, colours)


def _behind_obstacles(
    values: Float[np.ndarray, "row col"], free: Bool[np.ndarray, "row col"]
) -> Float[np.ndarray, "row col"]:
    """Obstacles get the mean of their free neighbours, which shows at their rounded corners."""
    shown = np.where(free & np.isfinite(values), values, np.nan)
    padded = np.pad(shown, 1, constant_values=np.nan)
    around = np.stack([padded[:-2, 1:-1], padded[2:, 1:-1], padded[1:-1, :-2], padded[1:-1, 2:]])
    count = np.isfinite(around).sum(axis=0)
    mean = np.where(count > 0, np.nansum(around, axis=0) / np.maximum(count, 1), np.nan)
    return np.where(free, shown, mean)


@lru_cache(maxsize=16)
def _composed(colours: bytes, drawn: Relief, cell: int) -> Image:
    rows, cols = (size // cell for size in drawn.solid.shape[:2])
    return _compose(np.frombuffer(colours, dtype=np.uint8).reshape(rows, cols, 3), drawn, cell)


def _compose(colours: Colours, drawn: Relief, cell: int) -> Image:
    pixels = enlarge(colours, cell).astype(np.uint16)
    pixels *= drawn.shade
    pixels >>= 8
    return pixels.astype(np.uint8) + drawn.solid
