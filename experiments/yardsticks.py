"""Let the scripted drivers drive on every kind of road, and in recordings: what learners are measured by.

  crossroads yardsticks
  crossroads yardsticks --episodes 50 --place Merge-v0 Town-v0
  crossroads yardsticks --recordings recordings/commonroad --json yardsticks.json

On roads, the first held-out levels; in recordings, every vehicle that can be driven, each once. `oracle` sees the state
and simulates ahead, `idm` follows the rules of the road, `constant-velocity` follows nothing, and `log-replay` does
what the recorded driver did. Means; intervals are in the JSON.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import agents
from agents.rollouts import play_levels
from envs.core.atomic import write_atomically
from envs.core.naming import check_known
from experiments.bench import hardware
from experiments.environments import make_env, split_levels
from experiments.evaluation import show
from experiments.progress import progress_bar
from experiments.statistics import PROPORTIONS, Interval, summarise
from experiments.tables import table

ROADS = ("Highway-v0", "Merge-v0", "Intersection-v0", "Roundabout-v0", "Town-v0")
RECORDED = "Recorded-v0"
DRIVERS = ("oracle", "idm", "constant-velocity")
SHORT = ("score", "success", "at_fault_collision", "ttc", "comfort", "progress")
"""Columns of the table that is printed; the JSON has all metrics."""


@dataclass(frozen=True)
class Args:
    """Where, and how often."""

    episodes: int = 500
    """Held-out levels of each family of roads."""
    place: tuple[str, ...] = ROADS
    """Families of roads."""
    recordings: tuple[Path, ...] = ()
    """Recordings, or folders of them: CommonRoad XML, Argoverse 2."""
    json: Path | None = None
    """Write all means and intervals here."""


@dataclass(frozen=True)
class Place:
    """What the drivers came to on one kind of road."""

    name: str
    levels: int
    drivers: dict[str, dict[str, Interval]]


def main(args: Args) -> None:
    """Drive, and print the table."""
    if args.episodes < 1:
        raise ValueError(f"--episodes: expected at least 1, got {args.episodes}.")
    found: list[Place] = []
    for place in drive(args):
        found.append(place)
        if args.json is not None:  # after each place: the whole takes a while, and may be stopped
            write_atomically(args.json, (json.dumps(as_dict(found), indent=1, allow_nan=False) + "\n").encode())
    heads = [f"{name} [%]" if name in PROPORTIONS else name for name in SHORT]
    rows = [
        [place.name, driver, *(show(name, means[name].mean).removesuffix(" %") for name in SHORT), str(place.levels)]
        for place in found
        for driver, means in place.drivers.items()
    ]
    print(table(rows, align="<<" + ">" * (len(SHORT) + 1), header=["", "driver", *heads, "levels"]))
    if args.json is not None:
        print(f"\nwritten: {args.json}")


def drive(args: Args) -> Iterator[Place]:
    """One place after the other."""
    for name in args.place:
        check_known("place", name, ROADS)
    worlds: list[tuple[str, dict[str, Any]]] = [(name, {}) for name in args.place]
    if args.recordings:
        worlds.append((RECORDED, {"path": tuple(map(str, args.recordings)), "ego": "every", "split": "all"}))
    for name, arguments in worlds:
        env = make_env(name, arguments)
        split, count = ("all", 1_000_000) if name == RECORDED else ("test", args.episodes)
        levels = split_levels(env, split, count)
        drivers = (*DRIVERS, "log-replay") if name == RECORDED else DRIVERS
        yield Place(name, len(levels), {driver: _means(driver, env, levels) for driver in drivers})


def as_dict(places: list[Place]) -> dict[str, Any]:
    """What is written as JSON: place -> levels and driver -> metric -> mean and interval."""
    return {
        "hardware": hardware(),
        "places": {
            place.name: {
                "levels": place.levels,
                "drivers": {
                    driver: {name: found._asdict() for name, found in means.items()}
                    for driver, means in place.drivers.items()
                },
            }
            for place in places
        },
    }


def _means(driver: str, env: Any, levels: list[int]) -> dict[str, Interval]:
    with progress_bar(len(levels), f"{driver} on {env.spec.id}", unit="episodes") as bar:
        played = play_levels(agents.make(driver, env), env, levels, on_episodes=bar.update)
    return {name: summarise(name, [episode.metrics[name] for episode in played]) for name in played[0].metrics}
