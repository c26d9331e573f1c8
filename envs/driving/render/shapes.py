"""Outlines in metres: strips along lines, rounded boxes, and bodies placed in the world."""

import numpy as np
from jaxtyping import Float

Points = Float[np.ndarray, "_ 2"]


def strip(points: Points, *, width: float, longer: float = 0.0) -> Points:
    """Outline of a strip along a polyline, counter-clockwise; `longer` is added at both ends [m]."""
    if len(points) < 2:
        return np.zeros((0, 2))
    step = np.diff(points, axis=0)
    unit = step / np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-9)
    points = points.astype(np.float64)
    points[0] -= longer * unit[0]
    points[-1] += longer * unit[-1]
    before, after = np.vstack([unit[:1], unit]), np.vstack([unit, unit[-1:]])
    mean = before + after
    # the corner of a bend lies further out, by one over the cosine of half the bend
    stretch = 2 / np.maximum(np.sum(mean * mean, axis=1, keepdims=True), 0.5)
    normal = mean[:, ::-1] * (-1, 1) * stretch * width / 2
    return np.concatenate([points - normal, (points + normal)[::-1]])


def counter_clockwise(polygon: Points) -> Points:
    """The polygon, turned round if it goes clockwise."""
    x, y = polygon.T
    return polygon if np.dot(x, np.roll(y, -1)) >= np.dot(y, np.roll(x, -1)) else polygon[::-1]


def rounded(length: float, width: float, *, front: float, back: float, taper: float = 0.0) -> Points:
    """A box along x around the origin with corner radii `front` and `back`; the front narrower by `taper` a side."""
    half_length, half_width = length / 2, width / 2
    turn = np.linspace(0, np.pi / 2, 6)
    corners = []
    for right, up, radius, inset in ((1, 1, front, taper), (-1, 1, back, 0), (-1, -1, back, 0), (1, -1, front, taper)):
        angle = turn if right == up else turn[::-1]
        x = right * (half_length - radius + radius * np.cos(angle))
        y = up * (half_width - inset - radius + radius * np.sin(angle))
        corners.append(np.stack([x, y], axis=1))
    return np.concatenate(corners)


def box(low_x: float, high_x: float, low_y: float, high_y: float) -> Points:
    """A plain rectangle."""
    return np.array([[low_x, low_y], [high_x, low_y], [high_x, high_y], [low_x, high_y]], dtype=np.float64)


def placed(shape: Points, x: float, y: float, heading: float) -> Points:
    """A shape, drawn around the origin and heading along x, at a pose."""
    cos, sin = np.cos(heading), np.sin(heading)
    return shape @ np.array([[cos, sin], [-sin, cos]]) + (x, y)


def stretches(points: Points, *, dash: float, gap: float) -> list[Points]:
    """The dashes of a broken line, each a polyline."""
    way = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1)))
    pieces = []
    for start in np.arange(gap / 2, way[-1], dash + gap):
        end = min(start + dash, way[-1])
        at = np.concatenate([[start], way[(way > start) & (way < end)], [end]])
        pieces.append(np.stack([np.interp(at, way, axis) for axis in points.T], axis=1))
    return pieces
