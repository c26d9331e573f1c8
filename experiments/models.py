"""Look into the world models of a comparison: how well they foresee, what that is worth, and what time buys.

  crossroads compare --study models --seeds 1
  crossroads models
  crossroads models --json results/models.json --picture docs/models.png
  crossroads models --place GridRooms-v0 --levels 100 --effort-picture docs/effort.png
  crossroads models --join results/models.json --json both.json

The first of these trains and drives, the others look at what it has trained: how it foresees held-out situations.

Every situation is a state on a test level and several ways on from it, all of which really happen: one as the expert
goes on, others with other actions of the ego. Models see one frame and the actions. `factual` and `counterfactual` are
errors on the former and the latter; the sensitivity is how much what is foreseen changes with the actions, over how
much it should. The planner's gap is what the expert scores more than planning in the simulator itself; a model's gap is
what planning in the simulator scores more than planning in the model.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from envs.core.atomic import write_atomically
from envs.core.naming import check_known
from experiments.bench import hardware
from experiments.comparison.study import Study, part_of
from experiments.environments import make_env
from experiments.foresight.effort import efforts
from experiments.foresight.gathering import closed_loop, foreseen, gaps
from experiments.foresight.joining import joined
from experiments.foresight.picture import draw_efforts, draw_models
from experiments.foresight.scenes import held_out
from experiments.foresight.tables import models_table
from experiments.studies import STUDIES
from world_models.of_env import spec_of

STUDY = "models"


@dataclass(frozen=True)
class Args:
    """What is looked into, and how long."""

    out: Path = Path("runs") / f"compare-{STUDY}"
    """Folder of `crossroads compare --study models`."""
    place: tuple[str, ...] = ()
    """Only these places of the study; all."""
    situations: int = 200
    """Held-out states of each place."""
    branches: int = 6
    """Ways on from each of them."""
    horizon: int = 8
    """Actions of each."""
    seed: int = 0
    """Of the situations."""
    levels: int = 0
    """Held-out levels on which planners search harder and less hard; 0: leave that out."""
    planners: tuple[str, ...] = ()
    """Labels of the study that do so, as "latent" and "oracle model"; all who plan."""
    join: tuple[Path, ...] = ()
    """Results from elsewhere: places, models and efforts that are missing here are taken from them."""
    json: Path | None = None
    """Write everything here."""
    picture: Path | None = None
    """Draw what is foreseen at each step: .png, .svg or .pdf."""
    effort_picture: Path | None = None
    """Draw what time buys; needs --levels."""


def main(args: Args) -> None:
    """Measure, and print the tables."""
    study = STUDIES[STUDY]()
    names = [place.name for place in study.places]
    for name in args.place:
        check_known("place", name, names)
    whole, study = study, part_of(study, args.place) if args.place else study
    driven = closed_loop(study, args.out)
    results: dict[str, Any] = {"hardware": hardware(), "arguments": _plain(args), "places": {}}
    for place in study.places:
        if not driven[place.name]:
            print(f"{place.name}: nothing was trained; begin with `crossroads compare --study {STUDY}`.")
            continue
        env = make_env(place.env, place.arguments)
        sizes = {"states": args.situations, "branches": args.branches, "horizon": args.horizon}
        results["places"][place.name] = {
            "step_seconds": spec_of(env, heads=()).dt,
            "foresight": foreseen(study, place, args.out, held_out(env, seed=args.seed, **sizes)),
            "closed": driven[place.name],
            "gaps": gaps(study, place, args.out),
            "efforts": efforts(study, place, args.out, levels=args.levels, labels=args.planners)
            if args.levels
            else None,
        }
        write(args.json, with_others(whole, results, args.join))  # a place can take long: what is known is kept
    results = with_others(whole, results, args.join)
    if not results["places"]:
        return
    print(models_table(results))
    if args.json is not None:
        write(args.json, results)
        print(f"\nwritten: {args.json}")
    if args.picture is not None:
        draw_models(args.picture, results)
        print(f"written: {args.picture}")
    if args.effort_picture is not None and any(place["efforts"] for place in results["places"].values()):
        draw_efforts(args.effort_picture, results)
        print(f"written: {args.effort_picture}")


def with_others(study: Study, results: dict[str, Any], files: Sequence[Path]) -> dict[str, Any]:
    """The results with what else the files tell of."""
    for file in files:
        results = joined(study, results, json.loads(file.read_text(encoding="utf-8")))
    return results


def write(path: Path | None, results: dict[str, Any]) -> None:
    """As JSON, if wanted."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, (json.dumps(results, indent=1, allow_nan=False) + "\n").encode())


def _plain(args: Args) -> dict[str, Any]:
    return {**asdict(args), **dict.fromkeys(("out", "join", "json", "picture", "effort_picture"))}
