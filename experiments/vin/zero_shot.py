"""A network trained at 16 x 16 on larger maps and other kinds of maps: success by the length of the expert's way."""

from collections.abc import Iterator
from copy import copy
from pathlib import Path
from typing import Any

from agents.networks.value_iteration.architectures import default_iterations
from agents.networks.value_iteration.planning import PlanningNetwork
from experiments.vin.deciding import decide, decision_ms, exact_ms
from experiments.vin.measures import by_length, rollouts, without_tasks
from experiments.vin.tasks import Tasks, city, generated, joined, planning_set

EDGES = (1, 9, 17, 33, 65, 129, 257, 513, 1025)
"""Moves of the expert that bins begin at."""
SIZES = {28: 1.0, 64: 0.1}
"""Sides of generated maps, and their number as a share of that of 16 x 16."""
CITY_GOALS, CITY_STARTS, PLANNING_STARTS = 4, 100, 10


def places_of(data: Path, *, count: int) -> Iterator[Tasks]:
    """Larger levels of the same recipe, the planning data sets and the city maps that are there, one at a time."""
    for side, part in SIZES.items():
        yield generated(side, max(1, round(part * count)))
    for path in sorted((data / "planning_datasets").glob("*.npz")):
        yield planning_set(path, starts=PLANNING_STARTS, maps=count)
    cities = sorted((data / "movingai" / "maps").glob("*_256.map"))
    if cities:
        parts = [city(path, goals=min(CITY_GOALS, count), starts=CITY_STARTS) for path in cities]
        yield joined(f"{len(parts)} cities 256x256", parts)


def try_places(network: PlanningNetwork, places: Iterator[Tasks]) -> list[dict[str, Any]]:
    """Rollouts everywhere, by length, and how long a decision on a new map takes beside exact planning."""
    return [_tried(network, place) for place in places]


def _tried(network: PlanningNetwork, tasks: Tasks) -> dict[str, Any]:
    shape = tasks.solved.blocked.shape[1:]
    found: dict[str, Any] = {
        "name": tasks.name,
        "maps": len(tasks.solved.goal),
        "tasks": len(tasks.start),
        "longest": int(tasks.expert.moves.max()),
        "exact_ms": exact_ms(tasks.solved),
        "depths": {},
    }
    for depth, iterations in depths_of(network, tasks).items():
        deep = with_iterations(network, iterations)
        policy = decide(deep, tasks.solved)
        repeats = 5 if shape[0] * shape[1] > 20_000 else 20
        found["depths"][depth] = {
            "iterations": iterations,
            "ms": decision_ms(deep, tasks.solved, repeats=repeats),
            **without_tasks(rollouts(policy, tasks)),
            "by_length": by_length(policy, tasks, EDGES),
        }
    return found


def depths_of(network: PlanningNetwork, tasks: Tasks) -> dict[str, int | None]:
    """How often it iterates: until values settle or, with a fixed number, as authors scale it and as the tasks ask."""
    if getattr(network, "iterations", None) is None:
        return {"settled": None}
    return {
        "scaled": default_iterations(tasks.solved.blocked.shape[1:]),
        "longest way": int(tasks.expert.moves.max()),
    }


def with_iterations(network: PlanningNetwork, iterations: int | None) -> PlanningNetwork:
    """The same weights, iterated so often."""
    other = copy(network)
    other.iterations = iterations  # type: ignore[assignment]
    return other
