"""Train value iteration networks on the published 16x16 data, and judge them on fresh levels and on larger maps.

Ours, the published network with tied and with untied weights, and a network that only reacts, each from 20, 50 and
100 % of the data. What tells most comes first: one seed of ours, tied and untied, then other seeds, the reactive last.

  crossroads vin
  crossroads vin --minutes 40 --workers 2
  crossroads vin --only ours 20 --seeds 1
  crossroads vin --join results/vin.json --json results/vin.json
  crossroads vin --levels 1000 --config stage_epochs=1 updates=500 --out runs/vin-look

Needs `vin/gridworld_16.mat` of github.com/avivt/VIN in --data; larger maps are tried as far as they are there. Writes
results.json, results.md and results.png into --out. What is finished is never done again: the same command goes on.
"""

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from envs.core.atomic import write_atomically
from envs.episodes.lock import BusyStoreError, FolderLock
from experiments.arguments import Assignments, parse_assignments
from experiments.comparison.pool import failure_file, run_jobs
from experiments.realism import PLACES
from experiments.vin.joining import join, read_records
from experiments.vin.picture import draw_study
from experiments.vin.results import Results, results_of
from experiments.vin.runs import SIZE, Plan, runs_of
from experiments.vin.tables import places_table, study_table


@dataclass(frozen=True)
class Args:
    """What is trained, and how long."""

    seeds: int = 3
    """Trainings of each network from each share of the data, from the seeds 0, 1, ..."""
    only: tuple[str, ...] = ()
    """Only these networks (ours, tied, untied, reactive) or shares (20, 50, 100)."""
    levels: int = 10_000
    """Freshly generated levels that each is judged on."""
    data: Path | None = None
    """Folder with vin/gridworld_16.mat; looked for where CROSSROADS_DATA says, and next to the checkout."""
    config: Assignments = ()
    """Config of all networks, whatever their own says: for a quick look."""
    out: Path = Path("runs/vin")
    """Folder for everything."""
    join: Path | None = None
    """Results of the same study, of other seeds or kinds of network: what they tell of is not done again."""
    json: Path | None = None
    """Write the results here too."""
    picture: Path | None = None
    """Write the figure here too: .png, .svg or .pdf."""
    workers: int = 2
    """Trainings side by side, each on one thread; 0: one after the other in this process."""
    minutes: float | None = None
    """Begin no training later than this."""


def main(args: Args) -> int:
    """Do what is left of the study, and write what there is."""
    plan = asked_plan(args)
    runs = runs_of(plan, args.only)
    earlier = [] if args.join is None else read_records(args.join)
    args.out.mkdir(parents=True, exist_ok=True)
    try:
        lock = FolderLock(args.out)
    except BusyStoreError as error:
        raise BusyStoreError(f"Another study is at work in {args.out}.") from error
    is_stopped, failed = False, []
    try:
        for title in join(plan, earlier):
            print(f"left out of {args.join}: {title} (other settings or levels)", file=sys.stderr)
        failed = run_jobs([run for run in runs if not run.is_finished], workers=args.workers, minutes=args.minutes)
    except KeyboardInterrupt:
        is_stopped = True
    finally:
        lock.release()
    results = results_of(plan)
    print(markdown(results))
    for path in write_results(results, args):
        print(f"written: {path}")
    for job, reason in failed:
        print(f"crossroads: {job.title} failed: {reason} (all of it in {failure_file(job)})", file=sys.stderr)
    left = sum(not run.is_finished for run in runs)
    if left and not failed:
        print(f"{left} runs are left; the same command goes on.", file=sys.stderr)
    return 130 if is_stopped else 1 if failed else 0


def asked_plan(args: Args) -> Plan:
    """The study that the arguments tell of.

    Raises:
        ValueError: a number out of range.
        FileNotFoundError: no training data.
    """
    for name, least in (("seeds", 1), ("levels", 1), ("workers", 0)):
        if getattr(args, name) < least:
            raise ValueError(f"--{name}: expected at least {least}, got {getattr(args, name)}.")
    config = parse_assignments(args.config, "--config")
    plan = Plan(find_data(args.data), args.out, seeds=tuple(range(args.seeds)), levels=args.levels, config=config)
    for run in runs_of(plan):
        assert run.whole_config  # its mistakes come before all work
    return plan


def find_data(chosen: Path | None) -> Path:
    """The folder that holds the published training data.

    Raises:
        FileNotFoundError: it is not there.
    """
    root, told = Path(__file__).parents[2], os.environ.get("CROSSROADS_DATA")
    places = [chosen] if chosen else [Path(told)] if told else [root / place for place in PLACES]
    for place in places:
        if (place / "vin" / f"gridworld_{SIZE}.mat").is_file():
            return place.resolve()
    where = ", ".join(str(place / "vin" / f"gridworld_{SIZE}.mat") for place in places)
    raise FileNotFoundError(f"No training data at {where}: name the folder above vin with --data.")


def markdown(results: Results) -> str:
    """Both tables, as far as there is something to show."""
    if not results["rows"]:
        return "No run is finished yet."
    return study_table(results) + ("\n\n" + places_table(results) if results["zero_shot"] else "")


def write_results(results: Results, args: Args) -> list[Path]:
    """JSON, Markdown and figure; returns where."""
    text = (json.dumps(results, allow_nan=False, separators=(",", ":")) + "\n").encode()
    files = [path for path in (args.out / "results.json", args.json) if path is not None]
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text)
    write_atomically(args.out / "results.md", (markdown(results) + "\n").encode())
    pictures = [path for path in (args.out / "results.png", args.picture) if path is not None]
    for path in pictures:
        draw_study(path, results)
    return [path for path in (*files, args.out / "results.md", *pictures) if path.is_file()]
