"""Compare DAgger's gates: success against expert queries, which is what labels cost.

  crossroads gates
  crossroads gates --gate mixing budget --env GridNav-v0 --env-args size=8 --seeds 5
  crossroads gates --labels 4000 --rounds 10 --config doubt=0.02 share=0.2 --out runs/gates

Every gate learns from as many queries, in as many rounds and updates, from the same seeds; the first round, driven by
the expert, is the same for all. The folder gets gates.json, gates.md and gates.png. Success is on held-out levels of
validation after each round (the curves) and of the test split for the policy that is returned (the table).
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import agents
from agents.gates import GATES
from agents.rollouts import mean_metric, play_levels
from envs.core.atomic import write_atomically
from envs.core.naming import check_known
from experiments.arguments import Assignments, parse_assignments
from experiments.bench import hardware
from experiments.environments import make_env, split_levels
from experiments.gates_picture import draw_gates
from experiments.progress import progress_bar

HEADER = ("gate", "queries", "success", "least, most", "half of the queries", "expert at the wheel", "takeovers")


@dataclass(frozen=True)
class Args:
    """Which gates, where, and for how many queries."""

    out: Path = Path("runs/gates")
    """Folder for JSON, table and plot."""
    env: str = "GridRooms-v0"
    """Environment, as in `crossroads list`."""
    env_args: Assignments = ("size=11",)
    """Arguments of the environment."""
    gate: tuple[str, ...] = tuple(GATES)
    """Gates, as in `crossroads list dagger`."""
    config: Assignments = ()
    """Config of all of them."""
    labels: int = 1200
    """Queries of a run."""
    rounds: int = 6
    updates: int = 900
    """Optimiser steps of a run."""
    seeds: int = 3
    levels: int = 300
    """Held-out levels, of validation and of test."""


@dataclass(frozen=True)
class Run:
    """One gate, one seed."""

    gate: str
    seed: int
    success: float
    """Of the policy that is returned, on test levels."""
    score: float
    history: list[dict[str, Any]]


def main(args: Args) -> None:
    """Learn, gate by gate, and write what came of it."""
    for name in args.gate:
        check_known("gate", name, GATES)
    if args.seeds < 1:
        raise ValueError(f"--seeds: expected at least 1, got {args.seeds}.")
    runs: list[Run] = []
    with progress_bar(args.seeds * len(args.gate), "gates", unit="runs") as bar:
        for seed in range(args.seeds):
            for gate in args.gate:
                bar.set_postfix(gate=gate, seed=seed)
                runs.append(learn(args, gate, seed))
                bar.update()
                write(args, runs)
    print(markdown(runs))
    print(f"written: {args.out / 'gates.json'}, gates.md, gates.png")


def learn(args: Args, gate: str, seed: int) -> Run:
    """One run, and its success on test levels."""
    env = make_env(args.env, parse_assignments(args.env_args, "--env-args"))
    budget = {"labels": args.labels, "rounds": args.rounds, "updates": args.updates, "validation_levels": args.levels}
    config = {"num_envs": 16, **budget, **parse_assignments(args.config, "--config"), "gate": gate, "seed": seed}
    agent: Any = agents.make("dagger", env, **config).learn(env, progress=False)
    played = play_levels(agent, env, split_levels(env, "test", args.levels))
    return Run(gate, seed, mean_metric(played, "success"), mean_metric(played, "score"), agent.history)


def write(args: Args, runs: list[Run]) -> None:
    """JSON, table and plot of the runs so far: the whole takes a while, and may be stopped."""
    args.out.mkdir(parents=True, exist_ok=True)
    asked = {name: str(value) if isinstance(value, Path) else value for name, value in asdict(args).items()}
    found = {"hardware": hardware(), "arguments": asked, "runs": [asdict(run) for run in runs]}
    write_atomically(args.out / "gates.json", (json.dumps(found, indent=1, allow_nan=True) + "\n").encode())
    write_atomically(args.out / "gates.md", (markdown(runs) + "\n").encode())
    title = " ".join((f"{args.env}", *args.env_args))
    draw_gates(args.out / "gates.png", curves(runs), title=f"DAgger's gates on {title}")


def curves(runs: list[Run]) -> dict[str, list[tuple[list[int], list[float]]]]:
    """Gate -> for each seed (queries, success on validation levels), round by round."""
    found: dict[str, list[tuple[list[int], list[float]]]] = {}
    for run in runs:
        points = [(entry["queries"], entry["success"]) for entry in run.history]
        found.setdefault(run.gate, []).append(([queries for queries, _ in points], [share for _, share in points]))
    return found


def markdown(runs: list[Run]) -> str:
    """A row for each gate: means over seeds, and the seeds' least and most success."""
    rows = [_row(gate, [run for run in runs if run.gate == gate]) for gate in dict.fromkeys(run.gate for run in runs)]
    lines = [HEADER, ("---", *["---:"] * (len(HEADER) - 1)), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _row(gate: str, runs: list[Run]) -> tuple[str, ...]:
    success = [run.success for run in runs]
    queries = [run.history[-1]["queries"] for run in runs]
    halves = [half_way(run.history) for run in runs]
    later = [entry for run in runs for entry in run.history[1:]]  # the first round is the expert's
    steps = max(1, sum(entry["steps"] for entry in later))
    share = sum(entry["expert_steps"] for entry in later) / steps
    takeovers = sum(entry["takeovers"] for entry in later) / steps
    return (
        gate,
        f"{np.mean(queries):.0f}",
        f"{np.mean(success):.1%}",
        f"{min(success):.1%}, {max(success):.1%}",
        f"{np.mean(halves):.1%}",
        f"{share:.1%}",
        f"{1000 * takeovers:.1f} in 1000 steps",
    )


def half_way(history: list[dict[str, Any]]) -> float:
    """Success on validation levels with half of the last round's queries, on the line between rounds."""
    queries, success = ([entry[name] for entry in history] for name in ("queries", "success"))
    return float(np.interp(queries[-1] / 2, queries, success))
