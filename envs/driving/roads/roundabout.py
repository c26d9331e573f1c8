"""Roundabouts of one or two lanes and three to five arms at irregular angles."""

from math import pi, sqrt

import numpy as np

from envs.driving.network import Network
from envs.driving.roads.builder import NetworkBuilder
from envs.driving.roads.curves import arc
from envs.driving.roads.junction_shape import Arm
from envs.driving.roads.ring import Ring, add_roundabout
from envs.driving.roads.ring_shape import RingShape, lane_for, least_apart, shape_roundabout, spread_of
from envs.driving.roads.street import add_street

KMH = 1.0 / 3.6
LIMITS = (30.0, 40.0, 50.0)
"""Of the arms, drawn from [km/h]."""
LATERAL = 2.8
"""Acceleration aside at the ring's limit [m/s^2]."""
RADII = {1: (14.0, 22.0), 2: (19.0, 25.0)}
"""Of the outermost lane, by the number of lanes [m]."""
WIDTHS = {1: (4.2, 5.0), 2: (3.8, 4.2)}
"""Of the ring's lanes [m]."""
LENGTHS = (65.0, 95.0)
"""Of the arms [m]."""
SHARPEST = 1.0 / 250.0
NUM_ROUTES = 12
LEAST_ROUTES = 8


def build(
    rng: np.random.Generator,
    *,
    arms: int | None = None,
    lanes: int | None = None,
    limit: float | None = None,
    demand: float | None = None,
) -> Network:
    """A roundabout; what is None is drawn from `rng`.

    `arms` 3 to 5; `lanes` 1 or 2, of the ring; `limit` of the arms [m/s]; `demand` in [0, 1].
    """
    num_arms = int(rng.integers(3, 6)) if arms is None else arms
    if not 3 <= num_arms <= 5:
        raise ValueError(f"A roundabout has 3 to 5 arms, got {arms}.")
    num_lanes = int(rng.integers(1, 3)) if lanes is None else lanes
    if num_lanes not in (1, 2):
        raise ValueError(f"A roundabout's ring has 1 or 2 lanes, got {lanes}.")
    shape = draw_shape(rng, num_arms, num_lanes, limit)
    builder = NetworkBuilder()
    incoming, outgoing = [], []
    for k, arm in enumerate(shape.arms):
        bend = float(rng.uniform(-SHARPEST, SHARPEST))
        middle = arc(shape.at(k, shape.stops[k]), bend, float(rng.uniform(*LENGTHS)))
        street = add_street(builder, middle, lanes=arm.lanes, width=arm.width, limit=arm.limit)
        outgoing.append(street.forward)
        incoming.append(street.backward)
    ring = add_roundabout(builder, shape, number=0, incoming=incoming, outgoing=outgoing)
    for lanes_in in incoming:
        for lane in lanes_in:
            builder.add_entry(lane)
    for route in _routes(rng, shape, ring, incoming, outgoing):
        builder.add_route(route)
    walked = any(arm.crosswalk for arm in shape.arms)
    drawn = float(rng.uniform(0.3, 1.0))
    return builder.finish(
        f"roundabout, {num_arms} arms, {num_lanes} lane{'s' * (num_lanes > 1)}",
        drawn if demand is None else demand,
        int(rng.integers(1, 6)) if walked else 0,
    )


def draw_shape(rng: np.random.Generator, num_arms: int, num_lanes: int, limit: float | None) -> RingShape:
    """Arms of one or two lanes each way round the origin, as irregular as their width allows."""
    low, high = RADII[num_lanes]
    radius = float(rng.uniform(low + 4.0, high) if num_arms == 5 else rng.uniform(low, high))
    fast = float(rng.choice(LIMITS)) * KMH if limit is None else limit
    width = float(rng.uniform(3.2, 3.6))
    has_walks = rng.random() < 0.6
    num_wide = 2 if num_arms == 5 else int(rng.integers(2, num_arms + 1))
    wide = rng.permutation(num_arms)[:num_wide].tolist()
    arms = [
        Arm(
            heading=0.0,
            lanes=num_lanes if k in wide else 1,
            width=width,
            limit=fast,
            crosswalk=3.0 if has_walks and rng.random() < 0.6 else 0.0,
        )
        for k in range(num_arms)
    ]
    needed = _needed(arms, radius)
    between = needed + (2.0 * pi - needed.sum()) * rng.dirichlet(np.full(num_arms, 4.0))
    headings = rng.uniform(-pi, pi) + np.concatenate([[0.0], np.cumsum(between[:-1])])
    turned = [
        Arm(float(heading), arm.lanes, arm.width, arm.limit, arm.crosswalk)
        for heading, arm in zip(headings, arms, strict=True)
    ]
    ring_limit = min(9.0, fast, sqrt(LATERAL * radius) * float(rng.uniform(0.95, 1.1)))
    return shape_roundabout(
        (0.0, 0.0),
        tuple(turned),
        radius=radius,
        lanes=num_lanes,
        width=float(rng.uniform(*WIDTHS[num_lanes])),
        limit=ring_limit,
    )


def _needed(arms: list[Arm], radius: float) -> np.ndarray:
    """The least angles from each arm to the next [rad]."""
    spreads = [spread_of(arm, radius) for arm in arms]
    return np.array(
        [least_apart(spread, other, radius) for spread, other in zip(spreads, np.roll(spreads, -1), strict=True)]
    )


def _routes(
    rng: np.random.Generator,
    shape: RingShape,
    ring: Ring,
    incoming: list[tuple[int, ...]],
    outgoing: list[tuple[int, ...]],
) -> list[list[int]]:
    """Ways from one arm to another, drawn; a few go all the way round."""
    num_arms = len(shape.arms)
    ways = [
        (arm, to, lane)
        for arm in range(num_arms)
        for to in range(num_arms)
        for lane in range(min(shape.arms[arm].lanes, shape.arms[to].lanes))
    ]
    through = [way for way in ways if way[0] != way[1]]
    turns_back = [way for way in ways if way[0] == way[1]]
    chosen = [through[k] for k in rng.permutation(len(through))[: NUM_ROUTES - 1]]
    num_back = max(1, LEAST_ROUTES - len(chosen))
    chosen += [turns_back[k] for k in rng.permutation(len(turns_back))[:num_back]]
    routes = []
    for arm, to, lane in chosen:
        begin = incoming[arm][lane_for(shape.arms[arm].lanes, lane)]
        end = outgoing[to][lane_for(shape.arms[to].lanes, lane)]
        routes.append([begin, *ring.way(arm, to, lane), end])
    return routes
