"""The run of a town's streets: from stop line to stop line, around bends, or out of the town."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import atan2, pi

import numpy as np

from envs.driving.roads.curves import Pose, Poses, arc, connector, cubic, joined
from envs.driving.roads.junction_shape import Shape
from envs.driving.roads.ring_shape import RingShape
from envs.driving.roads.town_plan import Node, TownPlan

BEND_REACH = 22.0
"""How far before a bend the street begins to turn [m]."""
SWAY = 0.08
"""How far a street's ends point away from each other at most [rad]."""
WAY_OUT = (62.0, 66.0)
"""Length of a street that leads straight out of the town [m]."""

End = tuple[int, int]
"""A street's number, and which end of it: 0 or 1."""
Shapes = Mapping[Node, Shape | RingShape]


@dataclass(frozen=True)
class Layout:
    """What is decided of a town before its junctions take shape."""

    plan: TownPlan
    headings: dict[End, float]  # in which streets leave their ends [rad]
    ends: dict[Node, list[End]]  # of the streets that meet at each crossing, counter-clockwise
    limits: list[float]  # of streets [m/s]
    width: float  # of lanes [m]


def draw_headings(rng: np.random.Generator, plan: TownPlan) -> dict[End, float]:
    """The direction in which every street leaves its ends [rad]."""
    headings = {}
    for k, street in enumerate(plan.streets):
        for end, nodes in enumerate((street.nodes, street.nodes[::-1])):
            (x, y), (to_x, to_y) = plan.places[nodes[0]], plan.places[nodes[1]]
            headings[k, end] = atan2(to_y - y, to_x - x)
            if len(nodes) == 2 and street.lanes == 1:
                headings[k, end] += float(rng.uniform(-SWAY, SWAY))
    return headings


def ends_at(plan: TownPlan, headings: dict[End, float]) -> dict[Node, list[End]]:
    """The ends of streets that meet at every crossing, counter-clockwise."""
    ends: dict[Node, list[End]] = {}
    for k, street in enumerate(plan.streets):
        ends.setdefault(street.nodes[0], []).append((k, 0))
        if not plan.is_border(street.nodes[-1]):
            ends.setdefault(street.nodes[-1], []).append((k, 1))
    return {node: sorted(ends[node], key=lambda end: headings[end] % (2.0 * pi)) for node in sorted(ends)}


def middle_of(rng: np.random.Generator, layout: Layout, shapes: Shapes, number: int) -> Poses:
    """A street's centreline."""
    street = layout.plan.streets[number]
    leads_out = layout.plan.is_border(street.nodes[-1])
    begin = _stop(layout, shapes, (number, 0))
    if leads_out and len(street.nodes) == 2:
        return arc(begin, float(rng.uniform(-1.0, 1.0)) / 250.0, float(rng.uniform(*WAY_OUT)))
    places = [layout.plan.places[node] for node in street.nodes]
    if leads_out:
        (from_x, from_y), (x, y) = places[-2:]
        finish = (x, y, atan2(y - from_y, x - from_x))
    else:
        x, y, heading = _stop(layout, shapes, (number, 1))
        finish = (x, y, heading + pi)
    if len(street.nodes) == 2:
        return cubic(begin, finish)
    halfway = [
        (0.5 * (x + to_x), 0.5 * (y + to_y), atan2(to_y - y, to_x - x))
        for (x, y), (to_x, to_y) in pairwise(places[1:-1])
    ]
    return joined(*(connector(a, b, reach=BEND_REACH) for a, b in pairwise([begin, *halfway, finish])))


def _stop(layout: Layout, shapes: Shapes, end: End) -> Pose:
    """Where a street begins at one of its ends, heading into the street."""
    node = layout.plan.streets[end[0]].nodes[-1 if end[1] else 0]
    arm = layout.ends[node].index(end)
    return shapes[node].at(arm, shapes[node].stops[arm])
