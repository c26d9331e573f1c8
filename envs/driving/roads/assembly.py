"""A network's parts, and the arrays that are made of them."""

from dataclasses import dataclass, field

import numpy as np

from envs.driving.network import Line, Network
from envs.driving.roads.legality import check_preferences
from envs.kernels.road_conflicts import bound_lanes, find_conflicts, sort_conflicts
from envs.kernels.road_crossings import find_crossings
from envs.kernels.road_layout import lay_path, measure_lanes
from envs.kernels.road_records import (
    BAR,
    CONFLICT,
    CROSSING_STRETCH,
    CROSSWALK,
    FRAME,
    LANE,
    PATH_POINT,
    PATH_STEP,
    POINT,
    ROUTE,
    SIGNAL_PHASES,
    TRACK,
)

GOAL_BEFORE_END = 8.0
"""Where a route's goal lies before the end of its path, unless said otherwise [m]."""
PAIRS_AT_FIRST = 4
"""Pairs of lanes in conflict that there is room for at first, per lane."""


@dataclass
class Parts:
    """What a builder has collected so far; positions in the lists are the ids."""

    lanes: list[tuple[float, float, int, int, int, int]] = field(default_factory=list)
    """Width, limit, kind, junction, control, signal."""
    poses: list[np.ndarray] = field(default_factory=list)
    successors: list[list[int]] = field(default_factory=list)
    left_of: dict[int, int] = field(default_factory=dict)
    right_of: dict[int, int] = field(default_factory=dict)
    signals: list[tuple[list[int], list[float], float]] = field(default_factory=list)
    bars: list[tuple[float, ...]] = field(default_factory=list)
    crosswalks: list[tuple[float, ...]] = field(default_factory=list)
    areas: list[np.ndarray] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    preferences: dict[tuple[int, int], bool] = field(default_factory=dict)
    routes: list[tuple[list[int], float, float | None]] = field(default_factory=list)
    entries: list[int] = field(default_factory=list)


def assemble(parts: Parts, name: str, *, demand: float, pedestrians: int) -> Network:
    """The arrays of a network; `demand` is in [0, 1]."""
    if not parts.lanes:
        raise ValueError(f"Network {name!r}: expected at least one lane, got none.")
    if not 0.0 <= demand <= 1.0:
        raise ValueError(f"Network {name!r}: expected a demand in [0, 1], got {demand}.")
    lanes, points = _lanes(parts)
    conflicts = _conflicts(parts, lanes, points)
    crosswalks = _table(parts.crosswalks, CROSSWALK)
    crossings = _crossings(lanes, points, crosswalks)
    routes, route_lanes, path = _routes(parts, lanes, points)
    return Network(
        lanes=lanes,
        points=points,
        conflicts=conflicts,
        signals=_signals(parts),
        bars=_table(parts.bars, BAR),
        crosswalks=crosswalks,
        crossings=crossings,
        routes=routes,
        route_lanes=route_lanes,
        path=path,
        entries=np.array(parts.entries, np.int32),
        tracks=np.zeros(0, TRACK),
        frames=np.zeros((0, 0), FRAME),
        areas=tuple(parts.areas),
        lines=tuple(parts.lines),
        demand=float(demand),
        pedestrians=int(pedestrians) if len(crosswalks) else 0,
        name=name,
    )


def _table(rows: list[tuple[float, ...]], dtype: np.dtype) -> np.ndarray:
    """Records whose padding is zero too, so that equal networks are so bitwise."""
    table = np.zeros(len(rows), dtype)
    if rows:
        table[:] = rows
    return table


def _cut(table: np.ndarray, num: int) -> np.ndarray:
    """A copy of the first records, padding and all (numpy's leaves whatever was in memory there)."""
    return table[:num].view(np.uint8).copy().view(table.dtype)


def _lanes(parts: Parts) -> tuple[np.ndarray, np.ndarray]:
    num = len(parts.lanes)
    lanes = np.zeros(num, LANE)
    counts = np.array([len(poses) for poses in parts.poses], np.int32)
    lanes["count"] = counts
    lanes["first"] = np.cumsum(counts) - counts
    columns = np.array(parts.lanes)
    for column, key in enumerate(("width", "limit", "kind", "junction", "control", "signal")):
        lanes[key] = columns[:, column]
    lanes["left"] = [parts.left_of.get(lane, -1) for lane in range(num)]
    lanes["right"] = [parts.right_of.get(lane, -1) for lane in range(num)]
    lanes["num_next"] = [len(after) for after in parts.successors]
    lanes["next"] = [after + [-1] * (4 - len(after)) for after in parts.successors]
    points = np.zeros(int(counts.sum()), POINT)
    measure_lanes(np.concatenate(parts.poses), lanes, points)
    return lanes, points


def _conflicts(parts: Parts, lanes: np.ndarray, points: np.ndarray) -> np.ndarray:
    bounds = np.empty((len(lanes), 4))
    bound_lanes(lanes, points, bounds)
    room = PAIRS_AT_FIRST * len(lanes)
    while True:
        pairs, stretches = np.empty((room, 3), np.int32), np.empty((room, 4))
        num = find_conflicts(lanes, points, bounds, pairs, stretches)
        if num <= room:
            break
        room = num
    conflicts = np.zeros(2 * num, CONFLICT)
    sort_conflicts(lanes, pairs[:num], stretches[:num], _rights(parts), conflicts)
    return conflicts


def _rights(parts: Parts) -> np.ndarray:
    check_preferences(parts)
    rights = np.zeros((len(parts.lanes), len(parts.lanes)), np.int8)
    if parts.preferences:
        first, second = np.array(list(parts.preferences)).T
        rights[first, second] = 1
        rights[second, first] = -1
    return rights


def _crossings(lanes: np.ndarray, points: np.ndarray, crosswalks: np.ndarray) -> np.ndarray:
    if not len(crosswalks):
        return np.zeros(0, CROSSING_STRETCH)
    crossings = np.zeros(len(lanes) * 2, CROSSING_STRETCH)
    num = find_crossings(lanes, points, crosswalks, crossings)
    if num > len(crossings):
        crossings = np.zeros(num, CROSSING_STRETCH)
        find_crossings(lanes, points, crosswalks, crossings)
    return _cut(crossings, num)


def _signals(parts: Parts) -> np.ndarray:
    signals = np.zeros(len(parts.signals), SIGNAL_PHASES)
    for signal, (colours, durations, offset) in zip(signals, parts.signals, strict=True):
        until = np.cumsum(durations)
        signal["count"], signal["cycle"], signal["offset"] = len(colours), until[-1], offset
        signal["colour"][: len(colours)] = colours
        signal["until"][: len(colours)] = until
    return signals


def _routes(parts: Parts, lanes: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    routes = np.zeros(len(parts.routes), ROUTE)
    counts = [len(sequence) for sequence, _, _ in parts.routes]
    route_lanes = np.array([lane for sequence, _, _ in parts.routes for lane in sequence], np.int32)
    # A lane change lengthens a path a little: by less than a tenth, and by less than PATH_STEP per lane.
    room = int(1.1 * lanes["length"][route_lanes].sum() / PATH_STEP) + len(route_lanes) + len(routes)
    path = np.zeros(room, PATH_POINT)
    first, first_point = 0, 0
    for k, ((_, start, goal), count) in enumerate(zip(parts.routes, counts, strict=True)):
        num = lay_path(lanes, points, route_lanes, first, count, path, first_point)
        end = (num - 1) * PATH_STEP
        goal = end - GOAL_BEFORE_END if goal is None else goal
        if not 0.0 <= start < goal <= end:
            raise ValueError(f"Route {k}: start {start} and goal {goal} do not fit a path of {end} m.")
        routes[k] = (first, count, first_point, num, start, goal)
        first, first_point = first + count, first_point + num
    return routes, route_lanes, _cut(path, first_point)
