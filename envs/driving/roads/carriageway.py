"""Carriageways: lanes that go the same way along a winding middle line, cut into sections."""

import itertools
from collections.abc import Sequence
from math import ceil, pi

import numpy as np
from jaxtyping import Float64

from envs.driving.roads.builder import NetworkBuilder
from envs.driving.roads.curves import Poses, aside

STEP = 8.0
"""Distance of the points on a curve as wide as those of `winding` [m]: chords stay within 4 cm."""
LATERAL = 1.2
"""Acceleration aside at the speed limit in the sharpest bend [m/s^2]."""
SHARPEST = 1.0 / 250.0
"""Curvature in the sharpest bend of a slow road [1/m]."""
QUADRATURE = 8


def winding(rng: np.random.Generator, stations: Sequence[float], limit: float) -> tuple[Poses, list[int]]:
    """A smooth line of gentle bends near the x axis, and the indices of its points at `stations` [m].

    Its heading is a sum of two sines, so that the curvature is continuous; how much it bends is drawn, up to
    LATERAL / limit^2.
    """
    pieces = [np.linspace(a, b, 1 + ceil((b - a) / STEP))[1:] for a, b in itertools.pairwise(stations)]
    indices = np.cumsum([0] + [len(piece) for piece in pieces]).tolist()
    s = np.concatenate([[stations[0]], *pieces])
    lengths, phases = rng.uniform((350.0, 180.0), (900.0, 350.0)), rng.uniform(0.0, 2.0 * pi, 2)
    sharpest = LATERAL / max(limit, 10.0) ** 2 * rng.uniform(0.0, 1.0)
    shares = rng.dirichlet((2.0, 1.0)) * min(sharpest, SHARPEST)
    rates = 2.0 * pi / lengths
    between = s[:-1, None] + np.diff(s)[:, None] * (np.arange(QUADRATURE) + 0.5) / QUADRATURE
    angles = _heading(between, shares, rates, phases)
    steps = np.diff(s) / QUADRATURE
    poses = np.zeros((len(s), 3))
    poses[1:, 0] = np.cumsum(np.cos(angles).sum(axis=1) * steps)
    poses[1:, 1] = np.cumsum(np.sin(angles).sum(axis=1) * steps)
    poses[:, 2] = _heading(s, shares, rates, phases)
    return poses, indices


def _heading(s: np.ndarray, shares: np.ndarray, rates: np.ndarray, phases: np.ndarray) -> np.ndarray:
    first, second = (shares[k] / rates[k] * np.sin(rates[k] * s + phases[k]) for k in (0, 1))
    return first + second


def add_section(
    builder: NetworkBuilder, middle: Poses, *, offsets: Sequence[float], width: float, limit: float
) -> tuple[int, ...]:
    """Lanes side by side whose centrelines lie `offsets` to the left of a line, given from the rightmost on."""
    lanes = tuple(builder.add_lane(aside(middle, offset), width=width, limit=limit) for offset in offsets)
    for right, left in itertools.pairwise(lanes):
        builder.neighbours(left, right)
    return lanes


def add_line_along(
    builder: NetworkBuilder, middle: Poses, offset: float | Float64[np.ndarray, " point"], kind: str
) -> None:
    """A painted line `offset` [m] to the left of a line."""
    builder.add_line(np.ascontiguousarray(aside(middle, offset)[:, :2]), kind)


def lane_offsets(num_lanes: int, width: float) -> tuple[float, ...]:
    """Where the lanes of a carriageway lie to the left of its right edge, from the rightmost on."""
    return tuple((lane + 0.5) * width for lane in range(num_lanes))


def chord_lengths(line: Poses) -> Float64[np.ndarray, " point"]:
    """How far along a line its points lie [m]."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(line[:, 0]), np.diff(line[:, 1])))])


def lane_sequence(sections: Sequence[Sequence[int]], columns: Sequence[int]) -> list[int]:
    """The lanes of a route that leaves each section in that column, having changed over from the one before's.

    ``columns[0]`` is where it begins, ``columns[k + 1]`` where it leaves section k; columns count from the right.
    """
    route = []
    for section, before, after in zip(sections, columns[:-1], columns[1:], strict=True):
        step = 1 if after >= before else -1
        route += [section[column] for column in range(before, after + step, step)]
    return route


def shifted(rng: np.random.Generator, column: int, columns: range) -> int:
    """A column beside this one, among those allowed; itself if there is none."""
    beside = [other for other in (column - 1, column + 1) if other in columns]
    return int(rng.choice(beside)) if beside else column
