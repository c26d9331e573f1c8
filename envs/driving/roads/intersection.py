"""Intersections of three or four arms, ruled in every usual way."""

from math import pi

import numpy as np

from envs.core.naming import check_known
from envs.driving.network import Network
from envs.driving.roads.builder import NetworkBuilder
from envs.driving.roads.curves import arc
from envs.driving.roads.junction import add_junction
from envs.driving.roads.junction_shape import Arm, shape_junction
from envs.driving.roads.right_of_way import CONTROLS, Control, signal_phases
from envs.driving.roads.routing import junction_routes
from envs.driving.roads.street import add_street
from envs.driving.roads.turn_lanes import STRAIGHT, side_of
from envs.kernels.road_records import STOP, YIELD

KMH = 1.0 / 3.6
MAX_ROUTES = 16


def build(
    rng: np.random.Generator,
    *,
    arms: int | None = None,
    lanes: int | None = None,
    control: str | None = None,
    limit: float | None = None,
    demand: float | None = None,
) -> Network:
    """An intersection; what is None is drawn from `rng`.

    `arms` 3 or 4; `lanes` 1 to 3 each way, of the larger street; `control` "none", "priority", "stop" or "signals";
    `limit` [m/s] of the larger street; `demand` in [0, 1].
    """
    num_arms = int(rng.integers(3, 5)) if arms is None else arms
    if num_arms not in (3, 4):
        raise ValueError(f"An intersection has 3 or 4 arms, got {arms}.")
    kind = str(rng.choice(CONTROLS)) if control is None else control
    check_known("control", kind, CONTROLS)
    most = 1 if kind == "none" else 2 if kind == "stop" else 3
    num_lanes = int(rng.integers(1, most + 1)) if lanes is None else lanes
    if not 1 <= num_lanes <= 3:
        raise ValueError(f"An intersection's streets have 1 to 3 lanes each way, got {lanes}.")
    alike = num_arms == 3 and num_lanes < 3 and kind != "priority" and bool(rng.random() < 0.3)
    plan = draw_arms(rng, num_arms, num_lanes, limit=limit, alike=alike)
    walked = rng.random() < 0.6
    shape = shape_junction(
        (0.0, 0.0), with_crosswalks(rng, plan, 0.8 if walked else 0.0), float(rng.uniform(7.0, 11.0))
    )
    left_only = kind == "signals" and num_lanes > 1 and bool(rng.random() < 0.6)
    builder = NetworkBuilder()
    incoming, outgoing = [], []
    for k, arm in enumerate(shape.arms):
        bend = float(rng.uniform(-1.0, 1.0)) / 150.0 * (rng.random() < 0.5)
        middle = arc(shape.at(k, shape.stops[k]), bend, float(rng.uniform(70.0, 100.0)))
        street = add_street(builder, middle, lanes=arm.lanes, width=arm.width, limit=arm.limit)
        outgoing.append(street.forward)
        incoming.append(street.backward)
    ruled = draw_control(rng, kind, shape.arms, left_only)
    connectors = add_junction(
        builder, shape, number=0, incoming=incoming, outgoing=outgoing, control=ruled, left_only=left_only
    )
    for lanes_in in incoming:
        for lane in lanes_in:
            builder.add_entry(lane)
    for route in junction_routes(rng, incoming, outgoing, connectors)[:MAX_ROUTES]:
        builder.add_route(route)
    return builder.finish(
        f"intersection, {num_arms} arms, {kind}",
        float(rng.uniform(0.3, 1.0)) if demand is None else demand,
        int(rng.integers(1, 7)) if walked else 0,
    )


def draw_arms(
    rng: np.random.Generator, num_arms: int, num_lanes: int, *, limit: float | None, alike: bool
) -> tuple[Arm, ...]:
    """Arms counter-clockwise; 0 and 2 of four, or 0 and 1 of three, are the larger street, unless all are alike."""
    fast = float(rng.choice((40.0, 50.0, 60.0))) * KMH if limit is None else limit
    slow = min(fast, float(rng.choice((30.0, 40.0, 50.0))) * KMH)
    width = float(rng.uniform(3.2, 3.7))
    few = int(rng.integers(1, min(num_lanes, 2) + 1))
    first = float(rng.uniform(-pi, pi))
    skew = float(rng.uniform(-0.3, 0.3))
    kinks = rng.uniform(-0.12, 0.12, 4)
    if alike:
        headings = [first + (k + kinks[k]) * 2.0 * pi / num_arms for k in range(num_arms)]
        major = (0, 1, 2)
    elif num_arms == 4:
        headings = [
            first + kinks[0],
            first + 0.5 * pi + skew,
            first + pi + kinks[1],
            first + 1.5 * pi + skew + kinks[2],
        ]
        major = (0, 2)
    else:
        headings = [first, first + pi + 2.0 * kinks[0], first + 1.5 * pi + skew]
        major = (0, 1)
    return tuple(
        Arm(heading, num_lanes if k in major else few, width, fast if k in major else slow)
        for k, heading in enumerate(headings)
    )


def with_crosswalks(rng: np.random.Generator, arms: tuple[Arm, ...], share: float) -> tuple[Arm, ...]:
    """The same arms, each with a crosswalk with this probability."""
    widths = np.where(rng.random(len(arms)) < share, rng.uniform(3.0, 4.5), 0.0)
    return tuple(
        Arm(arm.heading, arm.lanes, arm.width, arm.limit, float(width)) for arm, width in zip(arms, widths, strict=True)
    )


def draw_control(rng: np.random.Generator, kind: str, arms: tuple[Arm, ...], left_only: bool) -> Control:
    """Rules of a kind for a junction whose arms opposite one another, if any, belong together."""
    pairs = opposite_arms(arms)
    if kind == "priority":
        return Control(kind, major=pairs[0], minor=STOP if rng.random() < 0.3 else YIELD)
    if kind != "signals":
        return Control(kind)
    split = rng.random() < 0.2 and not left_only
    phases = signal_phases(arms, [(k,) for k in range(len(arms))] if split else pairs, left_only)
    greens = [rng.uniform(5.0, 8.0) if all(left for _, left in phase) else rng.uniform(8.0, 16.0) for phase in phases]
    return Control(kind, phases=phases, greens=tuple(greens), offset=float(rng.uniform(0.0, 60.0)))


def opposite_arms(arms: tuple[Arm, ...]) -> list[tuple[int, ...]]:
    """Arms that lie opposite one another in pairs, the widest street first, then those left over."""
    pairs: list[tuple[int, ...]] = []
    for a in range(len(arms)):
        for b in range(a + 1, len(arms)):
            if side_of(arms[a], arms[b]) == STRAIGHT and not any(a in pair or b in pair for pair in pairs):
                pairs.append((a, b))
    pairs.sort(key=lambda pair: -arms[pair[0]].lanes * arms[pair[0]].limit)
    return pairs + [(k,) for k in range(len(arms)) if not any(k in pair for pair in pairs)]
