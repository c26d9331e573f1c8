"""Lanelets of CommonRoad, with all that refers to them: speed limits, signs, traffic lights, stop lines, crosswalks."""

from dataclasses import dataclass

import numpy as np

from envs.driving.files.boundaries import MARKED, lane_lines
from envs.driving.files.commonroad_rules import Rules, control_of, read_rules
from envs.driving.files.commonroad_shapes import polygon_points
from envs.driving.files.crossings import with_crossings
from envs.driving.files.crosswalks import crosswalk_along
from envs.driving.files.elements import Element
from envs.driving.files.polylines import centreline, vertex_headings, without_repeats, wrapped
from envs.driving.files.road_map import MapLane, RoadMap
from envs.driving.network import Line
from envs.kernels.road_records import BAR, CROSSWALK, FREE, SIGNAL

NOT_DRIVEN = ("sidewalk", "crosswalk", "bicycleLane")
"""Types of lanelets without motor traffic."""
BAR_LENGTH = 0.5
"""Of stop lines, along the road [m]."""


@dataclass(frozen=True)
class _Lanelet:
    element: Element
    name: str
    types: tuple[str, ...]
    left: np.ndarray
    right: np.ndarray
    successors: tuple[str, ...]

    @property
    def area(self) -> np.ndarray:
        return np.concatenate((self.left, self.right[::-1]))

    @property
    def end_heading(self) -> float:
        return float(vertex_headings(centreline(self.left, self.right))[-1])


def read_map(root: Element, *, step: float) -> RoadMap:
    """The road network; `step` [s]: the unit of the traffic lights' times."""
    lanelets = [_lanelet(element) for element in root.children("lanelet")]
    if not lanelets:
        raise root.error("must contain at least one <lanelet>, found none: there is nothing to drive on.")
    rules = read_rules(root, step=step)
    driven = [lanelet for lanelet in lanelets if not set(lanelet.types) & set(NOT_DRIVEN)]
    entries = _controls(driven, rules)
    lanes = with_crossings(tuple(_map_lane(lanelet, rules, entries) for lanelet in driven))
    walks = [crosswalk_along(lanelet.left, lanelet.right) for lanelet in lanelets if "crosswalk" in lanelet.types]
    return RoadMap(
        lanes,
        areas=tuple(lanelet.area for lanelet in driven),
        lines=_lines(driven, lanes),
        signals=rules.signals,
        bars=_bars(driven, rules),
        crosswalks=np.array(walks, CROSSWALK),
    )


def _lanelet(element: Element) -> _Lanelet:
    left, right = (_bound(element.need(side)) for side in ("leftBound", "rightBound"))
    successors = tuple(child.attribute("ref") for child in element.children("successor"))
    types = tuple(child.text for child in element.children("laneletType"))
    return _Lanelet(element, element.attribute("id"), types, left, right, successors)


def _bound(element: Element) -> np.ndarray:
    points = polygon_points(element)
    if len(without_repeats(points) if len(points) else points) < 2:
        raise element.error(f"must hold at least two different points, found {len(points)}.")
    return points


def _map_lane(lanelet: _Lanelet, rules: Rules, entries: dict[str, tuple[int, int]]) -> MapLane:
    element = lanelet.element
    left, right = element.find("adjacentLeft"), element.find("adjacentRight")
    control, signal = entries.get(lanelet.name, (FREE, -1))
    return MapLane(
        lanelet.name,
        lanelet.left,
        lanelet.right,
        lanelet.successors,
        left_neighbour=_same_way(left),
        right_neighbour=_same_way(right),
        limit=rules.limit_of(element),
        junction=rules.junctions.get(lanelet.name, -1),
        control=control,
        signal=signal,
    )


def _same_way(neighbour: Element | None) -> str | None:
    if neighbour is None or neighbour.get("drivingDir") == "opposite":
        return None
    return neighbour.attribute("ref")


def _controls(driven: list[_Lanelet], rules: Rules) -> dict[str, tuple[int, int]]:
    """Who may enter a lanelet: what stands at the end of a lanelet governs its successors."""
    begin = {lanelet.name: vertex_headings(centreline(lanelet.left, lanelet.right)) for lanelet in driven}
    entries: dict[str, tuple[int, int]] = {}
    for lanelet in driven:
        for name in lanelet.successors:
            if name in begin:
                turn = float(wrapped(begin[name][-1] - begin[name][0]))
                control, signal = control_of(lanelet.element, rules, turn)
                if control != FREE and name not in entries:
                    entries[name] = (control, signal)
    return entries


def _bars(driven: list[_Lanelet], rules: Rules) -> np.ndarray:
    """Stop lines: where given, else at the end of the lanelet that a light or a sign governs."""
    found = []
    for lanelet in driven:
        control, signal = control_of(lanelet.element, rules, None)
        if control == FREE:
            continue
        line = lanelet.element.find("stopLine")
        points = np.zeros((0, 2)) if line is None else polygon_points(line)
        a, b = (points[0], points[-1]) if len(points) >= 2 else (lanelet.left[-1], lanelet.right[-1])
        x, y = 0.5 * (a + b)
        width = float(np.hypot(*(b - a)))
        found.append((x, y, lanelet.end_heading, BAR_LENGTH, width, signal if control == SIGNAL else -1))
    return np.array(found, BAR)


def _lines(driven: list[_Lanelet], lanes: tuple[MapLane, ...]) -> tuple[Line, ...]:
    opposite = {
        lanelet.name
        for lanelet in driven
        if (left := lanelet.element.find("adjacentLeft")) is not None and left.get("drivingDir") == "opposite"
    }
    marks = {}
    for lanelet in driven:
        for side in ("left", "right"):
            mark = lanelet.element.find(f"{side}Bound/lineMarking")
            marks[lanelet.name, side] = "" if mark is None else MARKED.get(mark.text, "")
    return lane_lines(lanes, marks, opposite)
