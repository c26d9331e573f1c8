"""A town's junctions: what shape each has, how it is ruled, and the turns one can take there."""

from collections.abc import Sequence
from math import hypot, pi, sqrt

import numpy as np

from envs.driving.roads.builder import NetworkBuilder
from envs.driving.roads.intersection import draw_control, with_crosswalks
from envs.driving.roads.junction import add_junction
from envs.driving.roads.junction_shape import Arm, Shape, shape_junction
from envs.driving.roads.ring import add_roundabout
from envs.driving.roads.ring_shape import RingShape, least_apart, shape_roundabout, spread_of
from envs.driving.roads.street import Street
from envs.driving.roads.town_plan import Node
from envs.driving.roads.town_routes import Turn, Way
from envs.driving.roads.town_streets import End, Layout

KINDS = ("none", "priority", "priority", "stop", "signals", "signals")
WIDE_KINDS = ("priority", "signals", "signals")
RADIUS = (7.0, 9.0)
"""Of kerbs at corners [m]."""
RING_RADIUS = (14.0, 17.0)
"""Of a small roundabout's lane [m]."""
LEAST_LENGTH = 18.0
"""Of the streets between a roundabout and its neighbours [m]."""
LATERAL = 2.8
"""Acceleration aside at a roundabout's limit [m/s^2]."""


def draw_shapes(rng: np.random.Generator, layout: Layout) -> dict[Node, Shape | RingShape]:
    """The ground plan of every junction; where there is room, one of them is a roundabout."""
    shapes: dict[Node, Shape | RingShape] = {node: _corners(rng, layout, node) for node in layout.ends}
    nodes = list(layout.ends)
    for k in rng.permutation(len(nodes)).tolist():
        ring = _ring(rng, layout, nodes[k])
        if ring and _fits(layout, shapes, nodes[k], ring):
            shapes[nodes[k]] = ring
            break
    return shapes


def join_streets(
    rng: np.random.Generator,
    builder: NetworkBuilder,
    shape: Shape | RingShape,
    *,
    number: int,
    ends: Sequence[End],
    streets: Sequence[Street],
) -> list[Turn]:
    """Build junction `number`, where these ends of streets meet; the turns that one can take there."""
    incoming = [streets[k].forward if end else streets[k].backward for k, end in ends]
    outgoing = [streets[k].backward if end else streets[k].forward for k, end in ends]
    inwards: list[Way] = [(k, 1 - end) for k, end in ends]
    if isinstance(shape, RingShape):
        ring = add_roundabout(builder, shape, number=number, incoming=incoming, outgoing=outgoing)
        arms = range(len(ends))
        pairs = [(arm, to) for arm in arms for to in arms if arm != to]
        return [Turn(inwards[arm], 0, ends[to], 0, tuple(ring.way(arm, to, 0))) for arm, to in pairs]
    is_wide = any(arm.lanes > 1 for arm in shape.arms)
    control = draw_control(rng, str(rng.choice(WIDE_KINDS if is_wide else KINDS)), shape.arms, False)
    connectors = add_junction(builder, shape, number=number, incoming=incoming, outgoing=outgoing, control=control)
    return [
        Turn(inwards[movement.arm], movement.lane, ends[movement.to], movement.to_lane, (lane,))
        for movement, lane in connectors.items()
    ]


def _arms(rng: np.random.Generator, layout: Layout, node: Node) -> tuple[Arm, ...]:
    arms = tuple(
        Arm(layout.headings[end], layout.plan.streets[end[0]].lanes, layout.width, layout.limits[end[0]])
        for end in layout.ends[node]
    )
    return with_crosswalks(rng, arms, 0.8 if rng.random() < 0.6 else 0.0)


def _corners(rng: np.random.Generator, layout: Layout, node: Node) -> Shape:
    return shape_junction(layout.plan.places[node], _arms(rng, layout, node), float(rng.uniform(*RADIUS)))


def _ring(rng: np.random.Generator, layout: Layout, node: Node) -> RingShape | None:
    """A roundabout, if all streets there are narrow, none leads out of the town at once, and none are too close."""
    streets = [layout.plan.streets[number] for number, _ in layout.ends[node]]
    if any(street.lanes > 1 or layout.plan.is_border(street.nodes[-1]) for street in streets):
        return None
    radius = float(rng.uniform(*RING_RADIUS))
    arms = _arms(rng, layout, node)
    spreads = [spread_of(arm, radius) for arm in arms]
    for k, arm in enumerate(arms):
        apart = (arm.heading - arms[k - 1].heading) % (2.0 * pi)
        if apart < least_apart(spreads[k], spreads[k - 1], radius):
            return None
    return shape_roundabout(layout.plan.places[node], arms, radius=radius, limit=sqrt(LATERAL * radius))


def _fits(layout: Layout, shapes: dict[Node, Shape | RingShape], node: Node, ring: RingShape) -> bool:
    """Whether enough is left of the streets to the next junctions or bends."""
    for arm, (number, end) in enumerate(layout.ends[node]):
        nodes = layout.plan.streets[number].nodes
        after = nodes[-2] if end else nodes[1]
        (x, y), (to_x, to_y) = layout.plan.places[node], layout.plan.places[after]
        taken = max(shapes[after].stops) if after in shapes else 0.5 * hypot(to_x - x, to_y - y)
        if hypot(to_x - x, to_y - y) - ring.stops[arm] - taken < LEAST_LENGTH:
            return False
    return True
