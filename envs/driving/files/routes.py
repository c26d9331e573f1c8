"""A route for each ego: the lanes that its track follows, and a path along them, PATH_STEP apart."""

from typing import Any

import numpy as np
from jaxtyping import Float64

from envs.driving.files.lanes import point_records
from envs.driving.files.matching import LaneFinder, Match, match
from envs.driving.files.paths import Guide, path_along
from envs.driving.files.polylines import arc_lengths, points_at, tidied, vertex_headings
from envs.driving.network import Network
from envs.kernels.road_records import LANE, PATH_POINT, PATH_STEP, ROUTE

BEHIND, BEYOND = 10.0, 60.0
"""How far paths reach behind the beginning and beyond the goal [m]."""
OWN_REACH = 5.0
"""How far a lane laid under a track reaches beyond both of its ends [m]; its path goes straight on."""
OWN_WIDTH = 3.5
"""Width of a lane laid under a track that follows no lanes [m]."""
SAMPLE_STEP = 2.0
"""Tracks are matched at positions so far apart [m]."""
MOST_OFF, USUALLY_OFF = 4.0, 3.2
"""How far a track may leave its lanes' path at most, and in nine tenths of its samples [m]; who turns cuts corners."""


def route_arrays(network: Network, num_egos: int) -> dict[str, Any]:
    """Fields `routes`, `route_lanes` and `path` of a network, for its first tracks.

    A track that no lanes fit (over a car park, against the flow, off the map) gets a lane of its own, laid under
    it; `lanes` and `points` hold those too.
    """
    finder = LaneFinder(network)
    limit = float(np.median(network.lanes["limit"]))
    lanes, points = [network.lanes], [network.points]
    routes, route_lanes, paths = np.zeros(num_egos, ROUTE), [], []
    num_lanes, num_points = len(network.lanes), len(network.points)
    for k in range(num_egos):
        poses = sampled(network.frames[k, network.tracks[k]["first"] : network.tracks[k]["last"] + 1])
        found = _on_lanes(network, finder, poses)
        if found is None:
            line = _under(poses)
            own_points = point_records(line)
            lanes.append(_own_lane(own_points, num_points, limit))
            points.append(own_points)
            found = (num_lanes,), _own_path(line, num_lanes, limit)
            num_lanes, num_points = num_lanes + 1, num_points + len(own_points)
        own_lanes, path = found
        routes[k] = (
            *(sum(map(len, route_lanes)), len(own_lanes), sum(map(len, paths)), len(path)),
            *(_along(path, poses[0], last=False), _along(path, poses[-1], last=True)),
        )
        route_lanes.append(own_lanes)
        paths.append(path)
    return {
        "lanes": np.concatenate(lanes),
        "points": np.concatenate(points),
        "routes": routes,
        "route_lanes": np.array([lane for own in route_lanes for lane in own], np.int32),
        "path": np.concatenate(paths) if paths else np.zeros(0, PATH_POINT),
    }


def sampled(frames: np.ndarray) -> Float64[np.ndarray, "sample 3"]:
    """Poses of a track SAMPLE_STEP apart or a little more, the first and the last among them."""
    poses = np.stack((frames["x"], frames["y"], frames["heading"]), axis=1)
    kept = [0]
    for k in range(1, len(poses)):
        if np.hypot(*(poses[k, :2] - poses[kept[-1], :2])) >= SAMPLE_STEP:
            kept.append(k)
    if kept[-1] != len(poses) - 1 and len(kept) > 1:
        kept[-1] = len(poses) - 1
    return poses[kept]


def _on_lanes(
    network: Network, finder: LaneFinder, poses: Float64[np.ndarray, "sample 3"]
) -> tuple[tuple[int, ...], np.ndarray] | None:
    found: Match | None = match(finder, poses)
    if found is None:
        return None
    lanes, path = path_along(Guide(network, finder), found, poses, reach=(BEHIND, BEYOND))
    gaps = np.hypot(path["x"] - poses[:, 0, None], path["y"] - poses[:, 1, None]).min(axis=1)
    if gaps.max() > MOST_OFF or np.percentile(gaps, 90) > USUALLY_OFF:
        return None
    return lanes, path


def _under(poses: Float64[np.ndarray, "sample 3"]) -> Float64[np.ndarray, "point 2"]:
    """A line under a track, and a little straight on at both ends."""
    line = tidied(poses[:, :2])
    return tidied(points_at(line, np.array([-OWN_REACH, *arc_lengths(line), arc_lengths(line)[-1] + OWN_REACH])))


def _own_lane(points: np.ndarray, first: int, limit: float) -> np.ndarray:
    lane = np.zeros(1, LANE)
    for name in ("left", "right", "next", "junction", "signal"):
        lane[name] = -1
    lane["first"], lane["count"], lane["length"] = first, len(points), points["s"][-1]
    lane["width"], lane["limit"] = OWN_WIDTH, limit
    return lane


def _own_path(line: Float64[np.ndarray, "point 2"], lane: int, limit: float) -> np.ndarray:
    s = np.arange(OWN_REACH - BEHIND, arc_lengths(line)[-1] - OWN_REACH + BEYOND, PATH_STEP)
    path = np.zeros(len(s), PATH_POINT)
    positions = points_at(line, s)
    path["x"], path["y"] = positions.T
    path["heading"] = vertex_headings(positions)
    path["limit"], path["lane"], path["lane_s"] = limit, lane, s
    return path


def _along(path: np.ndarray, pose: Float64[np.ndarray, " 3"], *, last: bool) -> float:
    """How far along the path a pose lies [m]; where the path crosses itself, at the first or the last such place."""
    distance = np.hypot(path["x"] - pose[0], path["y"] - pose[1])
    near = np.flatnonzero(distance <= distance.min() + 0.5 * PATH_STEP)
    index = int(near[-1] if last else near[0])
    point = path[index]
    east, north = pose[0] - point["x"], pose[1] - point["y"]
    return float(index * PATH_STEP + east * np.cos(point["heading"]) + north * np.sin(point["heading"]))
