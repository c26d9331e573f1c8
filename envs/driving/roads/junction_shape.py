"""The ground plan of a junction: where its arms begin, and how its corners are rounded.

Arms are numbered counter-clockwise and point away from the centre. On an arm's left side (seen from the centre)
traffic comes in; the corner after arm k lies between its incoming side and the outgoing side of arm k + 1.
"""

from dataclasses import dataclass
from math import cos, pi, sin, tan

from envs.driving.roads.curves import Pose, Poses, ahead, arc, cubic, joined, straight

FLAT = 2.9
"""Corners between arms further apart than this are no corners: the kerb goes on [rad]."""
STOP_GAP = 0.5
"""From the rounded corner to the stop line, and from there to a crosswalk [m]."""


@dataclass(frozen=True)
class Arm:
    """A street that ends at a junction."""

    heading: float  # away from the centre [rad]
    lanes: int  # each way
    width: float  # of a lane [m]
    limit: float  # [m/s]
    crosswalk: float = 0.0  # width of its crosswalk [m]; 0: none

    @property
    def half(self) -> float:
        """From its middle to its kerb [m]."""
        return self.lanes * self.width


@dataclass(frozen=True)
class Shape:
    """A junction's ground plan."""

    centre: tuple[float, float]
    arms: tuple[Arm, ...]
    radius: float  # of the kerbs at corners [m]
    mouths: tuple[float, ...]  # from the centre to where the arm's kerbs become straight [m]
    stops: tuple[float, ...]  # from the centre to the stop line, where the arm's lanes begin and end [m]

    def at(self, arm: int, distance: float, left: float = 0.0) -> Pose:
        """The pose on an arm `distance` from the centre, heading outwards."""
        return ahead((*self.centre, self.arms[arm].heading), distance, left)

    def after(self, arm: int) -> int:
        """The next arm counter-clockwise."""
        return (arm + 1) % len(self.arms)

    def kerb(self, arm: int) -> Poses:
        """Around the corner after an arm, from its stop line to that of the next arm."""
        after = self.after(arm)
        apart = _apart(self.arms[arm], self.arms[after])
        x, y, heading = self.at(arm, self.stops[arm], self.arms[arm].half)
        begin = (x, y, heading + pi)
        end = self.at(after, self.stops[after], -self.arms[after].half)
        if apart > FLAT:
            return cubic(begin, end)
        here, there = _corner(self.arms[arm], self.arms[after])
        tangent = self.radius / tan(0.5 * apart)
        lead, rest = self.stops[arm] - here - tangent, self.stops[after] - there - tangent
        curve = arc(ahead(begin, lead), -1.0 / self.radius, self.radius * (pi - apart))
        return joined(straight(begin, lead), curve, straight(tuple(curve[-1].tolist()), rest))


def shape_junction(centre: tuple[float, float], arms: tuple[Arm, ...], radius: float) -> Shape:
    """The ground plan of a junction whose arms are given counter-clockwise."""
    mouths = [0.0] * len(arms)
    for k, arm in enumerate(arms):
        after = (k + 1) % len(arms)
        apart = _apart(arm, arms[after])
        if apart <= FLAT:
            here, there = _corner(arm, arms[after])
            tangent = radius / tan(0.5 * apart)
            mouths[k] = max(mouths[k], here + tangent)
            mouths[after] = max(mouths[after], there + tangent)
    stops = [
        mouth + STOP_GAP + (arm.crosswalk + STOP_GAP if arm.crosswalk else 0.0)
        for mouth, arm in zip(mouths, arms, strict=True)
    ]
    return Shape(centre, arms, radius, tuple(mouths), tuple(stops))


def _apart(arm: Arm, after: Arm) -> float:
    return (after.heading - arm.heading) % (2.0 * pi)


def _corner(arm: Arm, after: Arm) -> tuple[float, float]:
    """How far from the centre the kerbs of two arms meet, along the one and along the other [m]."""
    apart = _apart(arm, after)
    here = (after.half + arm.half * cos(apart)) / sin(apart)
    there = (arm.half + after.half * cos(apart)) / sin(apart)
    return here, there
