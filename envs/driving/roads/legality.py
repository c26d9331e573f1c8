"""What a network's parts must obey, said in sentences that name the offender."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from envs.kernels.road_records import GREEN, RED, YELLOW

if TYPE_CHECKING:
    from envs.driving.roads.assembly import Parts

MAX_PHASES = 8
"""Colours that a signal's cycle may have: the record's room."""


def known_lane(lane: int, parts: Parts) -> int:
    """`lane` itself, or an IndexError if there is none of that id."""
    if not 0 <= lane < len(parts.lanes):
        raise IndexError(f"No lane {lane}; there are {len(parts.lanes)}.")
    return lane


def check_signal(signal: int, colours: Sequence[int], durations: Sequence[float]) -> None:
    """Raise ``ValueError`` unless a signal's colours and durations make a cycle."""
    if not 1 <= len(colours) == len(durations) <= MAX_PHASES:
        raise ValueError(
            f"Signal {signal}: expected 1 to {MAX_PHASES} colours, a duration each; got {len(colours)} colours "
            f"and {len(durations)} durations."
        )
    for colour, duration in zip(colours, durations, strict=True):
        if colour not in (RED, YELLOW, GREEN):
            raise ValueError(f"Signal {signal}: unknown colour {colour}; expected {RED}, {YELLOW} or {GREEN}.")
        if not duration > 0.0:
            raise ValueError(f"Signal {signal}: expected durations above 0 s, got {duration}.")


def check_route(route: int, lanes: Sequence[int], parts: Parts) -> None:
    """Raise ``ValueError`` unless every lane of a route is a successor or a neighbour of the one before."""
    if not lanes:
        raise ValueError(f"Route {route}: expected at least one lane, got none.")
    known_lane(lanes[0], parts)
    for lane, after in itertools.pairwise(lanes):
        beside = [other for other in (parts.left_of.get(lane), parts.right_of.get(lane)) if other is not None]
        if after not in parts.successors[lane] and after not in beside:
            raise ValueError(
                f"Route {route}: lane {after} neither follows lane {lane} nor lies beside it; "
                f"successors: {parts.successors[lane]}, neighbours: {beside}."
            )


def check_preferences(parts: Parts) -> None:
    """Raise ``ValueError`` where two lanes are each preferred to the other."""
    for lane, other in parts.preferences:
        if (other, lane) in parts.preferences:
            raise ValueError(f"Lanes {lane} and {other}: each is preferred to the other.")
