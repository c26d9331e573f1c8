"""Lanes of a map as LANE and POINT records."""

import numpy as np

from envs.driving.files.polylines import arc_lengths, centreline, distances, points_at, vertex_headings
from envs.driving.files.road_map import MapLane, RoadMap
from envs.kernels.road_records import CONNECTOR, CROSSING_STRETCH, LANE, POINT, ROAD

_SAMPLES = 15
MOST_SUCCESSORS = LANE["next"].shape[0]


def lane_arrays(road_map: RoadMap, *, default_limit: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(LANE, POINT, CROSSING_STRETCH) of all lanes; links to lanes that are not on the map are dropped."""
    number = {lane.name: k for k, lane in enumerate(road_map.lanes)}
    lanes, all_points, crossings = np.zeros(len(number), LANE), [], []
    first = 0
    for k, lane in enumerate(road_map.lanes):
        middle = centreline(lane.left, lane.right)
        points = point_records(middle)
        record = lanes[k]
        record["first"], record["count"], record["length"] = first, len(points), points["s"][-1]
        record["width"], record["limit"] = _width(lane, middle), lane.limit or default_limit
        record["left"] = number.get(lane.left_neighbour or "", -1)
        record["right"] = number.get(lane.right_neighbour or "", -1)
        successors = [number[name] for name in lane.successors if name in number][:MOST_SUCCESSORS]
        record["num_next"], record["next"] = len(successors), -1
        record["next"][: len(successors)] = successors
        record["kind"], record["junction"] = CONNECTOR if lane.junction >= 0 else ROAD, lane.junction
        record["control"], record["signal"] = lane.control, lane.signal
        record["first_crossing"] = len(crossings)
        crossings += _crossings(points, road_map.crosswalks, float(record["width"]))
        record["num_crossings"] = len(crossings) - record["first_crossing"]
        first += len(points)
        all_points.append(points)
    return lanes, np.concatenate(all_points), np.array(crossings, CROSSING_STRETCH)


def point_records(points: np.ndarray) -> np.ndarray:
    """POINT records of a polyline [point 2]."""
    records = np.zeros(len(points), POINT)
    records["x"], records["y"] = points.T
    records["s"], records["heading"] = arc_lengths(points), vertex_headings(points)
    return records


def _width(lane: MapLane, middle: np.ndarray) -> float:
    """Usual distance between the bounds, across: lanes cut off at a map's end may have ends aslant."""
    even = points_at(middle, np.linspace(0.0, arc_lengths(middle)[-1], _SAMPLES))
    return float(np.median(distances(even, lane.left) + distances(even, lane.right)))


def _crossings(points: np.ndarray, crosswalks: np.ndarray, width: float) -> list[tuple[int, float, float]]:
    """Crosswalks over a lane: those in whose rectangle its centreline runs for a while."""
    s = np.arange(0.0, points["s"][-1], 0.25)
    x, y = points_at(np.stack((points["x"], points["y"]), axis=1), s).T
    found = []
    for k, walk in enumerate(crosswalks):
        east, north = x - walk["x"], y - walk["y"]
        cosine, sine = np.cos(walk["heading"]), np.sin(walk["heading"])
        along, aside = np.abs(east * cosine + north * sine), np.abs(north * cosine - east * sine)
        over = s[(along <= walk["length"] / 2 + width / 4) & (aside <= walk["width"] / 2)]
        if len(over):
            found.append((k, float(over[0]), float(over[-1])))
    return found
