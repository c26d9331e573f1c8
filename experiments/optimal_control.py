"""Learn through planning: what imitation through LQR and MPC recovers, and what ways back through a plan cost.

  crossroads control recover
  crossroads control wheelbase --quick
  crossroads control recover --json results/control_recover.json --picture docs/control_recover.png
  crossroads control ways --seeds 5
  crossroads control scaling --json results/control_scaling.json

recover: unknown dynamics and costs of a linear-quadratic regulator, from what an expert does.
wheelbase: the wheelbase of a bicycle, from how an expert drives it, with three rules for the derivative of a plan.
ways: direct, iterative, unrolled and truncated derivatives of one and the same solution beside each other.
scaling: what LQR takes in time and memory as batches, horizons and states grow, beside cvxpylayers where that is.

Each seed draws another problem. Everything runs on one thread.
"""

import json
import time
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import tyro

from envs.core.atomic import write_atomically
from envs.core.naming import check_known
from experiments.bench import hardware
from experiments.control import EXPERIMENTS
from experiments.threads import single_threaded


@dataclass(frozen=True)
class Args:
    """Which experiment, how often, and where to put what it finds."""

    name: Annotated[str, tyro.conf.Positional]
    """`recover`, `wheelbase`, `ways`, `scaling`."""
    seeds: int = 3
    """How many problems are drawn, or timings repeated."""
    quick: bool = False
    """Smaller and shorter: to see that it works."""
    json: Path | None = None
    """Write all figures here."""
    picture: Path | None = None
    """Draw them: .png, .svg or .pdf."""


def main(args: Args) -> None:
    """Run it, print its table, and write what was asked for."""
    check_known("experiment", args.name, EXPERIMENTS)
    if args.seeds < 1:
        raise ValueError(f"--seeds: expected at least 1, got {args.seeds}.")
    experiment = import_module(EXPERIMENTS[args.name])
    results = _run(experiment, args)
    print(experiment.table(results))
    if args.json is not None:
        args.json.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(args.json, (json.dumps(results, indent=1, allow_nan=False) + "\n").encode())
        print(f"\nwritten: {args.json}")
    if args.picture is not None:
        experiment.draw(args.picture, results)
        print(f"written: {args.picture}")


def _run(experiment: Any, args: Args) -> dict[str, Any]:
    import torch  # noqa: F401 - so that there are threads to hold back

    seeds, machine = tuple(range(args.seeds)), hardware()
    began = time.process_time()
    with single_threaded():
        found = experiment.run(seeds, quick=args.quick)
    return {
        "experiment": args.name,
        "arguments": {"seeds": list(seeds), "quick": args.quick},
        "hardware": machine,
        "cpu_seconds": time.process_time() - began,
        **found,
    }
