"""Curves that roads are made of: arrays of poses [point 3] (x [m], y [m], heading [rad]), headings exact.

A pose alone is a tuple (x, y, heading). Pieces that touch are put together by `joined`.
"""

from math import atan2, ceil, cos, hypot, pi, sin

import numpy as np
from jaxtyping import Float64

SAGITTA = 0.01
"""How far chords lie off the curve about [m]."""
TURN_STEP, LONGEST_STEP = 1.0, 5.0
"""Least and greatest distance of the points on a curve [m]; turns have the least."""
RAMP = 0.3
"""Share of a turn over which the steering wheel is turned in, and again back [] ."""
SUBSTEPS = 8
"""Steps of the quadrature between two points of a turn."""
NEARLY_STRAIGHT = 0.35
"""Connectors that bend less than this are cubics rather than turns [rad]."""

Pose = tuple[float, float, float]
Poses = Float64[np.ndarray, "point 3"]


def ahead(pose: Pose, forward: float, left: float = 0.0) -> Pose:
    """The pose `forward` metres ahead and `left` metres aside, heading the same way."""
    x, y, heading = pose
    c, s = cos(heading), sin(heading)
    return x + forward * c - left * s, y + forward * s + left * c, heading


def straight(pose: Pose, length: float) -> Poses:
    """A straight piece of `length` metres."""
    return np.array((pose, ahead(pose, length)))


def arc(pose: Pose, curvature: float, length: float) -> Poses:
    """A piece of a circle that turns left for positive `curvature` [1/m]; straight where that is 0."""
    if abs(curvature * length) < 1e-9:
        return straight(pose, length)
    x, y, heading = pose
    num = 1 + max(2, ceil(length / _step(1.0 / abs(curvature))))
    headings = heading + curvature * length * np.linspace(0.0, 1.0, num)
    poses = np.empty((len(headings), 3))
    poses[:, 0] = x + (np.sin(headings) - sin(heading)) / curvature
    poses[:, 1] = y - (np.cos(headings) - cos(heading)) / curvature
    poses[:, 2] = headings
    return poses


def cubic(begin: Pose, end: Pose) -> Poses:
    """Bezier's cubic between two poses, handles a third of the chord long."""
    (x0, y0, h0), (x3, y3, h3) = begin, end
    chord = hypot(x3 - x0, y3 - y0)
    handle = chord / (3.0 * cos(0.25 * wrapped(h3 - h0)) ** 2)  # of a circle, where the poses are those of one
    x1, y1, _ = ahead(begin, handle)
    x2, y2, _ = ahead(end, -handle)
    along = atan2(y3 - y0, x3 - x0)
    swing = abs(wrapped(h0 - along)) + abs(wrapped(h3 - along))
    t = np.linspace(0.0, 1.0, 1 + max(3, ceil(chord / _step(chord / max(4.0 * swing, 1e-3)))))
    corners = np.array(((x0, y0), (x1, y1), (x2, y2), (x3, y3)))
    u = 1.0 - t
    poses = np.empty((len(t), 3))
    poses[:, :2] = np.stack((u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t), 1) @ corners
    slopes = np.stack((u * u, 2.0 * u * t, t * t), 1) @ np.diff(corners, axis=0)
    poses[:, 2] = h0 + _wrapped_all(np.arctan2(slopes[:, 1], slopes[:, 0]) - h0)
    return poses


def turn(begin: Pose, end: Pose, *, reach: float = np.inf, bulge: float = np.inf) -> Poses:
    """Straight, a turn, straight: as wide a turn between two poses as fits; the lines through them must cross ahead.

    Its curvature rises, stays and falls linearly (RAMP). It starts at most `reach` metres before the lines' crossing
    and passes it at most `bulge` metres away.
    """
    (x0, y0, h0), (x1, y1, _) = begin, end
    before, after = corner_distances(begin, end)
    bend = wrapped(end[2] - h0)
    # The unit turn, of length 1; its points are those of a quadrature symmetric about its middle.
    num = max(6, ceil(abs(bend) * min(before, after, reach) / (TURN_STEP * abs(np.tan(0.5 * bend)))))
    num += num % 2
    middles = (np.arange(num * SUBSTEPS) + 0.5) / (num * SUBSTEPS)
    steps = bend * _turned(middles)
    unit = np.zeros((num + 1, 3))
    unit[1:, 0] = np.cumsum(np.cos(steps))[SUBSTEPS - 1 :: SUBSTEPS]
    unit[1:, 1] = np.cumsum(np.sin(steps))[SUBSTEPS - 1 :: SUBSTEPS]
    unit[:, :2] /= num * SUBSTEPS
    unit_reach = unit[-1, 1] / sin(bend)
    middle = unit[num // 2]
    size = min(before, after, reach) / unit_reach
    size = min(size, bulge / hypot(unit_reach - middle[0], middle[1]))
    c, s = cos(h0) * size, sin(h0) * size
    lead = before - size * unit_reach
    poses = np.empty((num + 3, 3))
    poses[1:-1, 0] = x0 + lead * cos(h0) + c * unit[:, 0] - s * unit[:, 1]
    poses[1:-1, 1] = y0 + lead * sin(h0) + s * unit[:, 0] + c * unit[:, 1]
    poses[1:-1, 2] = h0 + bend * _turned(np.linspace(0.0, 1.0, num + 1))
    poses[0], poses[-1] = begin, (x1, y1, h0 + bend)
    low = 1 if lead < 1e-6 else 0
    high = num + 2 if after - size * unit_reach < 1e-6 else num + 3
    poses[low], poses[high - 1] = poses[0], poses[-1]
    return poses[low:high]


def connector(begin: Pose, end: Pose, *, reach: float = np.inf, bulge: float = np.inf) -> Poses:
    """From one pose to another: a turn where the lines through them cross ahead, else a cubic."""
    bend = wrapped(end[2] - begin[2])
    if NEARLY_STRAIGHT < abs(bend) < pi - NEARLY_STRAIGHT:
        before, after = corner_distances(begin, end)
        if min(before, after) > 1.0:
            return turn(begin, end, reach=reach, bulge=bulge)
    return cubic(begin, end)


def corner_distances(begin: Pose, end: Pose) -> tuple[float, float]:
    """How far the crossing of the lines through two poses lies ahead of the first, and behind the second [m]."""
    (x0, y0, h0), (x1, y1, h1) = begin, end
    dx, dy, across = x1 - x0, y1 - y0, sin(h1 - h0)
    return (dx * sin(h1) - dy * cos(h1)) / across, (dy * cos(h0) - dx * sin(h0)) / across


def aside(poses: Poses, left: float | Float64[np.ndarray, " point"]) -> Poses:
    """The parallel `left` metres to the left, or that far at each point."""
    shifted = poses.copy()
    shifted[:, 0] -= left * np.sin(poses[:, 2])
    shifted[:, 1] += left * np.cos(poses[:, 2])
    return shifted


def reversed_(poses: Poses) -> Poses:
    """The same way back."""
    back = poses[::-1].copy()
    back[:, 2] += pi
    return back


def joined(*pieces: Float64[np.ndarray, "_ 3"]) -> Poses:
    """Pieces, each beginning where the one before ends, as one."""
    return np.concatenate((pieces[0], *(piece[1:] for piece in pieces[1:])))


def wrapped(angle: float) -> float:
    """The same angle in [-pi, pi]."""
    return atan2(sin(angle), cos(angle))


def _step(radius: float) -> float:
    """Distance of the points on a curve of this radius [m]."""
    return min(max((8.0 * radius * SAGITTA) ** 0.5, TURN_STEP), LONGEST_STEP)


def _wrapped_all(angles: np.ndarray) -> np.ndarray:
    return angles - 2.0 * pi * np.round(angles / (2.0 * pi))


def _turned(u: np.ndarray) -> np.ndarray:
    """Share of a turn's bend that lies behind after a share `u` of its length: the trapezium's integral."""
    x = np.minimum(u, 1.0 - u)
    half = np.where(x < RAMP, x * x / (2.0 * RAMP), x - 0.5 * RAMP) / (1.0 - RAMP)
    return np.where(u < 0.5, half, 1.0 - half)
