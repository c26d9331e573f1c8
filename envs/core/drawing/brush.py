"""Anti-aliased shapes as signed distances: negative inside, in pixels; and sprites stacked from them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Float32, UInt8

from envs.core.drawing.palette import Colour

Field = Float[np.ndarray, "y x"]


@dataclass(frozen=True, eq=False)
class Canvas:
    """Pixel centres of a square patch, measured from the point that the sprite marks."""

    y: Field
    x: Field


def canvas(reach: float, fraction: tuple[float, float] = (0.0, 0.0)) -> Canvas:
    """A patch reaching `reach` pixels to each side of a point that lies at `fraction` within its pixel."""
    half = int(np.ceil(reach)) + 2
    axis = np.arange(-half, half + 1) + 0.5
    y, x = np.meshgrid(axis - fraction[0], axis - fraction[1], indexing="ij")
    return Canvas(y, x)


def disc(at: Canvas, radius: float) -> Field:
    """Distance to a disc."""
    return np.hypot(at.y, at.x) - radius


def ring(at: Canvas, radius: float, *, width: float) -> Field:
    """Distance to a ring whose middle line is a circle of `radius`."""
    return np.abs(np.hypot(at.y, at.x) - radius) - width / 2


def diamond(at: Canvas, radius: float) -> Field:
    """Distance to a square standing on its corner, its corners slightly rounded."""
    return (np.abs(at.y) + np.abs(at.x) - radius) / np.sqrt(2)


def capsule(at: Canvas, start: tuple[float, float], end: tuple[float, float], *, width: float) -> Field:
    """Distance to a thick segment with round ends; points are (y, x)."""
    along = np.subtract(end, start)
    share = ((at.y - start[0]) * along[0] + (at.x - start[1]) * along[1]) / max(along @ along, 1e-12)
    share = np.clip(share, 0, 1)
    return np.hypot(at.y - start[0] - share * along[0], at.x - start[1] - share * along[1]) - width / 2


def drop(at: Canvas, radius: float, *, tip: tuple[float, float]) -> Field:
    """Distance to a disc drawn out into a point at `tip`: the union of ever smaller discs on the way there."""
    shares = np.linspace(0, 1, 24)
    return np.min([np.hypot(at.y - s * tip[0], at.x - s * tip[1]) - radius * (1 - s) for s in shares], axis=0)


def arrow(at: Canvas, *, unit: tuple[float, float], length: float, head: float) -> Field:
    """Distance to an arrow along `unit` with its middle on the point; the head is as broad as it is long."""
    along = at.y * unit[0] + at.x * unit[1]
    across = np.abs(at.x * unit[0] - at.y * unit[1])
    behind_tip = length / 2 - along
    slanted = (across - 0.5 * behind_tip) / np.hypot(1, 0.5)
    triangle = np.maximum(slanted, behind_tip - head)
    shaft = np.maximum(across - 0.17 * head, np.abs(along + head / 2) - (length - head) / 2)
    return np.minimum(triangle, shaft)


def coverage(distance: Field, *, soft: float = 1.0) -> Field:
    """Share of each pixel inside the shape; the edge is `soft` pixels wide."""
    return np.clip(0.5 - distance / soft, 0, 1)


@dataclass(frozen=True, eq=False)
class Sprite:
    """A small image: its colour times its opacity, and the share of the ground that shows through."""

    ink: Float32[np.ndarray, "y x 3"]
    keep: Float32[np.ndarray, "y x 1"]


def stack(*layers: tuple[Field, Colour]) -> Sprite:
    """A sprite of layers (opacity, colour), lowest first."""
    ink = np.zeros((*layers[0][0].shape, 3))
    keep = np.ones((*layers[0][0].shape, 1))
    for opacity, colour in layers:
        alpha = opacity[..., None]
        ink = ink * (1 - alpha) + alpha * np.array(colour)
        keep = keep * (1 - alpha)
    return Sprite(ink.astype(np.float32), keep.astype(np.float32))


def faded(sprite: Sprite, opacity: float) -> Sprite:
    """The sprite as a ghost of itself."""
    return Sprite(sprite.ink * np.float32(opacity), 1 - (1 - sprite.keep) * np.float32(opacity))


def stamp(image: UInt8[np.ndarray, "height width 3"], sprite: Sprite, centre: tuple[int, int]) -> None:
    """Put a sprite into `image` with its middle pixel on `centre` (y, x); what sticks out is cut off."""
    top, left = centre[0] - sprite.keep.shape[0] // 2, centre[1] - sprite.keep.shape[1] // 2
    bottom, right = top + sprite.keep.shape[0], left + sprite.keep.shape[1]
    rows = slice(max(top, 0), min(bottom, image.shape[0]))
    cols = slice(max(left, 0), min(right, image.shape[1]))
    if rows.start >= rows.stop or cols.start >= cols.stop:
        return
    inner = (slice(rows.start - top, rows.stop - top), slice(cols.start - left, cols.stop - left))
    patch = image[rows, cols] * sprite.keep[inner] + sprite.ink[inner]
    image[rows, cols] = (patch + 0.5).astype(np.uint8)
