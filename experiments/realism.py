"""How realistic the reactive traffic is, held against recordings: likelihoods after the Sim Agents Challenge.

Rows: the log itself (hardly anything scores higher), reactive traffic round egos with the drivers asked for, and
everybody at constant velocity. Columns: the likelihood of what happened, for each feature and weighted as `realism`.
Reactive vehicles know their recorded path and timing, so it is an ego that does otherwise who puts them to the test.

  crossroads realism
  crossroads realism --path scenarios/USA_Peach-4_8_T-1.xml
  crossroads realism --path commonroad av2 --driver idm constant-velocity --json realism.json

Without --path, recordings are looked for in the folder that CROSSROADS_DATA names, and next to the checkout.
"""

import json
import os
from dataclasses import dataclass
from math import isnan
from pathlib import Path

import numpy as np

from envs.core.atomic import write_atomically
from envs.driving.realism import FEATURES, realism
from envs.driving.sim_agents import scene_of, usable_recordings
from experiments.progress import progress_bar
from experiments.tables import number, table

PLACES = ("../shared/data", "data")
"""Looked at in the checkout's surroundings, after the folder that CROSSROADS_DATA names."""
FORMATS = ("commonroad", "av2")
"""Folders in these that hold recordings."""
SHORT = {
    "linear_speed": "speed",
    "linear_acceleration": "accel",
    "angular_speed": "turn",
    "angular_acceleration": "turn acc",
    "nearest_distance": "nearest",
    "time_to_collision": "ttc",
    "edge_distance": "edge",
    "off_road": "off-road",
}
"""Headings of the columns that have another than the feature's name."""

Scores = dict[str, float]


@dataclass(frozen=True)
class Args:
    """What to compare with."""

    path: tuple[Path, ...] = ()
    """Recordings: CommonRoad `.xml`, Argoverse 2 scenarios or logs, or folders that hold some (searched through)."""
    driver: tuple[str, ...] = ("log-replay", "idm")
    """Who drives the egos, round which the others react: log-replay, idm, oracle, constant-velocity."""
    rollouts: int = 16
    """Most egos per recording, each of which has a rollout."""
    json: Path | None = None
    """Write the scores of each recording here."""


@dataclass(frozen=True)
class Compared:
    """One recording: each kind of traffic's scores."""

    name: str
    rollouts: int
    actors: int
    """Vehicles that were judged."""
    scores: dict[str, Scores]


def compare(
    paths: tuple[Path, ...], *, drivers: tuple[str, ...] = ("log-replay",), rollouts: int = 16
) -> list[Compared]:
    """Play every usable recording and score each kind of traffic (`envs.driving.sim_agents`).

    Raises:
        FileNotFoundError: a path does not exist, or holds no recordings.
        ValueError: unknown driver; nothing to play; rollouts out of range.
    """
    recordings = [recording for path in paths for recording in usable_recordings(path)]
    compared = []
    with progress_bar(len(recordings), "playing", unit="recordings") as bar:
        for recording in recordings:
            scene = scene_of(recording, drivers=drivers, rollouts=rollouts)
            scores = {kind: realism(scene.logged, motion) for kind, motion in scene.simulated.items()}
            compared.append(Compared(scene.name, scene.num_rollouts, scene.num_judged, scores))
            bar.update()
    return compared


def means(compared: list[Compared]) -> dict[str, Scores]:
    """Kind -> feature -> mean over the recordings that have a value; nan where none has."""
    return {kind: {name: _mean(compared, kind, name) for name in (*FEATURES, "realism")} for kind in compared[0].scores}


def _mean(compared: list[Compared], kind: str, name: str) -> float:
    values = [one.scores[kind].get(name, float("nan")) for one in compared]
    values = [value for value in values if not isnan(value)]
    return float(np.mean(values)) if values else float("nan")


def find_recordings(chosen: tuple[Path, ...]) -> tuple[Path, ...]:
    """`chosen`, or else the folders of real data found near the checkout.

    Raises:
        FileNotFoundError: nothing was chosen, and nothing found.
    """
    if chosen:
        return chosen
    root = Path(__file__).parents[1]
    data = os.environ.get("CROSSROADS_DATA")
    for place in [Path(data)] if data else [root / place for place in PLACES]:
        if found := tuple(folder.resolve() for kind in FORMATS if (folder := place / kind).is_dir()):
            return found
    where = data or "next to the checkout"
    raise FileNotFoundError(f"No recordings found ({where}): name a file or a folder with --path.")


def main(args: Args) -> None:
    """Print the table, and write the JSON."""
    if args.json is not None and args.json.is_dir():
        raise IsADirectoryError(f"--json {args.json} is a folder: expected a file.")
    compared = compare(find_recordings(args.path), drivers=args.driver, rollouts=args.rollouts)
    found = means(compared)
    names = [name for name in (*FEATURES, "realism") if not isnan(found["log"][name])]
    rows = [[kind, *(number(scores[name]) for name in names)] for kind, scores in found.items()]
    header = ["", *(SHORT.get(name, name) for name in names)]
    print(table(rows, align="<" + ">" * len(names), header=header))
    actors, rollouts = (sum(getattr(one, name) for one in compared) for name in ("actors", "rollouts"))
    several = "recordings" if len(compared) > 1 else "recording"
    print(f"\nmeans over {len(compared)} {several}: {actors} vehicles judged in {rollouts} rollouts of 8 s at most")
    if args.json is not None:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(args.json, (json.dumps(as_dict(compared), indent=2, allow_nan=False) + "\n").encode())
        print(f"written: {args.json}")


def as_dict(compared: list[Compared]) -> dict[str, object]:
    """What JSON holds; nan as None."""
    recordings = [
        {"name": one.name, "rollouts": one.rollouts, "actors": one.actors, "scores": _without_nan(one.scores)}
        for one in compared
    ]
    return {"means": _without_nan(means(compared)), "recordings": recordings}


def _without_nan(scores: dict[str, Scores]) -> dict[str, dict[str, float | None]]:
    return {
        kind: {name: None if isnan(value) else value for name, value in of_kind.items()}
        for kind, of_kind in scores.items()
    }
