"""Train and judge several agents side by side: equal demonstrations, equal budgets, the same held-out levels.

All learn from one store of demonstrations, each from several seeds, and play the same levels. Success and score have
95 % intervals over levels and seeds; decisions are timed alone on one thread. Who takes part is a line each, an
agent with its config, a label before it and another sampler to play with behind it, where wanted.

  crossroads compare --env GridNav-v0 --agents behavior-cloning random --config updates=1000
  crossroads compare --env Highway-v0 --agents "mse: explicit-policy head=mse" "ddpm: diffusion-policy @ ddpm steps=100"
  crossroads compare --store stores/nav --agents "slow: behavior-cloning learning_rate=1e-3" behavior-cloning --drawn
  crossroads compare --study particle
  crossroads compare --study particle --only N=2 mse --minutes 30
  crossroads compare --study particle --only N=16 --join elsewhere/results.json

Writes results.json, results.md and results.png into --out. What is finished is never done again: the same command
goes on after Ctrl-C, or after --minutes, and a changed config adds its own runs.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from envs.core.atomic import write_atomically
from envs.core.naming import check_known
from envs.episodes import read_manifest
from envs.episodes.lock import BusyStoreError, FolderLock
from experiments.arguments import Assignments, parse_assignments
from experiments.comparison.entrants import parse_entrants
from experiments.comparison.joining import joined
from experiments.comparison.pictures import draw_results
from experiments.comparison.pool import failure_file
from experiments.comparison.results import Results, results_of
from experiments.comparison.running import run_study
from experiments.comparison.runs import runs_of, short
from experiments.comparison.study import Place, Study, part_of
from experiments.comparison.tables import places_table, positions_table
from experiments.environments import make_env
from experiments.studies import STUDIES


@dataclass(frozen=True)
class Args:
    """Who is compared where, with how much of everything."""

    env: str | None = None
    """Environment, as in `crossroads list`; a store knows its own."""
    agents: tuple[str, ...] = ()
    """A line each: an agent, or "label: agent name=value ... @ sampler name=value ..."."""
    env_args: Assignments = ()
    """Arguments of the environment."""
    config: Assignments = ()
    """Config that all agents share, as far as they have such fields: the budget, say updates=2000."""
    store: Path | None = None
    """Learn from these recorded episodes; without, the oracle demonstrates."""
    demonstrations: int | None = None
    """Episodes that the oracle demonstrates; 1000, or what the study says."""
    episodes: int | None = None
    """Held-out levels to play; 500, or what the study says."""
    seeds: int | None = None
    """Trainings of each agent, from the seeds 0, 1, ...; 3, or what the study says."""
    drawn: bool = False
    """Draw actions rather than take the most likely ones; a study says so itself."""
    study: str | None = None
    """A prepared comparison: particle, two-ways, roads, planners, asking or models."""
    only: tuple[str, ...] = ()
    """Do only these places or agents (by label) of the study; the results still hold all that is there."""
    out: Path | None = None
    """Folder for everything; runs/compare, or runs/compare-STUDY."""
    json: Path | None = None
    """Write the results here too."""
    picture: Path | None = None
    """Write the figure here too: .png, .svg or .pdf."""
    workers: int = 2
    """Trainings side by side, each on one thread; 0: one after the other in this process."""
    minutes: float | None = None
    """Begin no training later than this."""
    join: tuple[Path, ...] = ()
    """Results of the same study from elsewhere (another machine, say): who is not finished here is taken from them."""
    retime: bool = False
    """Time all decisions again: the machine was busy."""


def main(args: Args) -> int:
    """Do what is left of the comparison, and write what there is."""
    study = asked_study(args)
    out = args.out or Path("runs") / (f"compare-{args.study}" if args.study else "compare")
    part = part_of(study, args.only)
    out.mkdir(parents=True, exist_ok=True)
    lock = lock_folder(out)
    is_stopped, failed = False, []
    for run in runs_of(part, out) if args.retime else ():
        run.timed.unlink(missing_ok=True)
    try:
        failed = run_study(part, out, workers=args.workers, minutes=args.minutes)
    except KeyboardInterrupt:
        is_stopped = True
    finally:
        lock.release()
    results = with_others(study, results_of(study, out), args.join)
    written = write_results(results, out, args)
    print(markdown(results))
    for path in written:
        print(f"written: {path}")
    for job, reason in failed:
        print(f"crossroads: {job.title} failed: {reason} (all of it in {failure_file(job)})", file=sys.stderr)
    left = sum(not run.is_finished for run in runs_of(part, out))
    if left and not failed:
        print(f"{left} runs are left; the same command goes on.", file=sys.stderr)
    return 130 if is_stopped else 1 if failed else 0


def with_others(study: Study, results: Results, files: Sequence[Path]) -> Results:
    """The results with whoever else the files tell of; says who of them is left out."""
    for file in files:
        results, stale = joined(study, results, json.loads(file.read_text(encoding="utf-8")))
        for title in stale:
            print(f"crossroads: {file}: {title} is left out: it was done with other defaults.", file=sys.stderr)
    return results


def asked_study(args: Args) -> Study:
    """The prepared study, or one of the single place that the arguments tell of.

    Raises:
        ValueError: neither, both, or an unknown name.
    """
    if args.study is not None:
        check_known("study", args.study, STUDIES)
        given = {"--env": args.env, "--agents": args.agents, "--store": args.store, "--env-args": args.env_args}
        if unwanted := [name for name, value in given.items() if value]:
            raise ValueError(f"A study has its own places and agents: leave out {', '.join(unwanted)}.")
        return resized(STUDIES[args.study](), args)
    if args.env is None and args.store is None:
        raise ValueError("Compared where? Expected --env or --store, or --study.")
    if not args.agents:
        raise ValueError("Who is compared? Expected --agents with at least one line.")
    env, arguments = _environment(args)
    entrants = parse_entrants(args.agents)
    place = Place(name=short(env), env=env, arguments=arguments, drawn=args.drawn, store=args.store)
    study = Study(name=short(env), title=f"Agents compared on {short(env)}", places=(place,), entrants=entrants)
    return resized(study, args)


def resized(study: Study, args: Args) -> Study:
    """The study with what the arguments say about its size."""
    sizes = {"demonstrations": args.demonstrations, "levels": args.episodes}
    sizes = {name: value for name, value in sizes.items() if value is not None}
    if args.seeds is not None and args.seeds < 1:
        raise ValueError(f"--seeds: expected at least 1, got {args.seeds}.")
    seeds = study.seeds if args.seeds is None else tuple(range(args.seeds))
    shared = parse_assignments(args.config, "--config")
    places = tuple(replace(place, config={**place.config, **shared}, **sizes) for place in study.places)
    return replace(study, places=places, seeds=seeds)


def _environment(args: Args) -> tuple[str, dict]:
    arguments = parse_assignments(args.env_args, "--env-args")
    if args.store is None:
        name = args.env or ""
    else:
        manifest = read_manifest(args.store)
        name, arguments = manifest.env_id, {**manifest.env_arguments, **arguments}
        if args.env is not None and short(args.env) != short(name):
            raise ValueError(f"--env {args.env} and --store disagree: {args.store} was recorded in {short(name)}.")
    make_env(name, arguments)  # its mistakes come before all work
    return name, arguments


def markdown(results: Results) -> str:
    """The table that suits the results."""
    places = results["places"]
    is_row = len(places) > 1 and all(place["position"] is not None for place in places)
    return (positions_table if is_row else places_table)(results)


def write_results(results: Results, out: Path, args: Args) -> list[Path]:
    """JSON, Markdown and figure; returns where."""
    text = (json.dumps(results, allow_nan=False, separators=(",", ":")) + "\n").encode()
    files = [path for path in (out / "results.json", args.json) if path is not None]
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text)
    write_atomically(out / "results.md", (markdown(results) + "\n").encode())
    pictures = [path for path in (out / "results.png", args.picture) if path is not None]
    for path in pictures:
        draw_results(path, results)
    return [path for path in (*files, out / "results.md", *pictures) if path.is_file()]


def lock_folder(out: Path) -> FolderLock:
    """Keep a second comparison out of the folder.

    Raises:
        BusyStoreError: another one is at work there.
    """
    try:
        return FolderLock(out)
    except BusyStoreError as error:
        raise BusyStoreError(f"Another comparison is at work in {out}.") from error
