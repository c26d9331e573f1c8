"""Record episodes into a store: observations, actions, rewards and, if asked for, the expert's labels.

Levels are the first ones of the split, one episode each. The same command writes the same store; Ctrl-C leaves a
valid one, and --resume goes on to what an uninterrupted run would have written.

  crossroads collect --env GridNav-v0 --out stores/nav --episodes 5000
  crossroads collect --env GridNav-v0 --out stores/nav --episodes 20000 --resume
  crossroads collect --env GridCrowd-v0 --env-args observe=occupancy,ego --agent random --label --out stores/mixed

  crossroads train --agent behavior-cloning --store stores/nav --out runs/cloned
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from agents.agent import Agent
from envs.episodes import EpisodeStore, EpisodeWriter, read_manifest
from envs.episodes.layout import MANIFEST
from experiments.arguments import Assignments, parse_assignments
from experiments.contenders import one_contender
from experiments.environments import make_env, short_name, split_levels
from experiments.folders import check_room
from experiments.progress import progress_bar
from experiments.recording import record_levels

COMMIT_EVERY = 120.0
"""Seconds after which what there is becomes durable; each commit copies the store once."""


@dataclass(frozen=True)
class Args:
    """What to record, and where."""

    env: str
    """Environment, as in `crossroads list`."""
    out: Path
    """Folder of the store."""
    agent: str | None = None
    """Who plays, as in `crossroads list`; the oracle unless told otherwise."""
    checkpoint: Path | None = None
    """Or a trained agent: a file, or a folder written by `crossroads train`."""
    episodes: int = 1000
    """Episodes the store holds in the end."""
    split: str = "train"
    """train, validation, test or all."""
    label: bool = False
    """Also record `expert_action`, what the oracle would do at every step."""
    env_args: Assignments = ()
    """Arguments of the environment, as in `crossroads list GridNav-v0`."""
    config: Assignments = ()
    """Config of the named agent, as in `crossroads list random`."""
    deterministic: bool = True
    """Take the agent's most likely action rather than draw one."""
    seed: int = 0
    """Of what is random within episodes; level k is played with seed + k."""
    num_envs: int = 64
    """Worlds side by side; keep it when resuming with an agent that draws its actions."""
    resume: bool = False
    """Go on with the store that is there."""
    overwrite: bool = False
    """Replace the store that is there."""


def collect(
    agent: Agent,
    env: Any,
    path: str | Path,
    *,
    episodes: int = 1000,
    split: str = "train",
    label: bool = False,
    deterministic: bool = True,
    seed: int = 0,
    num_envs: int = 64,
    resume: bool = False,
    progress: bool = True,
) -> EpisodeStore:
    """Record one episode on each of the first levels of a split; arguments as those of the command.

    On Ctrl-C, what was recorded is committed before ``KeyboardInterrupt`` goes on.

    Raises:
        ValueError: more episodes than levels, or a store to resume that holds something else.
        BusyStoreError: another writer has the store open.
    """
    if episodes < 1 or num_envs < 1:
        raise ValueError(f"Expected episodes >= 1 and num_envs >= 1, got {episodes} and {num_envs}.")
    levels = split_levels(env, split, -(-episodes // num_envs) * num_envs)
    if len(levels) < episodes:
        raise ValueError(f"{episodes} episodes, one per level: split {split!r} has only {len(levels)} levels.")
    done = check_resumable(path, levels, seed) if resume else 0
    arguments = {**env.unwrapped.arguments, "split": split}
    origin = {"env_id": env.spec.id, "env_arguments": arguments, "agent": agent.name}
    options = {"num_envs": num_envs, "seed": seed, "label": label, "deterministic": deterministic}
    interrupt: KeyboardInterrupt | None = None
    with EpisodeWriter(path, **origin, resume=resume) as writer:
        records = record_levels(agent, env, levels, skip=done, **options)
        try:
            write_episodes(writer, records, episodes, description=short_name(env), progress=progress)
        except KeyboardInterrupt as stop:
            interrupt = stop
    if interrupt is not None:
        raise interrupt
    return EpisodeStore.open(path, verify=False)


def check_resumable(path: str | Path, levels: list[int], seed: int) -> int:
    """How many of `levels` the store at `path` holds already; 0 where there is no store.

    Raises:
        ValueError: it holds other levels, or was recorded with another seed.
        DamagedStoreError: it is damaged.
    """
    if not (Path(path) / MANIFEST).exists():
        return 0
    found = EpisodeStore.open(path, verify=False)
    recorded = found.episodes["level"][: len(levels)]
    if not np.array_equal(recorded, levels[: len(recorded)]):
        raise ValueError(f"Cannot resume {path}: it holds other levels than the first of the split.")
    if not np.array_equal(found.episodes["seed"][: len(levels)], recorded + seed):
        raise ValueError(f"Cannot resume {path}: it was not recorded with seed {seed}.")
    return found.num_episodes


def write_episodes(writer: EpisodeWriter, records: Any, episodes: int, *, description: str, progress: bool) -> None:
    """Move records into the writer until it has `episodes`, committing every few minutes."""
    committed = time.monotonic()
    initial = writer.num_episodes
    with progress_bar(episodes, description, unit="episodes", initial=initial, shown=progress) as bar:
        while writer.num_episodes < episodes:
            writer.add_episode(**next(records))
            bar.update()
            if time.monotonic() - committed > COMMIT_EVERY:
                writer.commit()
                committed = time.monotonic()


def main(args: Args) -> int:
    """Record, and describe the store."""
    check_room(args.out, MANIFEST, kind="store", resume=args.resume, overwrite=args.overwrite)
    env = make_env(args.env, parse_assignments(args.env_args, "--env-args"))
    name = "oracle" if args.agent is None and args.checkpoint is None else args.agent
    agent = one_contender(name, args.checkpoint, env, config=parse_assignments(args.config, "--config"))
    names = ("episodes", "split", "label", "deterministic", "seed", "num_envs", "resume")
    try:
        store = collect(agent, env, args.out, **{name: getattr(args, name) for name in names})
    except KeyboardInterrupt:
        held = read_manifest(args.out).num_episodes if (args.out / MANIFEST).exists() else 0
        print(f"Stopped with {held} episodes in {args.out}; the same command with --resume goes on.", file=sys.stderr)
        return 130
    print(store.describe())
    print(f"written: {args.out}")
    return 0
