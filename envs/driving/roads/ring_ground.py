"""The ground of a roundabout: kerbs round its sectors, islands, crosswalks and the lines between lanes."""

from collections.abc import Mapping
from itertools import pairwise
from math import ceil, pi

import numpy as np
from jaxtyping import Float64

from envs.driving.roads.builder import NetworkBuilder
from envs.driving.roads.curves import aside, joined
from envs.driving.roads.junction_shape import STOP_GAP, Arm
from envs.driving.roads.ring_shape import STEP, RingShape, Way, mirrored, placed

LEAST_ISLAND = 0.8
"""Half the width that makes an island of what lies between the ways in and out [m]."""
TIP = 1e-3
"""Half the width with which an island begins [m]."""
OVERLAP = 1.5
"""Of the ground that fills a smaller gap and the ring [m]."""
Line = Float64[np.ndarray, "point 2"]


def add_ground(builder: NetworkBuilder, shape: RingShape, ways: Mapping[tuple[int, float], list[Way]]) -> None:
    """Everything that is painted; `ways` into the ring for each (lanes, width) of arms."""
    _add_circles(builder, shape)
    for k, arm in enumerate(shape.arms):
        after = shape.after(k)
        other = shape.arms[after]
        _add_kerb(builder, shape, k, ways[arm.lanes, arm.width], ways[other.lanes, other.width])
        _add_island(builder, shape, k, ways[arm.lanes, arm.width])
        _fill_gaps(builder, shape, k, ways[arm.lanes, arm.width])
        if arm.crosswalk:
            _add_crosswalk(builder, shape, k)


def _add_circles(builder: NetworkBuilder, shape: RingShape) -> None:
    for lane in range(shape.lanes):
        radius = shape.lane_radius(lane) - 0.5 * shape.width
        kind = "edge" if lane == shape.lanes - 1 else "dashed"
        builder.add_line(_arc(shape, radius, 0.0, 2.0 * pi), kind)


def _add_kerb(builder: NetworkBuilder, shape: RingShape, k: int, ways: list[Way], ways_after: list[Way]) -> None:
    """To the right of whoever comes in from arm k and leaves at the next; the ground up to it is drivable."""
    after = shape.after(k)
    arm, other = shape.arms[k], shape.arms[after]
    way_in = placed(joined(*ways[0]), shape.centre, arm.heading)
    way_out = placed(mirrored(joined(*ways_after[0])), shape.centre, other.heading)
    round_ring = shape.sector(0, shape.enters_at(k), shape.leaves_at(after))
    middle = joined(way_in, round_ring, way_out)
    offsets = np.full(len(middle), -0.5 * shape.width)
    # Towards the ring the way widens to the width of its lanes.
    offsets[: len(way_in)] = _widening(ways[0], arm, shape)
    offsets[len(middle) - len(way_out) :] = _widening(ways_after[0], other, shape)[::-1]
    kerb = aside(middle, offsets)[:, :2]
    builder.add_line(kerb, "edge")
    builder.add_area(np.concatenate([kerb, middle[::-1, :2]]))
    _add_leads(builder, shape, k)


def _widening(way: Way, arm: Arm, shape: RingShape) -> Float64[np.ndarray, " point"]:
    num_approach, num_entry = len(way.approach), len(way.entry)
    rise = np.linspace(0.0, 1.0, num_entry)[1:]
    shares = np.concatenate([np.zeros(num_approach), rise])
    return -0.5 * (arm.width + shares * (shape.width - arm.width))


def _add_leads(builder: NetworkBuilder, shape: RingShape, k: int) -> None:
    """The lines of an arm from its stop to its mouth, where it is still a street."""
    arm, stop, mouth = shape.arms[k], shape.stops[k], shape.mouths[k]
    if stop <= mouth:
        return
    for lane in range(-arm.lanes, arm.lanes + 1):
        ends = np.array(((mouth, lane * arm.width, 0.0), (stop, lane * arm.width, 0.0)))
        kind = "double" if lane == 0 else "edge" if abs(lane) == arm.lanes else "dashed"
        builder.add_line(placed(ends, shape.centre, arm.heading)[:, :2].copy(), kind)


def _add_island(builder: NetworkBuilder, shape: RingShape, k: int, ways: list[Way]) -> None:
    """The splitter between the way in and the way out of an arm: two sides and, along the ring, its base.

    Where that is too little for an island, it is a painted line.
    """
    arm = shape.arms[k]
    side = aside(joined(*ways[arm.lanes - 1]), 0.5 * arm.width)
    distance = np.hypot(side[:, 0], side[:, 1])
    is_island = side[distance > shape.outer, 1].max() > LEAST_ISLAND
    side = side[: max(2, int(np.argmax(distance <= shape.outer - (0.0 if is_island else OVERLAP))))]
    side = side[max(0, int(np.argmax(side[:, 1] > TIP)) - 1) :]
    side[0, 1] = 0.0
    way_in, way_out = (placed(poses, shape.centre, arm.heading)[:, :2] for poses in (side, mirrored(side)))
    angle = float(np.arctan2(side[-1, 1], side[-1, 0]))
    base = _arc(shape, float(np.hypot(*side[-1, :2])), arm.heading + angle, arm.heading - angle)
    if is_island:
        builder.add_line(np.concatenate([way_in, base, way_out]), "edge")
    else:
        builder.add_area(np.concatenate([way_in, way_out]))
        middle = np.array(((shape.mouths[k], 0.0, 0.0), (np.hypot(*side[-1, :2]), 0.0, 0.0)))
        builder.add_line(placed(middle, shape.centre, arm.heading)[:, :2].copy(), "double")


def _fill_gaps(builder: NetworkBuilder, shape: RingShape, k: int, ways: list[Way]) -> None:
    """The ground between ways that begin side by side and end in lanes of the ring further apart."""
    for outer, inner in pairwise(ways):
        outer_way, inner_way = joined(*outer), joined(*inner)
        for sides in ((outer_way, inner_way), (mirrored(outer_way), mirrored(inner_way))):
            one, other = (placed(poses, shape.centre, shape.arms[k].heading)[:, :2] for poses in sides)
            builder.add_area(np.concatenate([one, other[::-1]]))


def _add_crosswalk(builder: NetworkBuilder, shape: RingShape, k: int) -> None:
    arm = shape.arms[k]
    middle = np.array(((shape.mouths[k] + STOP_GAP + 0.5 * arm.crosswalk, 0.0, 0.5 * pi),))
    x, y, heading = placed(middle, shape.centre, arm.heading)[0].tolist()
    builder.add_crosswalk((x, y, heading), length=2.0 * arm.half, width=arm.crosswalk)


def _arc(shape: RingShape, radius: float, begin: float, end: float) -> Line:
    """Round the centre, either way."""
    num = 1 + max(2, ceil(radius * abs(end - begin) / STEP))
    angles = np.linspace(begin, end, num)
    return np.array(shape.centre) + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
