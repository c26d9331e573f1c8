"""Ways through a town: shortest from border to border, and the lanes they take."""

import itertools
from collections.abc import Sequence
from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np

from envs.driving.roads.builder import NetworkBuilder
from envs.driving.roads.street import Street

Way = tuple[int, int]
"""A street's number, and 0 along its centreline or 1 the other way."""

SHORTEST = 200.0
"""Shorter ways come last [m]."""


class Turn(NamedTuple):
    """From a lane of one way into a lane of another; lanes are counted from the street's middle."""

    way: Way
    lane: int
    to: Way
    to_lane: int
    lanes: tuple[int, ...]  # in between


def town_routes(
    rng: np.random.Generator,
    builder: NetworkBuilder,
    streets: Sequence[Street],
    *,
    turns: Sequence[Turn],
    outer: Sequence[int],
) -> list[list[int]]:
    """Lane sequences from every street that leads out to every other, in random order, the short ones last."""
    after: dict[Way, list[Turn]] = {}
    for turn in turns:
        after.setdefault(turn.way, []).append(turn)
    lengths = [builder.length(street.forward[0]) for street in streets]
    found = []
    for street in outer:
        for way in _shortest(lengths, after, street, outer):
            found.append((sum(lengths[k] for k, _ in way) < SHORTEST, rng.random(), way))
    return [_lanes(streets, after, way) for _, _, way in sorted(found)]


def _shortest(
    lengths: Sequence[float], after: dict[Way, list[Turn]], start: int, outer: Sequence[int]
) -> list[list[Way]]:
    """The shortest way from one street that leads in to each other that leads out (Dijkstra)."""
    before: dict[Way, Way | None] = {}
    waiting: list[tuple[float, Way, Way | None]] = [(0.0, (start, 1), None)]
    while waiting:
        distance, way, came = heappop(waiting)
        if way in before:
            continue
        before[way] = came
        for turn in after.get(way, ()):
            if turn.to not in before:
                heappush(waiting, (distance + lengths[turn.to[0]], turn.to, way))
    return [_traced(before, (goal, 0)) for goal in outer if goal != start and (goal, 0) in before]


def _traced(before: dict[Way, Way | None], goal: Way) -> list[Way]:
    """The way that ended at `goal`, from its beginning."""
    traced: list[Way] = []
    at: Way | None = goal
    while at is not None:
        traced.append(at)
        at = before[at]
    return traced[::-1]


def _lanes(streets: Sequence[Street], after: dict[Way, list[Turn]], way: Sequence[Way]) -> list[int]:
    """The lanes of a way; on each street it changes to the nearest lane that leads on."""
    taken: list[int] = []
    lane: int | None = None
    for at, to in itertools.pairwise(way):
        fitting = [turn for turn in after[at] if turn.to == to]
        turn = min(fitting, key=lambda turn: abs(turn.lane - (turn.lane if lane is None else lane)))
        taken += _side_by_side(streets, at, turn.lane if lane is None else lane, turn.lane)
        taken += turn.lanes
        lane = turn.to_lane
    return [*taken, _lane(streets, way[-1], lane or 0)]


def _side_by_side(streets: Sequence[Street], way: Way, lane: int, to: int) -> list[int]:
    step = 1 if to >= lane else -1
    return [_lane(streets, way, k) for k in range(lane, to + step, step)]


def _lane(streets: Sequence[Street], way: Way, lane: int) -> int:
    street = streets[way[0]]
    return (street.backward if way[1] else street.forward)[lane]
