"""Vector maps of Argoverse 2: lane segments between two boundaries, crosswalks, drivable areas; JSON in city metres."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

from envs.core.naming import unknown_name
from envs.driving.files.boundaries import lane_lines, outer_edges
from envs.driving.files.crosswalks import crosswalk_along
from envs.driving.files.errors import format_error
from envs.driving.files.polylines import without_repeats, wrapped
from envs.driving.files.road_map import MapLane, RoadMap
from envs.kernels.road_records import CROSSWALK

DRIVEN = ("VEHICLE", "BUS")
LANE_TYPES = (*DRIVEN, "BIKE")
PARTS = ("lane_segments", "pedestrian_crossings", "drivable_areas")


def read_vector_map(path: Path) -> RoadMap:
    """Lanes for motor vehicles, and what is painted. There are no lights and no speed limits."""
    table = _load(path)
    segments = {name: _Segment(path, name, entry) for name, entry in table["lane_segments"].items()}
    driven = {name: segment for name, segment in segments.items() if segment.type in DRIVEN}
    junctions = _junctions(driven)
    lanes = tuple(_map_lane(segment, driven, junctions) for segment in driven.values())
    areas = tuple(_points(path, f"drivable_areas/{k}/area_boundary", entry.get("area_boundary"), 3)
                  for k, entry in table["drivable_areas"].items())  # fmt: skip
    walks = [_crosswalk(path, name, entry) for name, entry in table["pedestrian_crossings"].items()]
    marks = {(name, side): driven[name].mark(side) for name in driven for side in ("left", "right")}
    lines = lane_lines(lanes, marks, set())
    return RoadMap(lanes, areas, (*lines, *outer_edges(areas)), crosswalks=np.array(walks, CROSSWALK))


class _Segment:
    """One lane segment as it stands in the file."""

    def __init__(self, path: Path, name: str, entry: dict[str, Any]) -> None:
        where = f"lane_segments/{name}"
        if not isinstance(entry, dict):
            raise format_error(path, f"{where} must be an object, found {type(entry).__name__}.")
        self.name, self.entry = name, entry
        self.type = str(entry.get("lane_type"))
        if self.type not in LANE_TYPES:
            raise format_error(path, f"{where}: {unknown_name('lane type', self.type, LANE_TYPES)}")
        self.left = _points(path, f"{where}/left_lane_boundary", entry.get("left_lane_boundary"), 2)
        self.right = _points(path, f"{where}/right_lane_boundary", entry.get("right_lane_boundary"), 2)
        self.successors = tuple(str(other) for other in entry.get("successors") or ())
        self.is_intersection = bool(entry.get("is_intersection", False))

    @property
    def heading(self) -> float:
        """From the first points to the last."""
        east, north = self.left[-1] + self.right[-1] - self.left[0] - self.right[0]
        return float(np.arctan2(north, east))

    def neighbour(self, side: str) -> str | None:
        """Name of the segment beside this one, whatever way it goes."""
        other = self.entry.get(f"{side}_neighbor_id")
        return None if other is None else str(other)

    def mark(self, side: str) -> str:
        """Kind of the painted line; "none" where there is none."""
        mark = str(self.entry.get(f"{side}_lane_mark_type") or "NONE")
        if mark.startswith("DOUBLE_SOLID"):
            return "double"
        if "SOLID" in mark:
            return "solid"
        return "dashed" if "DASH" in mark else "none"


def _map_lane(segment: _Segment, driven: dict[str, _Segment], junctions: dict[str, int]) -> MapLane:
    sides = {}
    for side in ("left", "right"):
        other = driven.get(segment.neighbour(side) or "")
        # Neighbours across a yellow line are listed too.
        is_along = other is not None and abs(wrapped(other.heading - segment.heading)) < np.pi / 2
        sides[side] = other.name if other is not None and is_along else None
    return MapLane(
        segment.name,
        segment.left,
        segment.right,
        segment.successors,
        left_neighbour=sides["left"],
        right_neighbour=sides["right"],
        junction=junctions.get(segment.name, -1),
    )


def _junctions(driven: dict[str, _Segment]) -> dict[str, int]:
    """Segment -> number of its junction: segments of intersections that touch or cross, taken together."""
    inside = [segment for segment in driven.values() if segment.is_intersection]
    boxes = [(np.vstack((s.left, s.right)).min(axis=0), np.vstack((s.left, s.right)).max(axis=0)) for s in inside]
    number = list(range(len(inside)))
    for i, (low, high) in enumerate(boxes):
        for j in range(i):
            if (low <= boxes[j][1]).all() and (boxes[j][0] <= high).all():
                old, new = number[i], number[j]
                number = [new if k == old else k for k in number]
    order = {old: k for k, old in enumerate(dict.fromkeys(number))}
    return {segment.name: order[k] for segment, k in zip(inside, number, strict=True)}


def _crosswalk(path: Path, name: str, entry: dict[str, Any]) -> tuple[float, float, float, float, float, int]:
    where = f"pedestrian_crossings/{name}"
    a, b = (_points(path, f"{where}/{edge}", entry.get(edge), 2) for edge in ("edge1", "edge2"))
    return crosswalk_along(a, b)


def _points(path: Path, where: str, rows: Any, least: int) -> Float64[np.ndarray, "point 2"]:
    """[{x, y, z}, ...] as an array."""
    try:
        points = np.array([(row["x"], row["y"]) for row in rows], np.float64).reshape(-1, 2)
    except (TypeError, KeyError, ValueError):
        raise format_error(path, f"{where} must be a list of points with x and y, found {str(rows)[:60]!r}.") from None
    if not np.isfinite(points).all():
        raise format_error(path, f"{where} must hold finite numbers, found {points[~np.isfinite(points).all(1)][0]}.")
    if len(points) < least or len(without_repeats(points)) < 2:
        raise format_error(path, f"{where} must hold at least {least} different points, found {len(points)}.")
    return points


def _load(path: Path) -> dict[str, Any]:
    try:
        table = json.loads(path.read_text())
    except ValueError as error:
        line = getattr(error, "lineno", None)
        raise format_error(path, f"expected a JSON object: {error}.", line=line) from None
    for part in PARTS:
        if not isinstance(table, dict) or not isinstance(table.get(part, {}), dict):
            raise format_error(path, f"{part!r} must be an object of entries by id.")
    if not table.get("lane_segments"):
        raise format_error(path, f"expected 'lane_segments' with at least one lane, found {sorted(table)}.")
    return {part: table.get(part, {}) for part in PARTS}
