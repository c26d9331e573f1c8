"""What planners of trajectories are tested on: a small intersection, and a budget of moments."""

from typing import Any

import gymnasium

import envs  # noqa: F401 - registers the ids
from agents.planning.collecting import collect_futures
from agents.planning.futures import Futures

OBSERVED = ("occupancy", "ego", "route")
SMALL: dict[str, Any] = {"num_actors": 5, "extent": (24.0, 8.0, 12.0, 12.0), "history": 1, "duration": 3.0}
ROAD = {"action": "trajectory", "observe": OBSERVED, **SMALL}
TINY: dict[str, Any] = {"width": 4, "samples": 24, "updates": 4, "batch_size": 6, "num_envs": 4, "warm_up": 1}


def open_road(num_envs: int | None = None, **arguments: Any) -> Any:
    """One world, or so many at once."""
    made = ROAD | arguments
    if num_envs is None:
        return gymnasium.make("crossroads/Intersection-v0", **made)
    return gymnasium.make_vec("crossroads/Intersection-v0", num_envs, vectorization_mode="vector_entry_point", **made)


def few_futures(observe: tuple[str, ...] = OBSERVED) -> Futures:
    """What an expert drives next, from two dozen states."""
    road = open_road(observe=observe)
    return collect_futures(road, count=24, num_envs=4, observe=observe, noise=None, progress=False)
