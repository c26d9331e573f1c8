"""The ground plan of a roundabout: where arms begin, and how one drives in and out.

Arms are numbered counter-clockwise and point away from the centre, as at junctions; traffic circulates
counter-clockwise. Every arm leaves the ring `spread` before its own direction and enters it `spread` after.
"""

from dataclasses import dataclass
from math import ceil, cos, pi, sin
from typing import NamedTuple

import numpy as np

from envs.driving.roads.curves import Pose, Poses, ahead, connector
from envs.driving.roads.junction_shape import STOP_GAP, Arm

LEAST_RADIUS = 11.0
"""Of the circle that would round the corner into the ring [m]; the curve itself is a third sharper at its middle."""
SPREADS = tuple(np.arange(0.30, 0.90, 0.02).tolist())
BODY_AWAY = 0.9
"""From the ring's outer edge to the yield line [m]."""
LEAST_STRETCH = 5.0
"""Of the ring between two arms [m]."""
STEP = 2.0
"""Distance of the points on the ring [m]: chords stay within 4 cm."""


@dataclass(frozen=True)
class RingShape:
    """A roundabout's ground plan."""

    centre: tuple[float, float]
    arms: tuple[Arm, ...]
    radius: float  # of the outermost lane's centreline [m]
    lanes: int  # of the ring
    width: float  # of a lane of the ring [m]
    limit: float  # on the ring [m/s]
    spreads: tuple[float, ...]  # per arm [rad]
    mouths: tuple[float, ...]  # from the centre to where the arm's lanes are straight [m]
    stops: tuple[float, ...]  # from the centre to where the arm's lanes begin and end [m]

    @property
    def outer(self) -> float:
        """Radius of the ring's outer edge [m]."""
        return self.radius + 0.5 * self.width

    def lane_radius(self, lane: int) -> float:
        """Of the centreline of a lane of the ring, 0 the outermost [m]."""
        return self.radius - lane * self.width

    def sector(self, lane: int, begin: float, end: float) -> Poses:
        """A lane of the ring from one angle counter-clockwise to another [rad]."""
        radius = self.lane_radius(lane)
        heading = begin + 0.5 * pi
        apart = (end - begin) % (2.0 * pi)
        num = 1 + max(2, ceil(self.radius * apart / STEP))  # the same for all lanes: no cracks between them
        return _on_circle(self.centre, radius, np.linspace(heading, heading + apart, num))

    def on_ring(self, lane: int, angle: float) -> Pose:
        """The pose on a lane of the ring at an angle from the centre."""
        radius = self.lane_radius(lane)
        x, y = self.centre
        return x + radius * cos(angle), y + radius * sin(angle), angle + 0.5 * pi

    def at(self, arm: int, distance: float) -> Pose:
        """The pose in the middle of an arm `distance` from the centre, heading outwards."""
        return ahead((*self.centre, self.arms[arm].heading), distance)

    def leaves_at(self, arm: int) -> float:
        """The angle at which an arm leaves the ring [rad]."""
        return self.arms[arm].heading - self.spreads[arm]

    def enters_at(self, arm: int) -> float:
        """The angle at which an arm enters the ring [rad]."""
        return self.arms[arm].heading + self.spreads[arm]

    def after(self, arm: int) -> int:
        """The next arm counter-clockwise."""
        return (arm + 1) % len(self.arms)


def shape_roundabout(
    centre: tuple[float, float],
    arms: tuple[Arm, ...],
    *,
    radius: float,
    lanes: int = 1,
    width: float = 4.2,
    limit: float = 8.0,
) -> RingShape:
    """The ground plan of a roundabout whose arms are given counter-clockwise; `radius` of its outermost lane.

    Raises ``ValueError`` for arms that are wider than the ring or too near to one another for their size, and if
    the inner lane of a ring would lead nowhere.
    """
    for k, arm in enumerate(arms):
        if not 1 <= arm.lanes <= lanes:
            raise ValueError(
                f"Arm {k} of the roundabout: expected 1 to {lanes} lanes, as the ring has; got {arm.lanes}."
            )
    widest = sum(arm.lanes == lanes for arm in arms)
    if widest < 2:
        raise ValueError(f"A roundabout of {lanes} lanes: expected at least two arms with as many, got {widest}.")
    spreads = tuple(spread_of(arm, radius) for arm in arms)
    for k, arm in enumerate(arms):
        after = (k + 1) % len(arms)
        apart = (arms[after].heading - arm.heading) % (2.0 * pi) or 2.0 * pi
        needed = least_apart(spreads[k], spreads[after], radius)
        if apart < needed:
            raise ValueError(
                f"Arms {k} and {after} of the roundabout: expected at least {needed:.2f} rad between them where the "
                f"ring's radius is {radius:.1f} m; got {apart:.2f}."
            )
    mouths = tuple(_mouth(arm, radius, spread) for arm, spread in zip(arms, spreads, strict=True))
    stops = tuple(
        mouth + (arm.crosswalk + 2.0 * STOP_GAP if arm.crosswalk else 0.0)
        for mouth, arm in zip(mouths, arms, strict=True)
    )
    return RingShape(centre, arms, radius, lanes, width, limit, spreads, mouths, stops)


def spread_of(arm: Arm, radius: float) -> float:
    """How far from an arm's direction its ways in and out meet the ring, for curves of at least LEAST_RADIUS [rad]."""
    for spread in SPREADS:
        tangent = _tangent(arm, radius, spread)
        if tangent * _cotangent(spread) >= LEAST_RADIUS:
            return spread
    return SPREADS[-1]


def least_apart(spread: float, other: float, radius: float) -> float:
    """The least angle between two neighbouring arms [rad]."""
    return spread + other + LEAST_STRETCH / radius


class Way(NamedTuple):
    """From an arm's mouth into a lane of the ring, in the arm's frame (x outwards); mirrored, the way out."""

    approach: Poses  # up to the yield line
    entry: Poses  # and on into the ring


def lane_for(arm_lanes: int, ring_lane: int) -> int:
    """The lane of an arm from which a lane of the ring is entered, and to which it is left: outermost to outermost."""
    return arm_lanes - 1 - ring_lane


def ways_in(shape: RingShape, k: int) -> list[Way]:
    """From an arm into as many lanes of the ring as it has itself, the outermost first."""
    arm, spread, ways = shape.arms[k], shape.spreads[k], []
    for lane in range(arm.lanes):
        radius = shape.lane_radius(lane)
        begin = (shape.mouths[k], (lane_for(arm.lanes, lane) + 0.5) * arm.width, pi)
        curve = connector(begin, (radius * cos(spread), radius * sin(spread), spread + 0.5 * pi))
        cut = _yield_index(curve, shape.outer + BODY_AWAY)
        ways.append(Way(curve[: cut + 1], curve[cut:]))
    return ways


def placed(poses: Poses, centre: tuple[float, float], heading: float) -> Poses:
    """From an arm's frame into the world."""
    c, s = cos(heading), sin(heading)
    return poses @ np.array(((c, s, 0.0), (-s, c, 0.0), (0.0, 0.0, 1.0))) + np.array((*centre, heading))


def mirrored(poses: Poses) -> Poses:
    """In the arm's frame: the way out that mirrors a way in."""
    back = poses[::-1].copy()
    back[:, 1] *= -1.0
    back[:, 2] = pi - back[:, 2]
    return back


def _yield_index(poses: Poses, radius: float) -> int:
    """The last point of an entry curve further from the centre than `radius`, neither of its ends."""
    outside = np.hypot(poses[:, 0], poses[:, 1]) > radius
    return min(max(1, int(np.argmin(outside)) - 1), len(poses) - 2)


def _mouth(arm: Arm, radius: float, spread: float) -> float:
    """Far enough out for the outermost and the innermost lane to turn within."""
    reaches = []
    for lane in (0, arm.lanes - 1):
        aside = (lane + 0.5) * arm.width
        tangent = (radius * sin(spread) - aside) / cos(spread)
        reaches.append(radius * cos(spread) + tangent * sin(spread) + tangent)
    return max(*reaches, radius + 8.0)


def _tangent(arm: Arm, radius: float, spread: float) -> float:
    """From the outermost lane's line to the ring, along the tangent there [m]."""
    return (radius * sin(spread) - (arm.lanes - 0.5) * arm.width) / cos(spread)


def _cotangent(spread: float) -> float:
    """Radius of a turn into the ring over the tangent's length []."""
    bend = 0.5 * pi - spread
    return cos(0.5 * bend) / sin(0.5 * bend)


def _on_circle(centre: tuple[float, float], radius: float, headings: np.ndarray) -> Poses:
    poses = np.empty((len(headings), 3))
    poses[:, 0] = centre[0] + radius * np.sin(headings)
    poses[:, 1] = centre[1] - radius * np.cos(headings)
    poses[:, 2] = headings
    return poses
