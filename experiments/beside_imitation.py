"""Behaviour cloning beside that of the `imitation` library: the same arrays, updates and held-out levels.

The library wants an older gymnasium, so it lives in an environment of its own, which is named here:

  python3 -m venv peers && peers/bin/pip install torch==2.13.0 imitation==1.0.1
  python -m experiments.beside_imitation --python peers/bin/python --json results/beside_imitation.json

Its policy (two layers of 32, tanh) gets the observations flattened and standardised, which is kinder than raw ones.
Ours gets what it always gets. Both train on one thread.
"""

import json
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import tyro
from gymnasium import spaces

import agents
from agents.agent import Agent
from agents.rollouts import play_levels
from envs.core.atomic import write_atomically
from envs.episodes import EpisodeStore
from experiments.bench import hardware
from experiments.collect import collect
from experiments.comparison.crossed import crossed
from experiments.environments import make_env, split_levels
from experiments.peers.tanh_policy import TanhPolicy, flat

PLACES: dict[str, tuple[str, dict[str, Any]]] = {
    "GridNav-v0, 8 x 8": ("GridNav-v0", {"size": 8}),
    "Intersection-v0, numbers": ("Intersection-v0", {"observe": ("ego", "route", "actors")}),
}
"""Title -> environment and arguments. On the road without the view, which flattened would have 45,000 numbers."""
SCRIPT = Path(__file__).parent / "peers" / "imitation_bc.py"
JUDGED = ("success", "score")


@dataclass(frozen=True)
class Args:
    """With how much of everything."""

    python: Path
    """Interpreter of an environment that has `imitation`."""
    demonstrations: int = 1000
    """Episodes on grids; on roads, which are longer, a tenth."""
    updates: int = 5000
    batch_size: int = 64
    episodes: int = 300
    """Held-out levels."""
    seeds: int = 3
    json: Path | None = None
    """Write the results here."""


def main(args: Args) -> None:
    """Compare everywhere, and print what came out."""
    torch.set_num_threads(1)
    results = {
        "hardware": hardware(),
        "arguments": {name: getattr(args, name) for name in ("demonstrations", "updates", "batch_size", "episodes")},
        "seeds": args.seeds,
        "places": {title: compared(args, *place) for title, place in PLACES.items()},
    }
    print(json.dumps(results, indent=1))
    if args.json is not None:
        write_atomically(args.json, (json.dumps(results, indent=1, allow_nan=False) + "\n").encode())


def compared(args: Args, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Who -> means with intervals over levels and seeds, and the seconds that a training takes."""
    env = make_env(name, arguments)
    levels = split_levels(env, "test", args.episodes)
    count = args.demonstrations // (10 if name == "Intersection-v0" else 1)
    found: dict[str, dict[str, list[Any]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        store = collect(agents.make("oracle", env), env, Path(folder) / "store", episodes=count)
        for seed in range(args.seeds):
            for who, learn in (("imitation", theirs), ("crossroads", ours)):
                agent, seconds = learn(args, env, store, Path(folder), seed)
                played = play_levels(agent, env, levels)
                kept = found.setdefault(who, {"seconds": [], **{metric: [] for metric in JUDGED}})
                kept["seconds"].append(seconds)
                for metric in JUDGED:
                    kept[metric].append([episode.metrics[metric] for episode in played])
        steps = store.num_steps
    return {"demonstrations": count, "steps": steps, **{who: _summary(kept) for who, kept in found.items()}}


def ours(args: Args, env: Any, store: EpisodeStore, folder: Path, seed: int) -> tuple[Agent, float]:
    """`behavior-cloning` from the store, and the seconds that it took."""
    agent = agents.make("behavior-cloning", env, updates=args.updates, batch_size=args.batch_size, seed=seed)
    began = time.perf_counter()
    agent.learn(store, progress=False)
    return agent, time.perf_counter() - began


def theirs(args: Args, env: Any, store: EpisodeStore, folder: Path, seed: int) -> tuple[Agent, float]:
    """The library's from the same steps, and the seconds that it took."""
    arrays, weights = folder / "arrays.npz", folder / f"weights-{seed}.npz"
    steps = np.arange(store.num_steps)
    rows = store.observation_row(steps)
    space = env.observation_space
    numbers = flat({key: np.asarray(store.observations[key][rows]) for key in space}, space)
    mean, spread = numbers.mean(axis=0), np.maximum(numbers.std(axis=0), 1e-3)
    limits = _limits(env.action_space)
    np.savez(arrays, observations=(numbers - mean) / spread, actions=np.asarray(store.steps["action"]), **limits)
    words = [args.python, SCRIPT, arrays, weights, args.updates, args.batch_size, seed]
    subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)
    with np.load(weights) as kept:
        found = {name: kept[name] for name in kept.files}
    policy = TanhPolicy(space, env.action_space, found, mean=mean, spread=spread)
    return policy, float(found["wall_seconds"])


def _limits(space: spaces.Space) -> dict[str, Any]:
    if isinstance(space, spaces.Discrete):
        return {"choices": np.array(space.n)}
    assert isinstance(space, spaces.Box)
    return {"low": space.low, "high": space.high}


def _summary(kept: dict[str, list[Any]]) -> dict[str, Any]:
    means = {metric: crossed(metric, np.array(kept[metric], np.float64))._asdict() for metric in JUDGED}
    return {**means, "seconds": [round(seconds, 2) for seconds in kept["seconds"]]}


if __name__ == "__main__":
    main(tyro.cli(Args, description=__doc__))
