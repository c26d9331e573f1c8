"""Train two imitation learners on roads and on grids, judge them on held-out levels, and show it: a few minutes.

Behaviour cloning and DAgger learn to cross intersections, and generated grids, from the same number of expert labels.
They are compared with the expert, with simple drivers and with chance on levels nobody trained on, and, without any
further training, on real city maps.

  crossroads demo
  crossroads demo --quick
  crossroads demo --map city.map --out runs/my-city

Writes into runs/demo: results.json (every episode), curve.png (score and success against expert queries), demo.mp4
(the learners at work), roads.png and worlds.png (all worlds) and the trained agents.
"""

import json
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import agents
from envs.core.atomic import write_atomically
from experiments.bench import hardware
from experiments.demo_maps import find_maps
from experiments.demo_pictures import GRID_WORLDS, ROAD_WORLDS, draw_curves, draw_worlds, film_agents
from experiments.demo_training import Job, Outcome, train
from experiments.environments import make_env, on_split
from experiments.evaluate import evaluate
from experiments.evaluation import Evaluation, side_by_side
from experiments.progress import progress_bar

ROAD, GRID = "Intersection-v0", "GridNav-v0"
CROSSING: dict[str, Any] = {}
"""Intersections of three or four arms, with and without signals, among traffic and pedestrians."""
WORLD: dict[str, Any] = {"size": 16, "corner_cutting": "forbid"}
"""Generated levels that the learners train on; corners may not be cut, as on real maps."""
LEARNERS = ("behavior-cloning", "dagger")
INTERSECTIONS, GENERATED = "intersections", "generated levels"
TRIALS = 60
"""Validation levels on roads, and for all runs in the curve."""
CROP = 24
"""Side of the windows cut out of real maps [cells]."""


@dataclass(frozen=True)
class Args:
    """How much to do, and where to keep it."""

    out: Path = Path("runs/demo")
    """Folder for everything the demo writes."""
    map: Path | None = None
    """A MovingAI .map or a folder of them to be judged on; None looks for a data folder next to the checkout."""
    quick: bool = False
    """A tenth of everything, to see that it runs; the learners come out half trained."""
    seed: int = 0
    """Of training."""


def main(args: Args) -> None:
    """Train, judge, draw."""
    began = time.perf_counter()
    share = 10 if args.quick else 1
    args.out.mkdir(parents=True, exist_ok=True)
    warm_up()
    outcomes = run_jobs([*plan_roads(share, args.seed, args.out), *plan_grids(share, args.seed, args.out)], share)
    judged = judge_roads(outcomes, 300 // share) | judge_grids(outcomes, find_maps(args.map, CROP), 1000 // share)
    _say("Drawing")
    draw_curves(args.out / "curve.png", outcomes, judged, trials=TRIALS // share)
    draw_worlds(args.out / "roads.png", ROAD_WORLDS, steps=60)
    draw_worlds(args.out / "worlds.png", GRID_WORLDS)
    driver, walker = (agents.load(_best(outcomes, env, "dagger").checkpoint) for env in (ROAD, GRID))
    film_agents(args.out / "demo.mp4", [(driver, [(ROAD, {**CROSSING})]), (walker, _film_worlds(args.map))])
    write_results(args.out, args, outcomes, judged, time.perf_counter() - began)
    for title, rows in judged.items():
        print(f"\n{title.capitalize()}: {side_by_side(list(rows.items()))}")
    print(f"\n{time.perf_counter() - began:.0f} s in all. Look at what was written:")
    for name in ("demo.mp4", "curve.png", "roads.png", "worlds.png", "results.json"):
        print(f"  {args.out / name}")


def warm_up() -> None:
    """Compile the kernels, before two processes would do the same work side by side."""
    _say("Compiling, if this is the first time (a minute or two)")
    for name, world in ((ROAD, CROSSING), (GRID, WORLD)):
        worlds = on_split(make_env(name, world), "train", 2)
        worlds.reset(seed=0)
        worlds.step(worlds.oracle_action())
        worlds.close()


def plan_roads(share: int, seed: int, out: Path) -> list[Job]:
    """DAgger once, and cloning with as many labels as DAgger had after some of its rounds; longest first."""
    labels, updates, rounds = 20_000 // share, 5_000 // share, 10
    asking = {"rounds": rounds, "validation_levels": TRIALS // share, "num_envs": 16, "label_every": 5}
    cloning = [(labels * k // rounds, {"num_envs": 32}) for k in (10, 4)]
    jobs = [Job(ROAD, CROSSING, "dagger", labels, updates, seed, str(out), asking)]
    return jobs + [Job(ROAD, CROSSING, "behavior-cloning", n, updates, seed, str(out), how) for n, how in cloning]


def plan_grids(share: int, seed: int, out: Path) -> list[Job]:
    """The same on grids."""
    labels, updates, rounds = 20_000 // share, 1_500 // share, 10
    jobs = [
        Job(
            GRID,
            WORLD,
            "dagger",
            labels,
            updates,
            seed,
            str(out),
            {"rounds": rounds, "validation_levels": 500 // share},
        )
    ]
    few = (labels * k // rounds for k in (10, 4, 1))
    return jobs + [Job(GRID, WORLD, "behavior-cloning", count, updates, seed, str(out)) for count in few]


def run_jobs(jobs: list[Job], share: int) -> list[Outcome]:
    """Train side by side, each on one core."""
    _say(f"Training on generated levels of {ROAD} and {GRID}, {len(jobs)} runs on two cores")
    found: dict[int, Outcome] = {}
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool, progress_bar(len(jobs), "training") as bar:
        waiting = {pool.submit(train, job, TRIALS // share): index for index, job in enumerate(jobs)}
        for future in as_completed(waiting):
            found[waiting[future]] = outcome = future.result()
            job = outcome.job
            bar.update()
            bar.write(f"  {job.env:<17}{job.agent:<17}{job.labels:>7,} labels {outcome.cpu_seconds:>5.0f} CPU-s")
    return [found[index] for index in range(len(jobs))]


def judge_roads(outcomes: list[Outcome], episodes: int) -> dict[str, dict[str, Evaluation]]:
    """The learners with all labels, the expert and the simple drivers, on held-out intersections."""
    env = make_env(ROAD, CROSSING)
    _say(f"Judging on {episodes} held-out intersections")
    named = {name: agents.make(name, env) for name in ("constant-velocity", "idm")}
    named |= {name: agents.load(_best(outcomes, ROAD, name).checkpoint) for name in LEARNERS}
    named["oracle"] = agents.make("oracle", env)
    return {INTERSECTIONS: {name: evaluate(agent, env, episodes=episodes) for name, agent in named.items()}}


def judge_grids(outcomes: list[Outcome], maps: list[str], episodes: int) -> dict[str, dict[str, Evaluation]]:
    """The learners with all labels, the expert and chance, on held-out levels and on real maps."""
    places = {GENERATED: make_env(GRID, WORLD)}
    if maps:
        places["real city maps"] = make_env("GridMap-v0", {"map": tuple(maps), "crop": CROP})
    judged: dict[str, dict[str, Evaluation]] = {}
    for title, env in places.items():
        _say(f"Judging on {episodes} held-out {title}")
        named = {"random": agents.make("random", env)}
        named |= {name: agents.load(_best(outcomes, GRID, name).checkpoint) for name in LEARNERS}
        named["oracle"] = agents.make("oracle", env)
        judged[title] = {name: evaluate(agent, env, episodes=episodes) for name, agent in named.items()}
    if not maps:
        print("No real maps found: give a MovingAI .map file or a folder of them with --map to be judged on those too.")
    return judged


def write_results(
    out: Path, args: Args, outcomes: list[Outcome], judged: dict[str, dict[str, Evaluation]], seconds: float
) -> None:
    """results.json with every episode, and summary.json without them."""
    training = [
        {
            "env": found.job.env,
            "agent": found.job.agent,
            "labels": found.job.labels,
            "updates": found.job.updates,
            "seed": found.job.seed,
        }
        | {"cpu_seconds": found.cpu_seconds, "success": found.success, "score": found.score, "history": found.history}
        for found in outcomes
    ]
    facts = {
        "quick": args.quick,
        "seed": args.seed,
        "seconds": seconds,
        "hardware": hardware(),
        "world": WORLD,
        "crop": CROP,
    }
    whole = {title: {name: found.as_dict() for name, found in rows.items()} for title, rows in judged.items()}
    brief = {title: {name: found["summary"] for name, found in rows.items()} for title, rows in whole.items()}
    episodes = {title: len(next(iter(rows.values())).episodes) for title, rows in judged.items()}
    for name, evaluations in (("results", whole), ("summary", brief)):
        content = {**facts, "episodes": episodes, "training": training, "evaluations": evaluations}
        write_atomically(out / f"{name}.json", (json.dumps(content, allow_nan=False) + "\n").encode())


def _best(outcomes: list[Outcome], env: str, name: str) -> Outcome:
    """The run of this agent with the most labels."""
    runs = (found for found in outcomes if (found.job.env, found.job.agent) == (env, name))
    return max(runs, key=lambda found: found.job.labels)


def _film_worlds(folder: Path | None) -> list[tuple[str, dict[str, Any]]]:
    """Where the film plays: generated levels, then windows of real maps that fill the same frame."""
    maps = find_maps(folder, 32)
    real = [("GridMap-v0", {"map": tuple(maps), "crop": 32, "max_steps": 90})] if maps else []
    return [(GRID, {**WORLD, "max_steps": 60}), *real]


def _say(text: str) -> None:
    print(f"{text} ...", flush=True)
