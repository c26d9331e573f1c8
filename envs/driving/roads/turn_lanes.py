"""Which lanes of an arm lead where: every movement is legal, and none crosses another of the same arm."""

from collections.abc import Sequence
from math import pi
from typing import NamedTuple

from envs.driving.roads.curves import wrapped
from envs.driving.roads.junction_shape import Arm

LEFT, STRAIGHT, RIGHT = 1, 0, -1
STRAIGHT_BEND = 0.79
"""Movements that bend less go straight on [rad]."""


class Movement(NamedTuple):
    """One lane's way through a junction."""

    arm: int  # where it comes from
    lane: int  # which lane of that arm, counted from the street's middle
    to: int  # arm where it leaves
    to_lane: int
    side: int  # LEFT, STRAIGHT or RIGHT


def side_of(arm: Arm, to: Arm) -> int:
    """Whether from one arm to another is LEFT, STRAIGHT or RIGHT."""
    bend = bend_of(arm, to)
    return STRAIGHT if abs(bend) < STRAIGHT_BEND else LEFT if bend > 0.0 else RIGHT


def bend_of(arm: Arm, to: Arm) -> float:
    """The angle that one turns by from one arm into another, positive to the left [rad]."""
    return wrapped(to.heading - arm.heading - pi)


def movements(arms: Sequence[Arm], left_only: bool) -> list[Movement]:
    """All movements of a junction; `left_only`: the lane next to the middle only turns left where it can.

    Left turns start from the lane next to the middle and end in one, right turns from the outermost lane and end
    there, and straight ones keep their lane.
    """
    found = []
    for arm, origin in enumerate(arms):
        sides = {to: side_of(origin, arms[to]) for to in range(len(arms)) if to != arm}
        if len(arms) == 2:  # a bend: every lane goes on
            sides = dict.fromkeys(sides, STRAIGHT)
        for to, side in sorted(sides.items(), key=lambda item: -bend_of(origin, arms[item[0]])):
            there = arms[to].lanes
            if side == LEFT:
                found.append(Movement(arm, 0, to, 0, side))
            elif side == RIGHT:
                found.append(Movement(arm, origin.lanes - 1, to, there - 1, side))
            else:
                first = 1 if left_only and origin.lanes > 1 and LEFT in sides.values() else 0
                lanes = _straight_lanes(origin.lanes, there, first, RIGHT in sides.values())
                found += [Movement(arm, lane, to, min(lane, there - 1), side) for lane in lanes]
    return found


def _straight_lanes(lanes: int, there: int, first: int, turns_right: bool) -> range:
    """Lanes that go straight on, no more than there are on the other side; those left over must turn."""
    if turns_right:
        return range(first, min(lanes, first + there))
    return range(max(first, lanes - there), lanes)
