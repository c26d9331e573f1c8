"""The path along a match: centrelines one after another, lane changes blended."""

import itertools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from envs.driving.files.matching import LaneFinder, Match
from envs.driving.files.polylines import arc_lengths, points_at, vertex_headings, without_repeats, wrapped
from envs.driving.network import Network
from envs.kernels.road_records import PATH_POINT, PATH_STEP

CHANGE_LENGTH = 40.0
"""Of the stretch in which a lane change is blended [m]."""
_FINE = 0.5
_SPARE = 80.0


@dataclass(frozen=True)
class Guide:
    """The lanes, and a way to look them up."""

    network: Network
    finder: LaneFinder

    def centreline(self, lane: int) -> Float64[np.ndarray, "point 2"]:
        """Its points."""
        row = self.network.lanes[lane]
        points = self.network.points[row["first"] : row["first"] + row["count"]]
        return np.stack((points["x"], points["y"]), axis=1)

    def is_successor(self, lane: int, after: int) -> bool:
        """Whether `after` follows `lane`."""
        row = self.network.lanes[lane]
        return after in row["next"][: row["num_next"]]

    def straightest(self, lane: int) -> int:
        """The successor that turns least, or -1."""
        row = self.network.lanes[lane]
        ways = [int(way) for way in row["next"][: row["num_next"]]]
        return min(ways, key=lambda way: abs(self._turn(way)), default=-1)

    def predecessor(self, lane: int) -> int:
        """The one that turns least on the way here, or -1."""
        lanes = self.network.lanes
        is_next = (lanes["next"] == lane) & (np.arange(lanes["next"].shape[1]) < lanes["num_next"][:, None])
        ways = [int(way) for way in np.flatnonzero(is_next.any(axis=1))]
        return min(ways, key=lambda way: abs(self._turn(way)), default=-1)

    def _turn(self, lane: int) -> float:
        row = self.network.lanes[lane]
        headings = self.network.points["heading"]
        return float(wrapped(headings[row["first"] + row["count"] - 1] - headings[row["first"]]))


def path_along(
    guide: Guide, found: Match, poses: Float64[np.ndarray, "sample 3"], *, reach: tuple[float, float]
) -> tuple[tuple[int, ...], np.ndarray]:
    """(lanes, PATH_POINT [point]): from reach[0] metres behind the first pose to reach[1] beyond the last.

    Beyond the last matched lane the route goes on along the straightest successors, and without any, straight on.
    """
    runs = _runs(found)
    lines = [_long_line(guide, run) for run in runs]
    places = np.array([[x, y] for _, x, y in found.changes]).reshape(-1, 2)
    begin = _project(lines[0], poses[0, :2]) - reach[0]
    leave = [_project(lines[k], place) for k, place in enumerate(places)]
    enter = [_project(lines[k + 1], place) for k, place in enumerate(places)]
    end = _project(lines[-1], poses[-1, :2]) + reach[1]
    positions = _joined(lines, begin, leave, enter, end)
    lanes = found.lanes + _ahead(guide, runs[-1][-1], end - arc_lengths(_line(guide, runs[-1]))[-1])
    return lanes, _records(guide, lanes, positions)


def _runs(found: Match) -> list[tuple[int, ...]]:
    """Lanes between lane changes, each run along successors."""
    cuts = [0, *(k for k, _, _ in found.changes), len(found.lanes)]
    return [found.lanes[low:high] for low, high in itertools.pairwise(cuts)]


def _line(guide: Guide, run: tuple[int, ...]) -> np.ndarray:
    return without_repeats(np.concatenate([guide.centreline(lane) for lane in run]))


@dataclass(frozen=True)
class _Line:
    """A run's centreline with what comes before and after it; s = 0 where the run begins."""

    points: np.ndarray
    before: float

    def at(self, s: np.ndarray) -> np.ndarray:
        return points_at(self.points, s + self.before)


def _long_line(guide: Guide, run: tuple[int, ...]) -> _Line:
    head, before = [], 0.0
    lane = guide.predecessor(run[0])
    while lane >= 0 and before < _SPARE and lane not in run and lane not in head:
        head.insert(0, lane)
        before += float(guide.network.lanes[lane]["length"])
        lane = guide.predecessor(lane)
    tail = _ahead(guide, run[-1], _SPARE)
    whole = _line(guide, (*head, *run, *tail))
    return _Line(whole, float(arc_lengths(_line(guide, (*head, run[0])))[-1] - guide.network.lanes[run[0]]["length"]))


def _ahead(guide: Guide, lane: int, metres: float) -> tuple[int, ...]:
    """Lanes that lead on from a lane's end for so many metres."""
    found: tuple[int, ...] = ()
    while metres > 0.0:
        lane = guide.straightest(lane)
        if lane < 0 or lane in found:
            break
        found += (lane,)
        metres -= float(guide.network.lanes[lane]["length"])
    return found


def _project(line: _Line, position: np.ndarray) -> float:
    """S of the nearest point of a line, beyond its ends straight on."""
    length = arc_lengths(line.points)[-1]
    s = np.arange(-line.before - 40.0, length - line.before + 40.0, _FINE)
    nearest = s[np.argmin(np.hypot(*(line.at(s) - position).T))]
    s = nearest + np.linspace(-_FINE, _FINE, 101)
    return float(s[np.argmin(np.hypot(*(line.at(s) - position).T))])


def _joined(lines: list[_Line], begin: float, leave: list[float], enter: list[float], end: float) -> np.ndarray:
    """Fine positions along all lines: at each change from `leave` on one to `enter` on the next, smoothly."""
    pieces, here = [], begin
    for k, (out, into) in enumerate(zip(leave, enter, strict=True)):
        room_before = out - here if k == 0 else 0.5 * (out - here)
        room_after = (end if k + 1 == len(leave) else 0.5 * (leave[k + 1] + into)) - into
        half = max(1.0, min(CHANGE_LENGTH / 2, room_before, room_after))
        pieces.append(lines[k].at(np.arange(here, out - half, _FINE)))
        u = np.arange(-half, half, _FINE)
        share = _smooth((u + half) / (2 * half))[:, None]
        pieces.append((1 - share) * lines[k].at(out + u) + share * lines[k + 1].at(into + u))
        here = into + half
    pieces.append(lines[-1].at(np.arange(here, end, _FINE)))
    return without_repeats(np.concatenate(pieces))


def _smooth(t: np.ndarray) -> np.ndarray:
    """0 to 1 with two continuous derivatives."""
    return t**3 * (10 - 15 * t + 6 * t**2)


def _records(guide: Guide, lanes: tuple[int, ...], positions: np.ndarray) -> np.ndarray:
    """PATH_POINT records, PATH_STEP apart, of a fine line."""
    length = arc_lengths(positions)[-1]
    positions = points_at(positions, np.arange(0.0, length, PATH_STEP))
    path = np.zeros(len(positions), PATH_POINT)
    path["x"], path["y"] = positions.T
    path["heading"] = vertex_headings(positions)
    own = np.array(lanes)
    for point in path:
        distance, s, _ = guide.finder.project(point["x"], point["y"])
        lane = own[np.argmin(distance[own])]
        point["lane"], point["lane_s"] = lane, s[lane]
        point["limit"] = guide.network.lanes[lane]["limit"]
    return path
