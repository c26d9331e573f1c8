"""Train an agent; the run's folder holds agent.safetensors, history.json, args.json and a checkpoint to resume from.

Ctrl-C leaves an agent that plays, and a run that --resume takes up again.

  crossroads train --env GridNav-v0 --agent dagger --out runs/dagger
  crossroads train --env GridNav-v0 --env-args size=8 num_levels=500 --agent ppo --config seed=1 --out runs/ppo
  crossroads train --store stores/nav --agent behavior-cloning --out runs/cloned
  crossroads train --maps gridworld_16.mat --agent value-iteration-network --out runs/vin
  crossroads train --out runs/dagger --resume

  crossroads evaluate --env GridNav-v0 --checkpoint runs/dagger
"""

import json
import sys
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import agents
from agents.agent import Agent
from envs.core.atomic import write_atomically
from envs.episodes import EpisodeStore
from experiments.arguments import Assignments, parse_assignments
from experiments.contenders import CHECKPOINT
from experiments.environments import make_env
from experiments.folders import check_room

RECORD = "args.json"
"""What the run was started with; where it is, there is a run."""
STATE = "checkpoint"
"""Folder, inside the run's, that learning resumes from."""
FROM_MAPS = ("value-iteration-network",)
"""Agents that learn from labelled maps."""
MANNERS = ("out", "resume", "overwrite")
"""Arguments that say how to run, not what to learn."""


@dataclass(frozen=True)
class Args:
    """What to learn, and where to keep it."""

    out: Path
    """Folder of the run."""
    env: str | None = None
    """Environment, as in `crossroads list`; a store knows its own."""
    agent: str = "dagger"
    """Agent, as in `crossroads list`."""
    env_args: Assignments = ()
    """Arguments of the environment, as in `crossroads list GridNav-v0`."""
    config: Assignments = ()
    """Config of the agent, as in `crossroads list dagger`."""
    store: Path | None = None
    """Learn from these recorded episodes rather than from the environment."""
    maps: Path | None = None
    """Learn from labelled maps rather than by driving: a training file of value iteration networks (.mat), or the
    training part of a planning data set (.npz). For agents that plan on maps."""
    resume: bool = False
    """Go on with the run that is there, as it was started; --out is enough."""
    overwrite: bool = False
    """Replace the run that is there."""


def main(args: Args) -> int:
    """Learn, and save."""
    check_room(args.out, RECORD, kind="run", resume=args.resume, overwrite=args.overwrite)
    args = resumed(args) if args.resume else args
    source, env = open_source(args)
    agent = agents.make(args.agent, env, **parse_assignments(args.config, "--config"))
    if args.overwrite:
        clear(args.out)
    args.out.mkdir(parents=True, exist_ok=True)
    write_json(args.out / RECORD, {name: _plain(value) for name, value in asdict(args).items()})
    try:
        agent.learn(source, checkpoint=args.out / STATE, resume=args.resume, progress=True)
    except KeyboardInterrupt:
        save(agent, args.out)
        again = f"crossroads train --out {args.out} --resume"
        print(f"Stopped. The agent so far is in {args.out / CHECKPOINT}; go on with: {again}", file=sys.stderr)
        return 130
    save(agent, args.out)
    print(f"written: {args.out / CHECKPOINT}")
    return 0


def open_source(args: Args) -> tuple[Any, Any]:
    """(what to learn from, the environment that tells the spaces).

    Raises:
        ValueError: neither environment, store nor maps, a store of another environment, or maps for an agent that does
            not learn from any.
    """
    arguments = parse_assignments(args.env_args, "--env-args")
    if args.maps is not None:
        return open_maps(args, args.maps, arguments)
    if args.store is None:
        if args.env is None:
            raise ValueError("What is there to learn from? Expected --env, --store or --maps.")
        env = make_env(args.env, arguments)
        return env, env
    store = EpisodeStore.open(args.store)
    env = make_env(store.env_id, {**store.env_arguments, **arguments})
    if args.env is not None and make_env(args.env, arguments).spec.id != store.env_id:  # type: ignore[union-attr]
        raise ValueError(f"--env {args.env} and --store disagree: {args.store} was recorded in {store.env_id}.")
    return store, env


def open_maps(args: Args, path: Path, arguments: dict[str, Any]) -> tuple[Any, Any]:
    """The labelled maps of a file, and the environment of their size, unless --env names another."""
    from agents.planning_labels import LabelledMaps
    from agents.published_maps import read_labelled
    from envs.gridworld.files import read_planning

    if args.store is not None:
        raise ValueError("--maps and --store disagree: labels come from one of them.")
    if args.agent not in FROM_MAPS:
        raise ValueError(f"--maps: {args.agent!r} does not learn from labelled maps. Those that do: {list(FROM_MAPS)}.")
    is_planning = path.suffix == ".npz"
    labelled = LabelledMaps.of_planning(read_planning(path, "train")) if is_planning else read_labelled(path)
    sizes = {} if args.env else {"size": tuple(labelled.blocked.shape[1:])}
    return labelled, make_env(args.env or "GridNav-v0", {**sizes, **arguments})


def resumed(args: Args) -> Args:
    """The arguments the run was started with.

    Raises:
        ValueError: `args` asks for something else.
        FileNotFoundError: there is no run.
    """
    if not (args.out / RECORD).is_file():
        raise FileNotFoundError(f"No run to resume at {args.out}: it has no {RECORD}.")
    found = json.loads((args.out / RECORD).read_text(encoding="utf-8"))
    changes: dict[str, Any] = {}
    for field in fields(Args):
        if field.name in MANNERS:
            continue
        asked, started = _plain(getattr(args, field.name)), found.get(field.name, _plain(field.default))
        if asked not in (_plain(field.default), started):
            raise ValueError(f"Cannot resume {args.out}: it was started with {field.name}={started!r}, not {asked!r}.")
        changes[field.name] = tuple(started) if isinstance(started, list) else started
    for name in ("store", "maps"):
        changes[name] = None if changes[name] is None else Path(changes[name])
    return replace(args, **changes)


def clear(out: Path) -> None:
    """Remove what a run has written, and nothing else."""
    for file in [out / CHECKPOINT, out / "history.json", out / RECORD, *(out / STATE).glob("*")]:
        file.unlink(missing_ok=True)


def save(agent: Agent, out: Path) -> None:
    """Write the agent and how its learning went."""
    agent.save(out / CHECKPOINT)
    write_json(out / "history.json", getattr(agent, "history", []))


def write_json(path: Path, content: Any) -> None:
    """Write JSON that people can read, whole or not at all."""
    write_atomically(path, (json.dumps(content, indent=2) + "\n").encode())


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return str(value) if isinstance(value, Path) else value
