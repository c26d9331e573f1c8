"""Painted lines along lanes: as the map says, and where it says nothing, what one would expect."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Bool, Float64

from envs.driving.files.polylines import arc_lengths, is_inside, points_at
from envs.driving.files.road_map import MapLane
from envs.driving.network import Line

MARKED = {
    "solid": "solid",
    "broad_solid": "solid",
    "dashed": "dashed",
    "broad_dashed": "dashed",
    "solid_solid": "double",
    "dashed_solid": "solid",
    "solid_dashed": "solid",
    "dashed_dashed": "dashed",
    "curb": "edge",
    "lowered_curb": "edge",
    "no_marking": "none",
}
"""CommonRoad's markings -> kinds of `Line`; not in the table: not known."""
_STEP = 1.0
_INSET = 0.4
_OUTWARD = 1.5


def lane_lines(lanes: tuple[MapLane, ...], marks: dict[tuple[str, str], str], opposite: set[str]) -> tuple[Line, ...]:
    """Lines along all lanes' bounds, each once.

    `marks`: (lane, side) -> kind, "none", or "" where it is not known: then dashed between lanes that go the same
    way, double between directions (`opposite`: lanes with oncoming traffic beyond their left bound), else an edge.
    Lines that are not known are left out where other lanes lie across, in junctions also where any lie beyond.
    """
    found, doubled = [], set()
    areas = {lane.name: np.concatenate((lane.left, lane.right[::-1])) for lane in lanes}
    for lane in lanes:
        for side in ("left", "right"):
            kind, bound = marks[lane.name, side], getattr(lane, side)
            neighbour = getattr(lane, f"{side}_neighbour")
            neighbour = neighbour if neighbour in areas else None
            is_twin = side == "right" and neighbour is not None  # that one's left bound is the same line
            if is_twin or kind == "none":
                continue
            if kind:
                found.append(Line(bound, kind))
                continue
            others = [area for name, area in areas.items() if name not in (lane.name, neighbour)]
            if neighbour is None and side == "left" and lane.name in opposite and lane.junction < 0:
                key = tuple(np.round(np.sort(bound[[0, -1]], axis=0).ravel(), 1))
                if key not in doubled:
                    found += _clear(bound, "double", others, (_INSET, -_INSET))
                doubled.add(key)
            elif lane.junction < 0:
                found += _clear(bound, "edge" if neighbour is None else "dashed", others, (_INSET, -_INSET))
            elif neighbour is None:
                outward = _OUTWARD if side == "left" else -_OUTWARD
                found += _clear(bound, "edge", others, (outward,))
    return tuple(found)


def outer_edges(areas: tuple[np.ndarray, ...]) -> tuple[Line, ...]:
    """The rim of the union of areas: their outlines where not both sides lie in some area."""
    found = []
    for area in areas:
        found += _clear(np.concatenate((area, area[:1])), "edge", areas, (_INSET, -_INSET), by_any=True)
    return tuple(found)


def _clear(
    bound: Float64[np.ndarray, "point 2"],
    kind: str,
    areas: Iterable[np.ndarray],
    offsets: tuple[float, ...],
    *,
    by_any: bool = False,
) -> list[Line]:
    """The stretches of a line that are not covered: where its copies, moved to the left by `offsets`, all lie in one
    of the areas, or, `by_any`, each in some area.
    """
    length = arc_lengths(bound)[-1]
    points = points_at(bound, np.linspace(0.0, length, int(length / _STEP) + 2))
    along = np.gradient(points, axis=0)
    aside = np.stack((-along[:, 1], along[:, 0]), axis=1) / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    copies = [points + offset * aside for offset in offsets]
    inside = np.array([[_inside(copy, area) for copy in copies] for area in areas]).reshape(
        -1, len(copies), len(points)
    )
    covered = inside.any(axis=0).all(axis=0) if by_any else inside.all(axis=1).any(axis=0)
    if not covered.any():
        return [Line(bound, kind)]
    rims = np.flatnonzero(np.diff(np.concatenate(([True], covered, [True])).astype(int)))
    return [Line(points[low:high], kind) for low, high in zip(rims[::2], rims[1::2], strict=True) if high - low >= 2]


def _inside(
    points: Float64[np.ndarray, "point 2"], area: Float64[np.ndarray, "corner 2"]
) -> Bool[np.ndarray, " point"]:
    if (points.max(axis=0) < area.min(axis=0)).any() or (points.min(axis=0) > area.max(axis=0)).any():
        return np.zeros(len(points), bool)
    return is_inside(points, area)
