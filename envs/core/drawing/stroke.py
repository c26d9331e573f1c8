"""Smooth translucent lines through cells."""

import numpy as np
from jaxtyping import Float, Float32, UInt8

from envs.core.drawing.palette import Colour

Points = Float[np.ndarray, "point 2"]
Samples = Float[np.ndarray, "sample 2"]
Weights = Float32[np.ndarray, "sample 1 1"]


def smooth(points: Points, *, spacing: float) -> tuple[Samples, Float[np.ndarray, " sample"]]:
    """Points every `spacing` pixels along the quadratic B-spline of `points`, and how far along each lies [px].

    The spline starts and ends in the first and last point and passes the middle of every segment between, so a
    path of grid moves never leaves its own cells.
    """
    moved = np.append(True, np.any(np.diff(points, axis=0) != 0, axis=1))
    points = points[moved]
    if len(points) < 2:
        return points, np.zeros(len(points))
    fine = _spline(points)
    length = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(fine, axis=0), axis=1)))
    way = np.linspace(0, length[-1], max(2, int(np.ceil(length[-1] / spacing)) + 1))
    return np.stack([np.interp(way, length, axis) for axis in fine.T], axis=1), way


def _spline(points: Points, *, pieces: int = 8) -> Samples:
    middle = (points[1:] + points[:-1]) / 2
    start, control, end = middle[:-1, None], points[1:-1, None], middle[1:, None]
    t = np.linspace(0, 1, pieces, endpoint=False)[:, None]
    curve = (1 - t) ** 2 * start + 2 * t * (1 - t) * control + t**2 * end
    return np.concatenate([points[:1], curve.reshape(-1, 2), middle[-1:], points[-1:]])


def draw(
    image: UInt8[np.ndarray, "height width 3"],
    samples: Samples,
    *,
    radius: float | Float[np.ndarray, " sample"],
    colour: Colour,
    opacity: float | Float[np.ndarray, " sample"],
) -> None:
    """Draw the union of discs around `samples` (y, x); where they overlap, the most opaque counts, once."""
    margin = int(np.ceil(np.max(radius))) + 1
    inside = np.all((samples > -margin) & (samples < np.array(image.shape[:2]) + margin), axis=1)
    if not inside.any():
        return
    samples = samples[inside]
    origin = np.floor(samples.min(axis=0)).astype(np.int64) - margin
    radii, opacities = (
        np.broadcast_to(np.float32(value), len(inside))[inside, None, None] for value in (radius, opacity)
    )
    mask = _mask(samples - origin, radii, opacities)
    rows = slice(max(origin[0], 0), min(origin[0] + mask.shape[0], image.shape[0]))
    cols = slice(max(origin[1], 0), min(origin[1] + mask.shape[1], image.shape[1]))
    mask = mask[rows.start - origin[0] : rows.stop - origin[0], cols.start - origin[1] : cols.stop - origin[1]]
    _tint(image[rows, cols], mask, colour)


def _mask(samples: Samples, radius: Weights, opacity: Weights) -> Float32[np.ndarray, "y x"]:
    margin = int(np.ceil(radius.max())) + 1
    corner = np.floor(samples).astype(np.int64)
    height, width = (corner.max(axis=0) + margin + 1).tolist()
    mask = np.zeros((height, width), dtype=np.float32)
    offset = np.arange(-margin, margin + 1)
    # float32 throughout: a mixed maximum.at is ten times slower
    middle = (corner - samples + 0.5).astype(np.float32)[:, None] + offset.astype(np.float32)[:, None]
    y, x = middle[..., 0], middle[..., 1]
    distance = np.sqrt((y * y)[:, :, None] + (x * x)[:, None, :])
    cover = np.clip(radius + 0.5 - distance, 0, 1) * opacity
    flat = (corner[:, 0, None, None] + offset[:, None]) * width + corner[:, 1, None, None] + offset
    np.maximum.at(mask.reshape(-1), flat.ravel(), cover.ravel())
    return mask


def _tint(image: UInt8[np.ndarray, "y x 3"], mask: Float32[np.ndarray, "y x"], colour: Colour) -> None:
    y, x = np.nonzero(mask)
    alpha = mask[y, x, None]
    image[y, x] = (image[y, x] * (1 - alpha) + np.array(colour, dtype=np.float32) * alpha + 0.5).astype(np.uint8)
