"""Inverse RL: recover hidden terrain costs from more and more demonstrations, and drive on what was recovered.

  crossroads irl
  crossroads irl --method max-margin --demonstrations 4 64 --seeds 1 --clone
  crossroads irl --json results/irl.json --figure docs/irl.png

On GridTerrain, whose costs the environment alone knows. Each seed draws other demonstrations by the oracle, of which
fewer are the first of more. Costs are recovered up to scale: they are compared after scaling to the same geometric
mean. The score is on the first held-out levels; behaviour cloning has as many labels as the demonstrations have moves.
"""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import agents
from agents.inverse_rl_agent import METHODS
from agents.rollouts import play_levels
from envs.core.atomic import write_atomically
from envs.core.naming import check_known
from experiments.arguments import Assignments, parse_assignments
from experiments.bench import hardware
from experiments.comparison.crossed import INTERVALS, crossed
from experiments.environments import make_env, split_levels
from experiments.irl_results import draw_irl, irl_table, worst_factor
from experiments.progress import progress_bar

METRICS = ("score", "success")
CLONING = "behavior-cloning"
DIGITS = 6
"""Of what is kept of every episode."""


@dataclass(frozen=True)
class Args:
    """From what to learn, and how often."""

    method: tuple[str, ...] = tuple(METHODS)
    """`max-margin`, `maximum-entropy`."""
    demonstrations: tuple[int, ...] = (1, 2, 4, 8, 16, 32, 64, 128, 256)
    """Numbers of demonstrated paths."""
    clone: tuple[int, ...] = (16, 256, 2048)
    """Numbers of demonstrations with which behaviour cloning is compared."""
    seeds: int = 3
    episodes: int = 500
    """Held-out levels."""
    env_args: Assignments = ()
    """Arguments of GridTerrain-v0."""
    json: Path | None = None
    """Write all runs here, after each; those that are there already are not made again."""
    figure: Path | None = None
    """Draw recovered against true costs here."""


@dataclass(frozen=True)
class Run:
    """One learner, one seed, so many demonstrations."""

    agent: str
    seed: int
    demonstrations: int
    labels: int
    """Moves that the expert made."""
    costs: list[float] | None
    """Recovered, scaled to the geometric mean of the true ones; None of learners that have none."""
    cpu_seconds: float
    """Of learning."""
    episodes: dict[str, list[float]]
    """Metric -> value on each held-out level."""


def main(args: Args) -> None:
    """Learn, drive, and write what came of it."""
    for name in args.method:
        check_known("method", name, METHODS)
    for name in ("seeds", "episodes"):
        if getattr(args, name) < 1:
            raise ValueError(f"--{name}: expected at least 1, got {getattr(args, name)}.")
    results = {
        "hardware": hardware(),
        "intervals": INTERVALS,
        **truth(args),
        "arguments": _plain(args),
        "runs": _kept(args),
    }
    for found in runs(args, results["runs"]):
        results["runs"].append(asdict(found))
        if args.json is not None:
            write(args.json, results | {"summary": summary(results)})
    results["summary"] = summary(results)
    if args.json is not None:
        write(args.json, results)
    if args.figure is not None:
        draw_irl(args.figure, results)
    print(irl_table(results))
    for path in filter(None, (args.json, args.figure)):
        print(f"written: {path}")


def truth(args: Args) -> dict[str, Any]:
    """What only the environment knows, and what its oracle scores."""
    env = _env(args)
    config = env.unwrapped.config
    oracle = _play("oracle", agents.make("oracle", env), env, args)
    means = {name: crossed(name, np.array([values]))._asdict() for name, values in oracle.items()}
    return {"classes": list(config.class_names), "true_costs": list(config.terrain_costs), "oracle": means}


def runs(args: Args, done: list[dict[str, Any]]) -> Iterator[Run]:
    """Whatever is not yet done."""
    known = {(run["agent"], run["seed"], run["demonstrations"]) for run in done}
    wanted = [
        (name, seed, count) for seed in range(args.seeds) for name in args.method for count in args.demonstrations
    ]
    wanted += [(CLONING, seed, count) for seed in range(args.seeds) for count in args.clone]
    left = [job for job in wanted if job not in known]
    with progress_bar(len(left), "inverse RL", unit="runs") as bar:
        for name, seed, count in left:
            bar.set_postfix(agent=name, seed=seed, demonstrations=count)
            yield clone(args, seed, count) if name == CLONING else recover(args, name, seed, count)
            bar.update()


def recover(args: Args, method: str, seed: int, count: int) -> Run:
    """Inverse RL from so many demonstrations."""
    env = _env(args)
    agent: Any = agents.make("inverse-rl", env, method=method, demonstrations=count, seed=seed)
    began = time.process_time()
    agent.learn(env, progress=False)
    seconds = time.process_time() - began
    costs = scaled(agent.costs[1:][: len(env.unwrapped.config.terrain_costs)], env.unwrapped.config.terrain_costs)
    played = _play(method, agent, env, args)
    return Run(method, seed, count, agent.history[-1]["queries"], costs.tolist(), seconds, played)


def clone(args: Args, seed: int, count: int) -> Run:
    """Behaviour cloning with as many labels as so many demonstrations have moves."""
    env = _env(args)
    shown: Any = agents.make("inverse-rl", env, demonstrations=count, seed=seed)
    labels = shown.demonstrations(env, None).num_moves
    began = time.process_time()
    agent: Any = agents.make(CLONING, env, labels=labels, seed=seed).learn(env, progress=False)
    seconds = time.process_time() - began
    return Run(CLONING, seed, count, labels, None, seconds, _play(CLONING, agent, env, args))


def scaled(costs: Any, true_costs: Any) -> np.ndarray:
    """Costs with the geometric mean of the true ones: demonstrations tell nothing of their common scale."""
    costs, true_costs = np.asarray(costs, np.float64), np.asarray(true_costs, np.float64)
    return costs * np.exp((np.log(true_costs) - np.log(costs)).mean())


def summary(results: dict[str, Any]) -> list[dict[str, Any]]:
    """Over seeds: means with 95 % intervals over levels and seeds, and the costs' mean, least and most."""
    groups: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for run in results["runs"]:
        groups.setdefault((run["agent"], run["demonstrations"]), []).append(run)
    return [_summarise(*key, group, results["true_costs"]) for key, group in groups.items()]


def _summarise(agent: str, count: int, group: list[dict[str, Any]], true_costs: list[float]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "agent": agent,
        "demonstrations": count,
        "seeds": len(group),
        "labels": float(np.mean([run["labels"] for run in group])),
        "cpu_seconds": float(np.mean([run["cpu_seconds"] for run in group])),
    }
    for name in METRICS:
        found[name] = crossed(name, np.array([run["episodes"][name] for run in group]))._asdict()
    if group[0]["costs"] is not None:
        costs = np.array([run["costs"] for run in group])
        found["costs"] = np.exp(np.log(costs).mean(axis=0)).tolist()
        found["costs_low"], found["costs_high"] = costs.min(axis=0).tolist(), costs.max(axis=0).tolist()
        factors = [worst_factor(run["costs"], true_costs) for run in group]
        found["worst_factor"] = {"mean": float(np.mean(factors)), "low": min(factors), "high": max(factors)}
    return found


def write(path: Path, results: dict[str, Any]) -> None:
    """All runs so far: the whole takes minutes, and may be stopped."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (json.dumps(results, allow_nan=False) + "\n").encode())


def _env(args: Args) -> Any:
    return make_env("GridTerrain-v0", parse_assignments(args.env_args, "--env-args"))


def _play(name: str, agent: Any, env: Any, args: Args) -> dict[str, list[float]]:
    played = play_levels(agent, env, split_levels(env, "test", args.episodes))
    return {metric: [round(episode.metrics[metric], DIGITS) for episode in played] for metric in METRICS}


def _plain(args: Args) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(args).items()
        if name not in ("json", "figure")
    }


def _kept(args: Args) -> list[dict[str, Any]]:
    """Runs of the same levels and worlds in the file that is there.

    Raises:
        ValueError: what is there was made with other levels or worlds.
    """
    if args.json is None or not args.json.is_file():
        return []
    found = json.loads(args.json.read_text(encoding="utf-8"))
    for name in ("episodes", "env_args"):
        if found["arguments"][name] != _plain(args)[name]:
            raise ValueError(
                f"--json {args.json} was made with {name}={found['arguments'][name]}, not {_plain(args)[name]}."
            )
    return found["runs"]
