"""Merges: an on-ramp whose acceleration lane ends, or a main road that loses a lane."""

import itertools
from collections.abc import Sequence
from math import ceil, pi

import numpy as np
from jaxtyping import Float64

from envs.core.naming import check_known
from envs.driving.network import Network
from envs.driving.roads.builder import NetworkBuilder
from envs.driving.roads.carriageway import (
    add_line_along,
    add_section,
    chord_lengths,
    lane_offsets,
    lane_sequence,
    shifted,
    winding,
)
from envs.driving.roads.curves import aside, joined

Piece = Float64[np.ndarray, "_ 3"]
"""Poses; pieces differ in how many they have."""
KMH = 1.0 / 3.6
KINDS = ("ramp", "drop")
LIMITS = (60.0, 80.0, 100.0)
"""Drawn from [km/h]."""
LENGTHS = ((180.0, 240.0), (140.0, 220.0), (260.0, 340.0))
"""Before, beside and behind the lane that ends, on a fast road [m]."""
FAST = 25.0
"""A slower road's lengths shrink with its limit [m/s]."""
SHORTEST = 80.0
TAPER = 25.0
"""Ground left behind the end of a lane [m]."""
NUM_ROUTES = 12


def build(
    rng: np.random.Generator,
    *,
    kind: str | None = None,
    lanes: int | None = None,
    limit: float | None = None,
    demand: float | None = None,
) -> Network:
    """A merge; what is None is drawn from `rng`.

    `kind` "ramp" or "drop"; `lanes` 1 to 3, of the main road without the lane that ends; `limit` [m/s];
    `demand` in [0, 1].
    """
    kind = str(rng.choice(KINDS)) if kind is None else kind
    check_known("kind", kind, KINDS)
    num_lanes = int(rng.integers(1, 4)) if lanes is None else lanes
    if not 1 <= num_lanes <= 3:
        raise ValueError(f"A merge's main road has 1 to 3 lanes, got {lanes}.")
    fastest = float(rng.choice(LIMITS)) * KMH if limit is None else limit
    width = float(rng.uniform(3.4, 3.75))
    builder = NetworkBuilder()
    pieces = _pieces(rng, fastest)
    sections = _add_lanes(builder, rng, pieces, kind, num_lanes=num_lanes, width=width, limit=fastest)
    _add_lines(builder, pieces, kind, num_lanes, width)
    for lane in sections[0]:
        builder.add_entry(lane)
    room = 0.3 * float(chord_lengths(pieces[0])[-1])
    for k in range(NUM_ROUTES):
        builder.add_route(_route(rng, sections, k, can_change_before=kind == "drop"), start=_start(rng, k, room))
    drawn = float(rng.uniform(0.3, 1.0))
    return builder.finish(
        f"merge, {kind}, {num_lanes} lanes, {fastest / KMH:.0f} km/h", drawn if demand is None else demand
    )


def _pieces(rng: np.random.Generator, limit: float) -> list[Piece]:
    """The main road's right edge before, beside and behind the lane that ends."""
    lengths = np.array([rng.uniform(*bounds) for bounds in LENGTHS]) * min(1.0, limit / FAST)
    stations = np.concatenate([[0.0], np.cumsum(np.maximum(lengths, SHORTEST))])
    edge, indices = winding(rng, stations.tolist(), limit)
    return [edge[low : high + 1] for low, high in itertools.pairwise(indices)]


def _add_lanes(
    builder: NetworkBuilder,
    rng: np.random.Generator,
    pieces: list[Piece],
    kind: str,
    *,
    num_lanes: int,
    width: float,
    limit: float,
) -> list[tuple[int, ...]]:
    """The lanes of each section from the right on; in the first two the first is the one that ends."""
    main = lane_offsets(num_lanes, width)
    both = (-0.5 * width, *main)
    beside = add_section(builder, pieces[1], offsets=both, width=width, limit=limit)
    after = add_section(builder, pieces[2], offsets=main, width=width, limit=limit)
    if kind == "drop":
        before = add_section(builder, pieces[0], offsets=both, width=width, limit=limit)
    else:
        slow = limit * float(rng.uniform(0.6, 0.85))
        poses = _ramp(rng, pieces[0], width, slow)
        ramp = builder.add_lane(poses, width=width, limit=slow)
        for side in (-0.5, 0.5):
            add_line_along(builder, poses, side * width, "edge")
        before = (ramp, *add_section(builder, pieces[0], offsets=main, width=width, limit=limit))
    for lane, successor in zip(before, beside, strict=True):
        builder.connect(lane, successor)
    for lane, successor in zip(beside[1:], after, strict=True):
        builder.connect(lane, successor)
    return [before, beside, (-1, *after)]


def _ramp(rng: np.random.Generator, main: Piece, width: float, limit: float) -> Piece:
    """The lane that comes up to the main road's right edge `main`, and lies beside it where that ends.

    Seen backwards it turns away along a curve whose curvature rises from 0 and falls again, and goes on at that
    angle; all of it relative to the main road, so that the two never meet again.
    """
    stations = chord_lengths(main)
    length = stations[-1]
    radius = max(limit**2 / 1.5, 40.0)
    curve = min(2.0 * radius * float(rng.uniform(0.12, 0.4)), 0.7 * length)
    angle = 0.5 * curve / radius
    back = np.linspace(length, 0.0, 1 + ceil(length / 4.0))
    u = np.minimum(back / curve, 1.0)
    away = angle * curve * (0.5 * u**2 + (np.cos(2.0 * pi * u) - 1.0) / (4.0 * pi**2)) + angle * np.maximum(
        back - curve, 0
    )
    slope = angle * (u - np.sin(2.0 * pi * u) / (2.0 * pi))
    beside = np.stack([np.interp(length - back, stations, main[:, axis]) for axis in range(3)], axis=1)
    ramp = aside(beside, -0.5 * width - away)
    stretched = 1.0 + np.gradient(beside[:, 2], length - back) * (0.5 * width + away)
    ramp[:, 2] += np.arctan2(slope, stretched)
    return ramp


def _add_lines(builder: NetworkBuilder, pieces: list[Piece], kind: str, num_lanes: int, width: float) -> None:
    whole = joined(*pieces)
    for line in range(1, num_lanes + 1):
        add_line_along(builder, whole, line * width, "edge" if line == num_lanes else "dashed")
    # The lane that ends lies to the right of the main road's right edge.
    add_line_along(builder, pieces[0], 0.0, "edge" if kind == "ramp" else "dashed")
    add_line_along(builder, pieces[1], 0.0, "dashed")
    wide = joined(*pieces[:2]) if kind == "drop" else pieces[1]
    add_line_along(builder, wide, -width, "edge")
    ends = int(np.searchsorted(chord_lengths(pieces[2]), TAPER))
    kerb = np.minimum(-width * (1.0 - np.arange(len(pieces[2])) / ends), 0.0)
    add_line_along(builder, pieces[2], kerb, "edge")
    tip = pieces[2][: ends + 1]
    builder.add_area(np.concatenate([aside(tip, kerb[: ends + 1])[:, :2], tip[::-1, :2]]))


def _route(
    rng: np.random.Generator, sections: Sequence[Sequence[int]], number: int, *, can_change_before: bool
) -> list[int]:
    """Every other route begins on the lane that ends; the others keep their lane or change it once."""
    main = range(1, len(sections[1]))
    if number % 2 == 0:
        before = 1 if can_change_before and rng.random() < 0.3 else 0
        columns = [0, before, 1, shifted(rng, 1, main) if rng.random() < 0.3 else 1]
    else:
        column = 1 + (number // 2) % len(main)
        aim = shifted(rng, column, main) if rng.random() < 0.4 else column
        changes_in = int(rng.integers(1, 4))
        columns = [column] * changes_in + [aim] * (4 - changes_in)
    return lane_sequence(sections, columns)


def _start(rng: np.random.Generator, number: int, room: float) -> float:
    """Where route `number` begins [m]: those of one lane apart from one another."""
    return 4.0 + room * (number // 2 % 4 + float(rng.uniform(0.0, 0.8))) / 4.0
