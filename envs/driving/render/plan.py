"""The outlines of a network's standing parts, prepared once, with boxes by which they are found again."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Float64

from envs.driving.network import Network
from envs.driving.render import shapes
from envs.kernels.road_records import YIELD

Points = Float[np.ndarray, "_ 2"]
STRIPE = 0.5
"""Width of a crosswalk's stripes, and of the gaps between them [m]."""
TOOTH = 0.5
DOUBLE_GAP = 0.17
"""Of the two parts of a double line from its middle [m]."""


class Part(NamedTuple):
    """Something painted."""

    layer: str
    """ground, edge, solid, dashed, double, stripe, bar"""
    points: Points
    low: Float64[np.ndarray, "2"]
    high: Float64[np.ndarray, "2"]


def draft(network: Network) -> list[Part]:
    """All standing parts of a network: the ground that is driven on, and what is painted on it."""
    parts = [_part("ground", outline) for outline in _ground(network)]
    for line in network.lines:
        parts += _line_parts(line.kind, np.asarray(line.points, dtype=np.float64))
    for crosswalk in network.crosswalks:
        parts += [_part("stripe", stripe) for stripe in _stripes(crosswalk)]
    gives_way = _begins_with_yield(network)
    for bar, is_yield in zip(network.bars, gives_way, strict=True):
        parts += [_part("bar", piece) for piece in _bar_pieces(bar, bool(is_yield))]
    return parts


def lane_points(network: Network, lane: int) -> Points:
    """A lane's centreline."""
    first, count = int(network.lanes["first"][lane]), int(network.lanes["count"][lane])
    points = network.points[first : first + count]
    return np.stack([points["x"], points["y"]], axis=1)


def _part(layer: str, points: Points) -> Part:
    return Part(layer, points, points.min(axis=0), points.max(axis=0))


def _ground(network: Network) -> list[Points]:
    widths = network.lanes["width"].tolist()
    strips = [shapes.strip(lane_points(network, lane), width=width) for lane, width in enumerate(widths)]
    areas = [shapes.counter_clockwise(np.asarray(area, dtype=np.float64)) for area in network.areas]
    return [outline for outline in (*strips, *areas) if len(outline) > 2]


def _line_parts(kind: str, points: Points) -> list[Part]:
    if len(points) < 2:
        return []
    if kind == "dashed":
        return [_part(kind, piece) for piece in shapes.stretches(points, dash=3.0, gap=4.5)]
    if kind == "double":
        outline = shapes.strip(points, width=2 * DOUBLE_GAP)
        return [_part(kind, outline[: len(points)]), _part(kind, outline[len(points) :])]
    return [_part(kind, points)]


def _stripes(crosswalk: np.void) -> list[Points]:
    length, width = float(crosswalk["length"]), float(crosswalk["width"])
    count = max(1, round((length - STRIPE) / (2 * STRIPE)))
    first = -(2 * count - 1) * STRIPE / 2
    boxes = [
        shapes.box(first + 2 * STRIPE * k, first + STRIPE * (2 * k + 1), -width / 2, width / 2) for k in range(count)
    ]
    return [_at(stripe, crosswalk) for stripe in boxes]


def _bar_pieces(bar: np.void, is_yield: bool) -> list[Points]:
    """A stop line; or, where one gives way, a row of teeth that point at whoever comes."""
    length, width = float(bar["length"]), float(bar["width"])
    if not is_yield:
        return [_at(shapes.box(-length / 2, length / 2, -width / 2, width / 2), bar)]
    count = max(2, round(width / (1.5 * TOOTH)))
    starts = -width / 2 + np.arange(count) * width / count
    gap = width / count
    teeth = [np.array([[0.35, y + 0.1 * gap], [0.35, y + 0.9 * gap], [-0.35, y + gap / 2]]) for y in starts]
    return [_at(tooth, bar) for tooth in teeth]


def _at(shape: Points, place: np.void) -> Points:
    return shapes.placed(shape, float(place["x"]), float(place["y"]), float(place["heading"]))


def _begins_with_yield(network: Network) -> Bool[np.ndarray, " bar"]:
    """Which bars belong to lanes that yield: such a lane begins close ahead of the bar."""
    bars, lanes = network.bars, network.lanes
    giving = np.flatnonzero(lanes["control"] == YIELD)
    if not len(bars) or not len(giving):
        return np.zeros(len(bars), dtype=bool)
    starts = network.points[lanes["first"][giving]]
    away = np.hypot(bars["x"][:, None] - starts["x"], bars["y"][:, None] - starts["y"])
    return (away.min(axis=1) < 4.0) & (bars["signal"] < 0)
