"""Roads put together lane by lane; what follows from geometry (conflicts, crossings, paths) is found at the end."""

from collections.abc import Sequence
from math import atan2

import numpy as np
from jaxtyping import Float64

from envs.core.naming import unknown_name
from envs.driving.network import Line, Network
from envs.driving.roads.assembly import Parts, assemble
from envs.driving.roads.legality import check_route, check_signal, known_lane
from envs.kernels.road_layout import vertex_headings
from envs.kernels.road_records import FREE, ROAD, SIGNAL

LINE_KINDS = ("edge", "solid", "dashed", "double")

Pose = tuple[float, float, float]
"""x [m], y [m], heading [rad]."""


class NetworkBuilder:
    """Collects the parts of a network; `finish` makes the arrays.

    Things are named by the integers that the adding methods return. Lanes are given by their centrelines in the
    direction of travel; a lane's own strip is always drivable.
    """

    def __init__(self) -> None:
        """Nothing yet."""
        self.parts = Parts()

    def add_lane(
        self,
        points: Float64[np.ndarray, "point axes"],
        *,
        limit: float,
        width: float = 3.5,
        kind: int = ROAD,
        junction: int = -1,
        control: int = FREE,
        signal: int = -1,
    ) -> int:
        """A lane along `points`: x and y [m], or x, y and the tangent's heading [rad]; returns its id.

        Two points make a straight lane; curves want one every 1.5 m or so. Without headings these are those of
        circles through neighbouring points. `limit` is in m/s; `control` and `signal` govern who may enter.
        """
        lanes = self.parts.lanes
        if len(points) < 2 or points.shape[1] not in (2, 3):
            raise ValueError(f"Lane {len(lanes)}: expected points [at least 2, 2 or 3], got {list(points.shape)}.")
        if (control == SIGNAL) != (signal >= 0):
            raise ValueError(f"Lane {len(lanes)}: control {control} and signal {signal} do not fit together.")
        if signal >= len(self.parts.signals):
            raise ValueError(f"Lane {len(lanes)}: no signal {signal}; there are {len(self.parts.signals)}.")
        self.parts.poses.append(points if points.shape[1] == 3 else with_headings(points))
        lanes.append((float(width), float(limit), int(kind), int(junction), int(control), int(signal)))
        self.parts.successors.append([])
        return len(lanes) - 1

    def begin(self, lane: int) -> Pose:
        """Where a lane begins."""
        x, y, heading = self.parts.poses[known_lane(lane, self.parts)][0].tolist()
        return x, y, heading

    def end(self, lane: int) -> Pose:
        """Where a lane ends."""
        x, y, heading = self.parts.poses[known_lane(lane, self.parts)][-1].tolist()
        return x, y, heading

    def length(self, lane: int) -> float:
        """How long a lane is [m]."""
        steps = np.diff(self.parts.poses[known_lane(lane, self.parts)][:, :2], axis=0)
        return float(np.hypot(steps[:, 0], steps[:, 1]).sum())

    def connect(self, lane: int, successor: int) -> None:
        """Whoever reaches the end of `lane` may go on along `successor`."""
        known_lane(successor, self.parts)
        after = self.parts.successors[known_lane(lane, self.parts)]
        if successor not in after:
            after.append(successor)
        if len(after) > 4:
            raise ValueError(f"Lane {lane}: more than four successors: {after}.")

    def neighbours(self, left: int, right: int) -> None:
        """Two lanes side by side that go the same way, and between which one may change, both ways."""
        self.parts.right_of[known_lane(left, self.parts)] = known_lane(right, self.parts)
        self.parts.left_of[right] = left

    def add_signal(self, colours: Sequence[int], durations: Sequence[float], offset: float = 0.0) -> int:
        """A signal that shows each of `colours` for its duration [s], over and over; returns its id.

        `offset` [s]: how far into its cycle it is at time 0.
        """
        check_signal(len(self.parts.signals), colours, durations)
        self.parts.signals.append((list(colours), [float(t) for t in durations], float(offset)))
        return len(self.parts.signals) - 1

    def add_bar(self, pose: Pose, *, width: float, length: float = 0.5, signal: int = -1) -> int:
        """A stop line around `pose`, `length` along its heading; shows while `signal` is not green (-1: always)."""
        self.parts.bars.append((*pose, float(length), float(width), int(signal)))
        return len(self.parts.bars) - 1

    def add_bar_at_end(self, lane: int, *, signal: int = -1, length: float = 0.5) -> int:
        """A stop line over the last half metre of a lane."""
        x, y, heading = self.end(lane)
        back = 0.5 * length
        pose = (x - back * np.cos(heading), y - back * np.sin(heading), heading)
        return self.add_bar(pose, width=self.parts.lanes[lane][0], length=length, signal=signal)

    def add_crosswalk(self, pose: Pose, *, length: float, width: float = 4.0, signal: int = -1) -> int:
        """A crosswalk around `pose`; pedestrians walk `length` metres along its heading, over the road.

        They wait while `signal` (one that vehicles obey) is not red; -1: they need not.
        """
        self.parts.crosswalks.append((*pose, float(length), float(width), int(signal)))
        return len(self.parts.crosswalks) - 1

    def add_area(self, polygon: Float64[np.ndarray, "corner 2"]) -> None:
        """Ground that is drivable although no lane lies on it."""
        self.parts.areas.append(polygon)

    def add_line(self, points: Float64[np.ndarray, "point 2"], kind: str) -> None:
        """A painted line or a kerb: "edge", "solid", "dashed" or "double"."""
        if kind not in LINE_KINDS:
            raise ValueError(f"Line {len(self.parts.lines)}: {unknown_name('kind of line', kind, LINE_KINDS)}")
        self.parts.lines.append(Line(points, kind))

    def prefer(self, lane: int, other: int) -> None:
        """Where both share ground, `lane` goes before `other`; without a word, whoever comes first."""
        self.parts.preferences[(known_lane(lane, self.parts), known_lane(other, self.parts))] = True

    def add_route(self, lanes: Sequence[int], start: float = 4.0, goal: float | None = None) -> int:
        """A route for controlled vehicles along lanes, each a successor or a neighbour of the one before.

        They begin at `start` and have arrived at `goal`, both metres along its path (None: 8 m before the end of
        its last lane). Lane changes are spread evenly over the lanes side by side. Returns its id.
        """
        check_route(len(self.parts.routes), lanes, self.parts)
        self.parts.routes.append((list(lanes), float(start), goal))
        return len(self.parts.routes) - 1

    def add_entry(self, lane: int) -> None:
        """New traffic appears on this lane."""
        self.parts.entries.append(known_lane(lane, self.parts))

    def finish(self, name: str, demand: float, pedestrians: int = 0) -> Network:
        """The network: `demand` is the share of the traffic's places that are taken, in [0, 1]."""
        return assemble(self.parts, name, demand=demand, pedestrians=pedestrians)


def with_headings(points: Float64[np.ndarray, "point 2"]) -> Float64[np.ndarray, "point 3"]:
    """A polyline with the headings of its tangents, exact for points on a circle."""
    poses = np.empty((len(points), 3))
    poses[:, :2] = points
    if len(points) == 2:
        (x, y), (to_x, to_y) = points.tolist()
        poses[:, 2] = atan2(to_y - y, to_x - x)
    else:
        vertex_headings(poses)
    return poses
