"""A junction: connectors between the lanes of its arms, stop lines, crosswalks, ground and kerbs."""

from collections.abc import Sequence
from math import cos, pi

import numpy as np

from envs.driving.roads.builder import NetworkBuilder
from envs.driving.roads.curves import NEARLY_STRAIGHT, Pose, Poses, connector, corner_distances, wrapped
from envs.driving.roads.junction_shape import STOP_GAP, Shape
from envs.driving.roads.right_of_way import Control, add_signals, entry_rule, goes_first
from envs.driving.roads.turn_lanes import LEFT, Movement, movements
from envs.kernels.road_records import CONNECTOR, FREE

SWEEP = 0.6
"""Share of a crosswalk that left turns pass before they turn []."""
SLACK = 0.2
"""How much closer to the kerb's corner than alongside it turns may pass [m]."""


def add_junction(
    builder: NetworkBuilder,
    shape: Shape,
    *,
    number: int,
    incoming: Sequence[Sequence[int]],
    outgoing: Sequence[Sequence[int]],
    control: Control,
    left_only: bool = False,
) -> dict[Movement, int]:
    """Join the lanes of a junction's arms (each arm's next to the middle first); returns every movement's connector.

    `number` is the junction's id. Incoming lanes end, outgoing ones begin, at the shape's stop lines.
    """
    of_movement, of_arm = add_signals(builder, control) if control.kind == "signals" else ({}, {})
    connectors: dict[Movement, int] = {}
    for movement in movements(shape.arms, left_only):
        lane, to = incoming[movement.arm][movement.lane], outgoing[movement.to][movement.to_lane]
        arms = shape.arms
        connectors[movement] = builder.add_lane(
            _curve(shape, movement, builder.end(lane), builder.begin(to)),
            width=min(arms[movement.arm].width, arms[movement.to].width),
            limit=max(arms[movement.arm].limit, arms[movement.to].limit),
            kind=CONNECTOR,
            junction=number,
            control=entry_rule(control, movement.arm),
            signal=of_movement.get((movement.arm, movement.side == LEFT), -1),
        )
        builder.connect(lane, connectors[movement])
        builder.connect(connectors[movement], to)
    for own, lane in connectors.items():
        for other, other_lane in connectors.items():
            if goes_first(control, own, other):
                builder.prefer(lane, other_lane)
    _add_bars(builder, incoming, connectors, control=control, signals=of_movement)
    _add_crosswalks(builder, shape, of_arm)
    kerbs = [shape.kerb(arm)[:, :2].copy() for arm in range(len(shape.arms))]
    builder.add_area(np.concatenate(kerbs))  # from stop line to stop line
    for kerb in kerbs:
        builder.add_line(kerb, "edge")
    return connectors


def _curve(shape: Shape, movement: Movement, begin: Pose, end: Pose) -> Poses:
    """A movement's way: right turns run alongside the kerb, left turns begin once they are over the crosswalk."""
    bend = wrapped(end[2] - begin[2])
    if abs(bend) < NEARLY_STRAIGHT:
        return connector(begin, end)
    origin, to = shape.arms[movement.arm], shape.arms[movement.to]
    if bend > 0.0 and len(shape.arms) > 2:
        before, after = corner_distances(begin, end)
        spare = [SWEEP * (shape.stops[arm] - shape.mouths[arm]) for arm in (movement.arm, movement.to)]
        return connector(begin, end, reach=min(before - spare[0], after - spare[1]))
    from_kerb = (origin.lanes - movement.lane - 0.5) * min(origin.width, to.width)
    if bend > 0.0:
        from_kerb = 2.0 * origin.half - from_kerb
    # A circle around the centre of the kerb's passes the crossing of the lanes that far away.
    return connector(begin, end, bulge=(shape.radius + from_kerb) * (1.0 / cos(0.5 * bend) - 1.0) + SLACK)


def _add_bars(
    builder: NetworkBuilder,
    incoming: Sequence[Sequence[int]],
    connectors: dict[Movement, int],
    *,
    control: Control,
    signals: dict[tuple[int, bool], int],
) -> None:
    for arm, lanes in enumerate(incoming):
        if entry_rule(control, arm) == FREE:
            continue
        for number, lane in enumerate(lanes):
            sides = [movement.side for movement in connectors if (movement.arm, movement.lane) == (arm, number)]
            if sides:
                only_left = all(side == LEFT for side in sides)
                builder.add_bar_at_end(lane, signal=signals.get((arm, only_left), -1))


def _add_crosswalks(builder: NetworkBuilder, shape: Shape, signals: dict[int, int]) -> None:
    for k, arm in enumerate(shape.arms):
        if arm.crosswalk > 0.0:
            x, y, heading = shape.at(k, shape.stops[k] - STOP_GAP - 0.5 * arm.crosswalk)
            pose = (x, y, heading + 0.5 * pi)
            builder.add_crosswalk(pose, length=2.0 * arm.half, width=arm.crosswalk, signal=signals.get(k, -1))
