"""Polylines [point 2]: their length, points along them, and the line midway between two."""

import numpy as np
from jaxtyping import Bool, Float64

SPACING = 1.5
"""Points of centrelines are at most this far apart in curves [m]."""
TOLERANCE = 0.02
"""How far a tidied line may leave the given one [m]."""
LONGEST_CHORD = 12.0
"""Where a line is straight [m]."""
_CLOSE = 1e-3


def wrapped(angle):
    """Angles (a number or an array) in (-pi, pi]."""
    return -((np.pi - angle) % (2 * np.pi) - np.pi)


def arc_lengths(points: Float64[np.ndarray, "point 2"]) -> Float64[np.ndarray, " point"]:
    """Distance of each point from the first, along the line."""
    return np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))))


def points_at(
    points: Float64[np.ndarray, "point 2"], s: Float64[np.ndarray, " place"]
) -> Float64[np.ndarray, "place 2"]:
    """Positions `s` metres along the line; beyond its ends straight on."""
    along = arc_lengths(points)
    inside = np.stack([np.interp(s, along, points[:, k]) for k in range(2)], axis=1)
    second, second_last = np.searchsorted(along, 0.0, "right"), np.searchsorted(along, along[-1]) - 1
    first, last = _unit(points[second] - points[0]), _unit(points[-1] - points[second_last])
    before, behind = np.minimum(s, 0.0), np.maximum(s - along[-1], 0.0)
    return inside + before[:, None] * first + behind[:, None] * last


def without_repeats(points: Float64[np.ndarray, "point 2"]) -> Float64[np.ndarray, "kept 2"]:
    """The line without points that lie on the one before."""
    far = np.hypot(*np.diff(points, axis=0).T) > _CLOSE
    return points[np.concatenate(([True], far))]


def centreline(
    left: Float64[np.ndarray, "left 2"], right: Float64[np.ndarray, "right 2"]
) -> Float64[np.ndarray, "point 2"]:
    """The line midway: of points with the same number, or, where the counts differ, at equal shares of the lengths."""
    if len(left) != len(right):
        left, right = paired(left, right)
    return tidied(0.5 * (left + right))


def paired(
    left: Float64[np.ndarray, "left 2"], right: Float64[np.ndarray, "right 2"]
) -> tuple[Float64[np.ndarray, "point 2"], Float64[np.ndarray, "point 2"]]:
    """Both lines with as many points, at equal shares of their lengths."""
    lengths = arc_lengths(left)[-1], arc_lengths(right)[-1]
    shares = np.linspace(0.0, 1.0, max(len(left), len(right), int(max(lengths) / SPACING) + 2))
    return points_at(left, shares * lengths[0]), points_at(right, shares * lengths[1])


def tidied(points: Float64[np.ndarray, "point 2"]) -> Float64[np.ndarray, "tidy 2"]:
    """The same line with few points: evenly resampled, then all left out that TOLERANCE does not need."""
    points = without_repeats(points)
    if len(points) < 2:
        return points
    length = arc_lengths(points)[-1]
    even = points_at(points, np.linspace(0.0, length, int(np.ceil(length / SPACING)) + 1))
    return even[_needed(even)]


def vertex_headings(points: Float64[np.ndarray, "point 2"]) -> Float64[np.ndarray, " point"]:
    """Tangents at the points, right on circles: between two chords, nearer to that of the shorter one."""
    chords = np.diff(points, axis=0)
    headings, lengths = np.arctan2(chords[:, 1], chords[:, 0]), np.hypot(chords[:, 0], chords[:, 1])
    if len(headings) == 1:
        return np.repeat(headings, 2)
    turns = wrapped(np.diff(headings))
    inner = headings[:-1] + turns * lengths[:-1] / (lengths[:-1] + lengths[1:])
    ends = 2 * headings[0] - inner[0], 2 * headings[-1] - inner[-1]
    ends = [
        end if abs(turn) < 0.5 else chord
        for end, turn, chord in zip(ends, turns[[0, -1]], headings[[0, -1]], strict=True)
    ]
    return wrapped(np.concatenate(([ends[0]], inner, [ends[1]])))


def distances(
    positions: Float64[np.ndarray, "position 2"], line: Float64[np.ndarray, "point 2"]
) -> Float64[np.ndarray, " position"]:
    """From each position to the nearest point of a line."""
    a, chord = line[:-1], np.diff(line, axis=0)
    apart = positions[:, None] - a
    share = np.clip((apart * chord).sum(axis=2) / np.maximum((chord**2).sum(axis=1), 1e-12), 0.0, 1.0)
    return np.linalg.norm(apart - share[..., None] * chord, axis=2).min(axis=1)


def is_inside(
    positions: Float64[np.ndarray, "position 2"], polygon: Float64[np.ndarray, "corner 2"]
) -> Bool[np.ndarray, " position"]:
    """Which positions lie in a polygon (even-odd rule)."""
    x, y = positions[:, 0, None], positions[:, 1, None]
    ax, ay = polygon.T
    bx, by = np.roll(polygon, -1, axis=0).T
    is_between = (ay > y) != (by > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        is_left = x < ax + (y - ay) * (bx - ax) / (by - ay)
    return (is_between & is_left).sum(axis=1) % 2 == 1


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.hypot(*vector)


def _needed(points: np.ndarray) -> np.ndarray:
    """Indices that Douglas and Peucker keep, and enough others that no chord is longer than LONGEST_CHORD."""
    kept, open_stretches = {0, len(points) - 1}, [(0, len(points) - 1)]
    while open_stretches:
        low, high = open_stretches.pop()
        if high - low < 2:
            continue
        chord = points[high] - points[low]
        length = np.hypot(*chord)
        east, north = (points[low + 1 : high] - points[low]).T
        off = np.abs(east * chord[1] - north * chord[0]) / length if length > 0 else np.hypot(east, north)
        middle = low + 1 + int(np.argmax(off))
        if off.max() <= TOLERANCE:
            if length <= LONGEST_CHORD:
                continue
            middle = (low + high) // 2
        kept.add(middle)
        open_stretches += [(low, middle), (middle, high)]
    return np.array(sorted(kept))
